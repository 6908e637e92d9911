//! What can go wrong with local files, typed by what the caller can do.

use core::fmt;
use std::io;
use std::path::{Path, PathBuf};

use b2_proto::error::{Cause, Error as ProtoError, ErrorKind};
use b2_proto::name::Hexed;

/// Trouble with a local file or folder. Prints as one sentence that ends with the path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Error {
    /// What is wrong.
    pub reason: Reason,
    /// Where; empty when there is no path, as with bytes in memory.
    pub path: PathBuf,
    /// What the operating system said, when it said something.
    pub system: Option<String>,
}

/// What is wrong with a local file or folder.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Reason {
    /// The source is not there.
    SourceMissing,
    /// The source is a folder.
    SourceIsFolder,
    /// The source is a file where a folder is needed.
    SourceIsFile,
    /// The source is a pipe, a device or a socket, or it tells no length, so that it cannot be
    /// read again.
    SourceIsSpecial,
    /// The source cannot be opened or read.
    SourceUnreadable,
    /// The source changed while it was read: its size, its time, or the file itself.
    SourceChanged,
    /// Something else is in the place of the file that was listed, such as a link.
    SourceIsOther,
    /// The source has a file again that was not there when it was listed.
    SourceIsBack,
    /// The folder that a file of the source was in has been empty since before it was uploaded: a
    /// disk may not be mounted there.
    SourceFolderEmpty,
    /// The source ends before the part of it that was asked for.
    SourceTooShort,
    /// The folder of the target is not there.
    FolderMissing,
    /// What should be the folder of the target is a file.
    FolderIsFile,
    /// The target is a folder.
    TargetIsFolder,
    /// The folder is another one than that which was listed, or a link leads to it.
    FolderIsOther,
    /// Something has the target's name that was not to be replaced.
    TargetExists,
    /// A folder has the target's name.
    FolderInTheWay,
    /// What was to be removed or replaced is not what was found before.
    TargetChanged,
    /// What was to be removed is the only file under the name of one that could not be stored.
    TargetStandsIn,
    /// The target is a symbolic link that leads nowhere.
    TargetIsBrokenLink,
    /// The target, or its folder, may not be written.
    TargetDenied,
    /// The disk or the quota is full.
    TargetFull,
    /// The target cannot be written for another reason.
    TargetFailed,
    /// More bytes than the caller allowed.
    TargetTooLong,
    /// The target takes bytes only one after the other.
    TargetInOrderOnly,
    /// A file with credentials can be read or written by others.
    NotPrivate,
    /// A file with credentials is not an ordinary file of the user.
    NotOwn,
    /// Others can exchange a file with credentials for another one.
    FolderNotPrivate,
    /// A file with credentials holds something else.
    NotAnAccount,
    /// Another program did not let go of a file with credentials for too long.
    StoreBusy,
    /// Nobody waits for it any more.
    GivenUp,
}

