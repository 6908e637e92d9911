//! Names that print without harm to a terminal or a shell (behaviour h.5).

use core::fmt::{self, Write as _};

use crate::wire::text::Hex;

/// Whether a character changes the terminal instead of showing something.
///
/// These are the C0 and C1 controls and U+007F, without tab, line feed, vertical tab, form feed
/// and carriage return.
#[must_use]
pub const fn is_unprintable(c: char) -> bool {
    matches!(c, '\0'..='\x08' | '\x0e'..='\x1f' | '\x7f'..='\u{9f}')
}

/// Text that prints with `\xNN` in place of each unprintable character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hexed<'a>(pub &'a str);

impl fmt::Display for Hexed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| match c {
            // None of them is above U+009F.
            c if is_unprintable(c) => {
                f.write_str("\\x")?;
                Hex(&[u8::try_from(c).unwrap_or(0)]).fmt(f)
            }
            c => f.write_char(c),
        })
    }
}

/// Text that prints like [`Hexed`] and as one word of a POSIX shell; empty text stays empty.
///
/// ```
/// use b2_proto::name::Quoted;
///
/// assert_eq!(format!("{}", Quoted("it's")), r#"'it'"'"'s'"#);
/// assert_eq!(format!("{}", Quoted("a=b,c:d")), "a=b,c:d");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quoted<'a>(pub &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.chars().all(is_shell_safe) {
            return f.write_str(self.0);
        }
        f.write_char('\'')?;
        for (index, piece) in self.0.split('\'').enumerate() {
            if index > 0 {
                f.write_str("'\"'\"'")?;
            }
            Hexed(piece).fmt(f)?;
        }
        f.write_char('\'')
    }
}

const fn is_shell_safe(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || matches!(c, '@' | '%' | '+' | '=' | ':' | ',' | '.' | '/' | '-' | '_')
}

/// Text that prints with U+FFFD in place of each unprintable character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Substituted<'a>(pub &'a str);

impl Substituted<'_> {
    /// Whether anything is replaced.
    #[must_use]
    pub fn changes(&self) -> bool {
        self.0.contains(is_unprintable)
    }
}

impl fmt::Display for Substituted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| {
            f.write_char(if is_unprintable(c) { char::REPLACEMENT_CHARACTER } else { c })
        })
    }
}
