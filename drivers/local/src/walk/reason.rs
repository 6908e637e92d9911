//! Why something in a folder is left out.

use core::fmt;

use b2_proto::name::NameError;

/// Why something was left out.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum SkipReason {
    /// It cannot be looked at, or the folder cannot be listed (whole).
    Unreadable(String),
    /// The folder cannot be listed beyond what came of it; what came stands.
    RestUnreadable(String),
    /// What of the folder takes part cannot be judged: its rules cannot be read.
    Unjudged(String),
    /// A pipe, a socket or a device.
    Special,
    /// A symbolic link, and they are to be skipped.
    Link,
    /// A symbolic link that leads nowhere.
    BrokenLink,
    /// A symbolic link to a folder this one is in.
    LinkLoop,
    /// The name cannot be the name of a file in a bucket.
    Name(NameError),
    /// The name is not Unicode.
    NotUnicode,
    /// Folders are nested too deep.
    TooDeep,
    /// Part of a download to this folder that was broken off, or goes on.
    Leftover,
    /// It went away or became something else during the walk.
    Changed,
}

impl SkipReason {
    /// Whether files may be there that the walk could not see: what a bucket holds at or below
    /// this name must not be taken for deleted (S2).
    pub const fn hides_files(&self) -> bool {
        match self {
            Self::Unreadable(_)
            | Self::RestUnreadable(_)
            | Self::Unjudged(_)
            | Self::BrokenLink
            | Self::Name(_)
            | Self::NotUnicode
            | Self::TooDeep
            | Self::Changed => true,
            Self::Link | Self::LinkLoop | Self::Special | Self::Leftover => false,
        }
    }

    /// Whether no bucket can have a file of that name, nor of one below it. In a folder that files
    /// of a bucket go to, it is nobody's.
    pub const fn is_of_no_bucket(&self) -> bool {
        matches!(self, Self::Name(_) | Self::NotUnicode)
    }
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) => write!(f, "cannot be read: {error}"),
            Self::RestUnreadable(error) => {
                write!(f, "cannot be read further than what came of it: {error}")
            }
            Self::Unjudged(why) => write!(f, "cannot be judged without its rules: {why}"),
            Self::Special => f.write_str("is a pipe, a socket or a device"),
            Self::Link => f.write_str("is a symbolic link"),
            Self::BrokenLink => f.write_str("is a symbolic link that leads nowhere"),
            Self::LinkLoop => f.write_str("is a symbolic link to a folder it is in"),
            Self::Name(error) => write!(f, "cannot be stored under its name: {error}"),
            Self::NotUnicode => f.write_str("has a name that is not Unicode"),
            Self::TooDeep => f.write_str("lies in too many folders"),
            Self::Changed => f.write_str("changed while the folder was read"),
            Self::Leftover => f.write_str("is part of a download that did not end"),
        }
    }
}