impl Reason {
    const fn text(self) -> &'static str {
        match self {
            Self::SourceMissing => "no such file",
            Self::SourceIsFolder => "a folder, not a file",
            Self::SourceIsFile => "a file, not a folder",
            Self::SourceIsSpecial => {
                "a pipe or a device, or a file without a length: it cannot be read again"
            }
            Self::SourceUnreadable => "the file cannot be read",
            Self::SourceChanged => "the file changed while it was read",
            Self::SourceIsOther => "something else, or a link, is in its place since it was listed",
            Self::SourceIsBack => {
                "the source has such a file again, perhaps in another spelling, so it stays"
            }
            Self::SourceFolderEmpty => {
                "a folder of the source has been empty since before the file was uploaded, so the \
                 file stays; is a disk not mounted? If it is meant, allow an empty source"
            }
            Self::SourceTooShort => "the source ends before the part of it that was asked for",
            Self::FolderMissing => "the folder of the target does not exist",
            Self::FolderIsFile => "the folder of the target is not a folder",
            Self::FolderIsOther => {
                "the folder is another one than was listed, or behind a link, so it stays as it is"
            }
            Self::TargetIsFolder => "the target is a folder; name a file in it",
            Self::TargetExists => "something else has that name, perhaps in another spelling",
            Self::FolderInTheWay => {
                "a folder has that name; a sync that deletes empties it at its end, so run it again"
            }
            Self::TargetChanged => "it has changed since it was listed, so it stays",
            Self::TargetStandsIn => {
                "a file that could not be stored has this name in another spelling, so it stays"
            }
            Self::TargetIsBrokenLink => "the target is a symbolic link that leads nowhere",
            Self::TargetDenied => "no permission to write the target",
            Self::TargetFull => "no space left for the target",
            Self::TargetFailed => "the target cannot be written",
            Self::TargetTooLong => "more bytes than allowed",
            Self::TargetInOrderOnly => "the target takes bytes only in order",
            Self::NotPrivate => {
                "others have rights to the file with credentials; take them away with `chmod 600`, \
                 or delete the file and log in again"
            }
            Self::NotOwn => {
                "the file with credentials must be an ordinary file of the user; delete it and log \
                 in again, or name another file"
            }
            Self::FolderNotPrivate => {
                "others may write the folder of the file with credentials, or own it; take that \
                 right away with `chmod go-w`, or use a folder of your own"
            }
            Self::NotAnAccount => {
                "the file with credentials is damaged or from another program; delete it and log \
                 in again, or name another file"
            }
            Self::StoreBusy => {
                "another program keeps the file with credentials locked; try again when it is done"
            }
            Self::GivenUp => "it was given up",
        }
    }

    /// What the core knows it as, when it happens in the middle of a transfer.
    pub const fn cause(self) -> Option<Cause> {
        match self {
            Self::SourceMissing
            | Self::SourceIsFolder
            | Self::SourceIsFile
            | Self::SourceIsSpecial
            | Self::SourceTooShort
            | Self::SourceUnreadable => Some(Cause::SourceUnreadable),
            Self::SourceChanged
            | Self::SourceIsOther
            | Self::SourceIsBack
            | Self::SourceFolderEmpty => Some(Cause::SourceChanged),
            Self::TargetFull => Some(Cause::SinkFull),
            Self::FolderMissing
            | Self::FolderIsFile
            | Self::FolderIsOther
            | Self::TargetIsFolder
            | Self::TargetExists
            | Self::FolderInTheWay
            | Self::TargetChanged
            | Self::TargetStandsIn
            | Self::TargetIsBrokenLink
            | Self::TargetDenied
            | Self::TargetFailed
            | Self::TargetTooLong
            | Self::TargetInOrderOnly => Some(Cause::SinkFailed),
            Self::NotPrivate
            | Self::NotOwn
            | Self::FolderNotPrivate
            | Self::NotAnAccount
            | Self::StoreBusy
            | Self::GivenUp => None,
        }
    }

    const fn kind(self) -> ErrorKind {
        match self {
            Self::TargetTooLong => ErrorKind::Limit,
            Self::GivenUp => ErrorKind::Cancelled,
            Self::NotPrivate | Self::NotOwn | Self::FolderNotPrivate | Self::NotAnAccount => {
                ErrorKind::InvalidInput
            }
            Self::SourceMissing
            | Self::SourceIsFolder
            | Self::SourceIsFile
            | Self::SourceIsSpecial
            | Self::SourceTooShort
            | Self::SourceUnreadable
            | Self::SourceChanged
            | Self::SourceIsOther
            | Self::SourceIsBack
            | Self::SourceFolderEmpty => ErrorKind::Source,
            Self::FolderMissing
            | Self::FolderIsFile
            | Self::FolderIsOther
            | Self::TargetIsFolder
            | Self::TargetExists
            | Self::FolderInTheWay
            | Self::TargetChanged
            | Self::TargetStandsIn
            | Self::TargetIsBrokenLink
            | Self::TargetDenied
            | Self::TargetFull
            | Self::TargetFailed
            | Self::TargetInOrderOnly
            | Self::StoreBusy => ErrorKind::Sink,
        }
    }
}

