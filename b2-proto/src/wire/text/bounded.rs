//! Strings that are kept in place.

use core::borrow::Borrow;
use core::fmt;
use core::ops::Deref;
use core::str::FromStr;

use heapless::string::StringView;

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
        match fmt::write(&mut out.append(), format_args!("{value}")) {
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
        push_truncated(&mut self.0, text)
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
    pub fn clip(&mut self) -> Append<'_> {
        Append::new(&mut self.0, Mode::Cut { is_full: false })
    }

    /// A writer that adds to this text and fails when something does not fit. The same as the
    /// text itself, but of one type whatever the text's length.
    pub(crate) fn append(&mut self) -> Append<'_> {
        Append::new(&mut self.0, Mode::Whole)
    }

    /// A writer that adds to this text what may be shown: control characters, which could steer
    /// a terminal, become spaces. It fails when the text is full.
    pub(crate) fn show(&mut self) -> Append<'_> {
        Append::new(&mut self.0, Mode::Shown)
    }
}

fn push_truncated(to: &mut StringView, text: &str) -> bool {
    let space = to.capacity() - to.len();
    let cut = text.floor_char_boundary(space.min(text.len()));
    text.get(..cut).is_some_and(|start| to.push_str(start).is_ok()) && cut == text.len()
}

/// A writer to a text that is kept in place; see [`Text::clip`].
#[derive(Debug)]
pub struct Append<'a> {
    text: &'a mut StringView,
    mode: Mode,
}

#[derive(Debug)]
enum Mode {
    Whole,
    /// Once something was cut, a shorter later piece must not close the gap.
    Cut {
        is_full: bool,
    },
    Shown,
}

impl<'a> Append<'a> {
    const fn new(text: &'a mut StringView, mode: Mode) -> Self {
        Self { text, mode }
    }

    /// Adds to `text` and fails when something does not fit.
    pub(crate) const fn whole(text: &'a mut StringView) -> Self {
        Self::new(text, Mode::Whole)
    }
}

impl fmt::Write for Append<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let is_added = match &mut self.mode {
            Mode::Whole => self.text.push_str(text).is_ok(),
            Mode::Cut { is_full } => {
                *is_full = *is_full || !push_truncated(self.text, text);
                true
            }
            Mode::Shown => text.chars().all(|c| {
                let shown = if c.is_control() { ' ' } else { c };
                self.text.push(shown).is_ok()
            }),
        };
        if is_added { Ok(()) } else { Err(fmt::Error) }
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
