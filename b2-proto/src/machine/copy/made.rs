//! What a copy makes, so that it is known again when the answer was lost.

use alloc::collections::BTreeMap;
use alloc::string::String;

use super::source::CopySource;
use crate::model::{ContentSha1, FileVersion};
use crate::op::CopyFile;
use crate::op::file_spec::FileSpec;
use crate::op::settle::guard::Guard;
use crate::op::settle::has_info;
use crate::wire::text::Sha1;

/// The version that a copy makes.
#[derive(Debug)]
pub(super) struct Made<'a> {
    name: &'a str,
    len: u64,
    /// When it is known.
    sha1: Option<Sha1>,
    content_type: &'a str,
    info: &'a BTreeMap<String, String>,
    guard: Guard,
}

impl<'a> Made<'a> {
    /// What `request` makes of `source`; `None` unless enough is known of that.
    pub(super) fn by(request: &'a CopyFile, source: &'a CopySource) -> Option<Self> {
        static NO_INFO: BTreeMap<String, String> = BTreeMap::new();
        let metadata = source.metadata.as_ref()?;
        let (content_type, info) = match &request.content_type {
            Some(content_type) => (content_type, request.file_info.as_ref().unwrap_or(&NO_INFO)),
            None => (&metadata.content_type, &metadata.info),
        };
        let (len, sha1) = (source.span()?.len, source.sha1());
        let guard = Guard::of_copy(request);
        Some(Self { name: &request.file_name, len, sha1, content_type, info, guard })
    }

    /// Whether it is like this.
    pub(super) fn is(&self, version: &FileVersion) -> bool {
        let stored = version.content_sha1.as_ref().and_then(ContentSha1::digest);
        let is_same_sha1 = self.sha1.is_none_or(|sha1| stored.is_none_or(|stored| stored == sha1));
        let has_type = self.content_type == FileSpec::AUTO
            || version.content_type.as_deref() == Some(self.content_type);
        let spec = FileSpec { info: self.info, ..FileSpec::new("", self.name) };
        version.is_finished()
            && version.file_name == self.name
            && version.content_length == self.len
            && is_same_sha1
            && has_type
            && has_info(version, &spec, &[])
            && self.guard.is_of(version)
    }
}