impl Error {
    /// Something is wrong at `path`.
    pub fn new(reason: Reason, path: &Path) -> Self {
        Self { reason, path: path.to_owned(), system: None }
    }

    /// What the core knows it as, when it happens in the middle of a transfer.
    pub const fn cause(&self) -> Option<Cause> {
        self.reason.cause()
    }

    /// The sentence without the path, for texts that name the path themselves.
    pub fn what(&self) -> impl fmt::Display {
        fmt::from_fn(|f| {
            f.write_str(self.reason.text())?;
            self.system.iter().try_for_each(|system| write!(f, " ({system})"))
        })
    }

    /// Reading or opening a source failed.
    pub(crate) fn reading(error: &io::Error, path: &Path) -> Self {
        use io::ErrorKind as Kind;
        let kind = error.kind();
        if kind == Kind::NotFound {
            // The system has only other words for the same.
            return Self::new(Reason::SourceMissing, path);
        }
        let is_missing = kind == Kind::NotADirectory;
        let reason = if is_missing { Reason::SourceMissing } else { Reason::SourceUnreadable };
        Self::from_system(reason, error, path)
    }

    /// Writing or opening a target failed.
    pub(crate) fn writing(error: &io::Error, path: &Path) -> Self {
        use io::ErrorKind as Kind;
        let kind = error.kind();
        let is_full = matches!(kind, Kind::StorageFull | Kind::QuotaExceeded | Kind::FileTooLarge);
        let reason = if is_full {
            Reason::TargetFull
        } else if matches!(kind, Kind::PermissionDenied | Kind::ReadOnlyFilesystem) {
            Reason::TargetDenied
        } else {
            Reason::TargetFailed
        };
        Self::from_system(reason, error, path)
    }

    pub(crate) fn from_system(reason: Reason, error: &io::Error, path: &Path) -> Self {
        Self { system: Some(error.to_string()), ..Self::new(reason, path) }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.what())?;
        if self.path.as_os_str().is_empty() {
            return Ok(());
        }
        write!(f, ": {}", Hexed(&self.path.to_string_lossy()))
    }
}

impl core::error::Error for Error {}

/// The same sentence as an error of the core, with the cause when it has one.
impl From<Error> for ProtoError {
    fn from(error: Error) -> Self {
        let mut out = Self::with_message(error.reason.kind(), format_args!("{error}"));
        // "Too long" is the caller's bound; a cause would speak of the disk.
        out.cause = error.cause().filter(|_| out.kind != ErrorKind::Limit);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_says_decides_the_reason() {
        let path = Path::new("x");
        let full = Error::writing(&io::Error::from(io::ErrorKind::StorageFull), path);
        assert_eq!((full.reason, full.cause()), (Reason::TargetFull, Some(Cause::SinkFull)));
        let denied = Error::writing(&io::Error::from(io::ErrorKind::PermissionDenied), path);
        assert_eq!(denied.reason, Reason::TargetDenied);
        let gone = Error::reading(&io::Error::from(io::ErrorKind::NotFound), path);
        assert_eq!(
            (gone.reason, gone.to_string().as_str()),
            (Reason::SourceMissing, "no such file: x")
        );
    }

    #[test]
    fn the_sentence_names_the_path_without_control_characters() {
        let error = Error::new(Reason::SourceIsFolder, Path::new("a\x1bb"));
        assert_eq!(error.to_string(), "a folder, not a file: a\\x1bb");
        let proto = ProtoError::from(error);
        assert_eq!(proto.kind, ErrorKind::Source);
        assert_eq!(proto.cause, Some(Cause::SourceUnreadable));
        let text = proto.to_string();
        assert!(text.starts_with("a folder, not a file: a\\x1bb"), "{text}");
    }
}
