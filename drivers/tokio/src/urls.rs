//! URLs that requests are sent to again and again.

use core::fmt;
use reqwest::Url;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Most URLs that are kept. A client has as many in use as requests at the same time.
const URLS_MAX: usize = 256;

/// URLs as they were parsed the first time, which takes longer than most of what else a short
/// request needs.
#[derive(Default)]
pub(crate) struct Urls(Mutex<HashMap<String, Url>>);

impl Urls {
    /// Parses a URL unless that was done before.
    pub(crate) fn parse(&self, text: &str) -> Result<Url, <Url as core::str::FromStr>::Err> {
        if let Some(url) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(text) {
            return Ok(url.clone());
        }
        let url: Url = text.parse()?;
        let mut urls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if urls.len() >= URLS_MAX {
            // Most of them are not used any more.
            urls.clear();
        }
        urls.insert(text.to_owned(), url.clone());
        Ok(url)
    }
}

/// They may be secrets.
impl fmt::Debug for Urls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Urls").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_the_same_each_time_and_the_number_is_bounded() {
        let urls = Urls::default();
        for number in 0..2 * URLS_MAX {
            let text = format!("https://pod.test/b2api/v4/b2_upload_file/{number}?cvt=x%20y");
            let first = urls.parse(&text).expect("a URL");
            assert_eq!(urls.parse(&text), Ok(first.clone()));
            assert_eq!(first.as_str(), text);
            assert!(urls.0.lock().expect("lock").len() <= URLS_MAX);
        }
        urls.parse("no URL").expect_err("refused");
    }

    #[test]
    fn debug_texts_have_no_secrets() {
        let urls = Urls::default();
        urls.parse("https://pod.test/secret").expect("a URL");
        assert!(!format!("{urls:?}").contains("secret"));
    }
}
