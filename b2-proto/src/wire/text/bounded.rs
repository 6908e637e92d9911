//! Strings that are kept in place.

use core::borrow::Borrow;
use core::fmt;
use core::ops::Deref;
use core::str::FromStr;

use super::TextError;

/// UTF-8 text of at most `N` bytes, held in place.
///
/// Writing through [`fmt::Write`] past the space is an error and leaves a valid prefix;
/// [`Text::clip`] gives a writer that cuts instead.
///
/// ```
/// use b2_proto::wire::text::Text;
///
/// let name = Text::<8>::try_from("a.txt")?;
/// assert_eq!(&*name, "a.txt");
/// assert!(Text::<4>::try_from("a.txt").is_err());
/// assert_eq!(Text::<4>::truncated("añoño"), "año");
/// # Ok::<(), b2_proto::wire::text::TextError>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<const N: usize>(heapless::String<N>);

impl<const N: usize> Text<N> {
    /// Empty text.
    #[must_use]
    pub const fn new() -> Self {
        Self(heapless::String::new())
    }

    /// As much of `text` as fits, cut between characters.
    #[must_use]
    pub fn truncated(text: &str) -> Self {
        let mut out = Self::new();
        out.push_truncated(text);
        out
    }

    /// The text of `value`, if it fits.
    ///
    /// # Errors
    /// [`TextError::TooLong`] when it does not.
    pub fn format(value: impl fmt::Display) -> Result<Self, TextError> {
        let mut out = Self::new();
        match fmt::write(&mut out, format_args!("{value}")) {
            Ok(()) => Ok(out),
            Err(fmt::Error) => Err(TextError::TooLong { max: N }),
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Adds `text` whole, or changes nothing.
    ///
    /// # Errors
    /// [`TextError::TooLong`] when it does not fit.
    pub fn push_str(&mut self, text: &str) -> Result<(), TextError> {
        self.0.push_str(text).map_err(|_| TextError::TooLong { max: N })
    }

    /// Adds as much of `text` as fits, cut between characters; false when something was cut.
    pub fn push_truncated(&mut self, text: &str) -> bool {
        let space = N - self.0.len();
        let cut = text.floor_char_boundary(space.min(text.len()));
        self.0.push_str(&text[..cut]).is_ok() && cut == text.len()
    }

    /// Drops what is behind the first `len` bytes; keeps everything when that is not between two
    /// characters.
    pub fn truncate(&mut self, len: usize) {
        if len < self.0.len() && self.0.is_char_boundary(len) {
            self.0.truncate(len);
        }
    }

    /// Makes it empty.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// A writer that adds to this text, drops what does not fit and never fails.
    pub fn clip(&mut self) -> Clip<'_, N> {
        Clip { text: self, full: false }
    }
}

/// The writer of [`Text::clip`].
#[derive(Debug)]
pub struct Clip<'a, const N: usize> {
    text: &'a mut Text<N>,
    full: bool,
}

impl<const N: usize> fmt::Write for Clip<'_, N> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        // Once something was cut, a shorter later piece must not close the gap.
        self.full = self.full || !self.text.push_truncated(text);
        Ok(())
    }
}

impl<const N: usize> fmt::Write for Text<N> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push_str(text).map_err(|_| fmt::Error)
    }
}

impl<const N: usize> TryFrom<&str> for Text<N> {
    type Error = TextError;

    fn try_from(text: &str) -> Result<Self, TextError> {
        let mut out = Self::new();
        out.push_str(text)?;
        Ok(out)
    }
}

impl<const N: usize> FromStr for Text<N> {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        text.try_into()
    }
}

impl<const N: usize> Deref for Text<N> {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl<const N: usize> AsRef<str> for Text<N> {
    fn as_ref(&self) -> &str {
        self
    }
}

impl<const N: usize> Borrow<str> for Text<N> {
    fn borrow(&self) -> &str {
        self
    }
}

/// Prints as it is, see [`Plain`](super::Plain).
impl<const N: usize> fmt::Display for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl<const N: usize> fmt::Debug for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

impl<const N: usize> PartialEq<str> for Text<N> {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl<const N: usize> PartialEq<&str> for Text<N> {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}
