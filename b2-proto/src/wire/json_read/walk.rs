//! Elements and members, one after the other.

use super::Json;
use super::scan::Scanner;

/// Iterator over the elements of an array; see [`Json::items`].
#[derive(Clone, Debug)]
pub struct Items<'a> {
    pub(super) scanner: Scanner<'a>,
}

impl<'a> Iterator for Items<'a> {
    type Item = Json<'a>;

    fn next(&mut self) -> Option<Json<'a>> {
        let raw = self.scanner.item()?;
        Some(Json { raw })
    }
}

/// Iterator over keys and values of an object; see [`Json::members`].
#[derive(Clone, Debug)]
pub struct Members<'a> {
    pub(super) scanner: Scanner<'a>,
}

impl<'a> Iterator for Members<'a> {
    type Item = (Json<'a>, Json<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let (key, value) = self.scanner.member()?;
        Some((Json { raw: key }, Json { raw: value }))
    }
}
