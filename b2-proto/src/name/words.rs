//! What is wrong with a name, in the words of the reference.

use core::fmt;

use super::{Hexed, NameError, NameFault, NameRule};
use crate::limits::FILE_NAME_SEGMENT_LEN_MAX;
use crate::wire::text::{Decimal, Hex};

impl NameError {
    /// The error as the reference words it about this very name.
    #[must_use]
    pub fn about(self, name: &str) -> impl fmt::Display {
        fmt::from_fn(move |f| self.write(f, Some(name)))
    }

    /// The error of [`NameRule::Service`], without the words for the other rules.
    pub(crate) fn of_service(self) -> impl fmt::Display {
        fmt::from_fn(move |f| self.write_upload(f, None))
    }

    fn write(self, f: &mut fmt::Formatter<'_>, name: Option<&str>) -> fmt::Result {
        match self.rule {
            NameRule::Create => self.write_create(f),
            NameRule::Service => self.write_upload(f, None),
            NameRule::Upload => {
                f.write_str("Unusable file name: ")?;
                self.write_upload(f, name)
            }
        }
    }

    fn write_create(self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SEGMENT: u64 = FILE_NAME_SEGMENT_LEN_MAX as u64;
        match self.fault {
            NameFault::Empty => f.write_str("file name too short (0 utf-8 bytes)"),
            NameFault::TooLong { max } => {
                write!(f, "file name too long (more than {} utf-8 bytes)", Decimal(max as u64))
            }
            NameFault::Control { code } => {
                write!(f, "file names must not contain 0x{}", Hex(&[code]))
            }
            NameFault::Del => f.write_str("file names must not contain DEL"),
            NameFault::LeadingSlash => f.write_str("file names must not start with '/'"),
            NameFault::TrailingSlash => f.write_str("file names must not end with '/'"),
            NameFault::Backslash => f.write_str("file names must not contain '\\'"),
            NameFault::DoubleSlash => f.write_str("file names must not contain '//'"),
            NameFault::SegmentTooLong => {
                let max = Decimal(SEGMENT);
                write!(f, "file names segments (between '/') can be at most {max} utf-8 bytes")
            }
        }
    }

    fn write_upload(self, f: &mut fmt::Formatter<'_>, name: Option<&str>) -> fmt::Result {
        const SEGMENT: u64 = FILE_NAME_SEGMENT_LEN_MAX as u64;
        match self.fault {
            NameFault::Empty => f.write_str("Filename must be at least 1 character."),
            NameFault::TooLong { max } => {
                write!(f, "Filename is too long (can be at most {} bytes).", Decimal(max as u64))
            }
            NameFault::Control { code } => {
                f.write_str("Filename ")?;
                if let Some(name) = name {
                    write!(f, "\"{}\" ", Hexed(name))?;
                }
                let (decimal, hex) = (Decimal(code.into()), [code]);
                write!(f, "contains code {decimal} (hex {}), less than 32.", Hex(&hex))
            }
            NameFault::Del => f.write_str("DEL character (0x7f) not allowed."),
            NameFault::LeadingSlash | NameFault::TrailingSlash => {
                f.write_str("Filename may not start or end with '/'.")
            }
            NameFault::Backslash => f.write_str("Filename may not contain '\\'."),
            NameFault::DoubleSlash => f.write_str("Filename may not contain \"//\"."),
            NameFault::SegmentTooLong => {
                let max = Decimal(SEGMENT);
                write!(f, "Filename segment too long (maximum {max} bytes in utf-8).")
            }
        }
    }
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, None)
    }
}
