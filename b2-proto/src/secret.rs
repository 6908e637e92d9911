//! Text that must not be printed.
//!
//! Keys, tokens and URLs that carry tokens live in these types: `Debug` shows `***`, there is no
//! `Display`, and the bytes are overwritten when the value goes away.
//! [`expose`](SecretText::expose) is the only way to the text, so a search for it finds every use.

use core::fmt;
use heapless::string::StringView;
use zeroize::Zeroize as _;

use crate::wire::text::Append;

/// A secret of at most `N` bytes, kept in place.
#[derive(Clone)]
pub struct SecretText<const N: usize>(heapless::String<N>);

impl<const N: usize> SecretText<N> {
    /// No text.
    pub const EMPTY: Self = Self(heapless::String::new());

    /// Keeps `text`; `None` when it is longer than `N` bytes.
    pub fn new(text: &str) -> Option<Self> {
        let mut secret = Self::EMPTY;
        secret.0.push_str(text).ok()?;
        Some(secret)
    }

    /// The text itself, to be sent to the service and nowhere else.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// A writer that adds to this text, of one type whatever the text's length.
    pub(crate) fn append(&mut self) -> Append<'_> {
        Append::whole(&mut self.0)
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<const N: usize> Drop for SecretText<N> {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

// Apart, so that it is in a program once and not for each length.
#[inline(never)]
fn wipe(text: &mut StringView) {
    text.zeroize();
}

/// Adds text; an error when there is no space for it.
impl<const N: usize> fmt::Write for SecretText<N> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.push_str(text).map_err(|_| fmt::Error)
    }
}

impl<const N: usize> fmt::Debug for SecretText<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl<const N: usize> PartialEq for SecretText<N> {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl<const N: usize> Eq for SecretText<N> {}

/// A secret of any length, on the heap.
#[cfg(feature = "alloc")]
#[derive(Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Secret(alloc::string::String);

#[cfg(feature = "alloc")]
impl Secret {
    /// Keeps `text`.
    pub fn new(text: impl Into<alloc::string::String>) -> Self {
        Self(text.into())
    }

    /// The text itself, to be sent to the service and nowhere else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

#[cfg(feature = "alloc")]
impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

#[cfg(feature = "alloc")]
impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

#[cfg(feature = "alloc")]
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_refused_whole() {
        use core::fmt::Write as _;
        let mut secret = SecretText::<4>::EMPTY;
        assert!(secret.write_str("abc").is_ok());
        assert!(secret.write_str("de").is_err());
        assert_eq!(secret.expose(), "abc");
        assert!(secret.write_str("d").is_ok());
        assert_eq!(secret.expose(), "abcd");
    }

    #[test]
    fn text_is_kept_but_not_shown() {
        let secret = SecretText::<8>::new("K002").expect("fits");
        assert_eq!(secret.expose(), "K002");
        assert_eq!(std::format!("{secret:?}"), "***");
        assert!(SecretText::<8>::new("too long a text").is_none());
    }

    #[cfg(feature = "alloc")]
    #[test]
    fn heap_text_is_kept_but_not_shown() {
        let secret = Secret::from("K002");
        assert_eq!(secret.expose(), "K002");
        assert_eq!(std::format!("{secret:?}"), "***");
        assert_eq!(serde_json::to_string(&secret).expect("json"), "\"K002\"");
    }
}
