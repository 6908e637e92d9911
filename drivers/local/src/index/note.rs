//! Why an index is not used, or not written.

use core::fmt;
use std::io;

/// What is wrong with an index file. Files are hashed then as if there were none.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Note {
    /// The file is something else, damaged at its beginning, or of another version. It stays as it
    /// is.
    Foreign,
    /// It is not an ordinary file of the user that nobody else can write.
    NotOwn,
    /// Another process writes it at the moment: it is read, and nothing is added.
    InUse,
    /// The system says so.
    Trouble(String),
}

impl Note {
    pub(super) fn trouble(error: &io::Error) -> Self {
        Self::Trouble(error.to_string())
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Foreign => f.write_str(
                "the index is no file of this program, or damaged; it is not used. Delete it, or \
                 name another one",
            ),
            Self::NotOwn => f.write_str(
                "the index must be an ordinary file of the user that nobody else can write; it is \
                 not used",
            ),
            Self::InUse => f.write_str("another process writes the index; nothing is added to it"),
            Self::Trouble(text) => write!(f, "the index cannot be used further: {text}"),
        }
    }
}
