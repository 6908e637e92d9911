//! Which file something is, whatever it is called.

use std::fs::{File, Metadata};
use std::io;
use std::path::Path;

/// A file or folder of this machine: the volume it is on, and its number there.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct FileId {
    pub(crate) volume: u64,
    /// 0 where the file system gives none.
    pub(crate) number: u64,
}

impl FileId {
    /// An open file, and what it is like.
    pub(crate) fn of(file: &File) -> io::Result<(Self, Metadata)> {
        let metadata = file.metadata()?;
        Ok((system::id_of(file, &metadata)?, metadata))
    }

    /// What has this name, which may be a symbolic link.
    pub(crate) fn at(path: &Path) -> io::Result<(Self, Metadata)> {
        system::look(path, Links::Kept)
    }

    /// What this path leads to.
    pub(crate) fn behind(path: &Path) -> io::Result<(Self, Metadata)> {
        system::look(path, Links::Followed)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Links {
    Kept,
    Followed,
}

#[cfg(unix)]
mod system {
    use super::*;
    use std::fs;
    use std::os::unix::fs::MetadataExt as _;

    #[expect(clippy::unnecessary_wraps, reason = "elsewhere the file itself has to be asked")]
    pub(super) fn id_of(_: &File, metadata: &Metadata) -> io::Result<FileId> {
        Ok(FileId { volume: metadata.dev(), number: metadata.ino() })
    }

    pub(super) fn look(path: &Path, links: Links) -> io::Result<(FileId, Metadata)> {
        let metadata = match links {
            Links::Kept => fs::symlink_metadata(path),
            Links::Followed => fs::metadata(path),
        }?;
        Ok((FileId { volume: metadata.dev(), number: metadata.ino() }, metadata))
    }
}

#[cfg(windows)]
mod system {
    use super::*;
    use std::os::windows::fs::OpenOptionsExt as _;

    /// Opens folders too.
    const BACKUP_SEMANTICS: u32 = 0x0200_0000;
    const OPEN_REPARSE_POINT: u32 = 0x0020_0000;

    pub(super) fn id_of(file: &File, _: &Metadata) -> io::Result<FileId> {
        let it = winapi_util::file::information(file)?;
        Ok(FileId { volume: it.volume_serial_number(), number: it.file_index() })
    }

    /// Asks for no access, which works with files that somebody else has for themselves.
    pub(super) fn look(path: &Path, links: Links) -> io::Result<(FileId, Metadata)> {
        let itself = if links == Links::Kept { OPEN_REPARSE_POINT } else { 0 };
        let mut options = File::options();
        options.access_mode(0).custom_flags(BACKUP_SEMANTICS | itself);
        FileId::of(&options.open(path)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_file_is_known_by_any_name_and_told_from_others() {
        let folder = tempfile::tempdir().expect("folder");
        let [one, other, link] = ["one", "other", "link"].map(|name| folder.path().join(name));
        for path in [&one, &other] {
            fs::write(path, b"same").expect("written");
        }
        fs::hard_link(&one, &link).expect("a link");
        let at = |path: &Path| FileId::at(path).expect("there").0;
        assert_eq!((at(&one), at(&one)), (at(&link), FileId::behind(&one).expect("there").0));
        assert_eq!(at(&one), FileId::of(&File::open(&link).expect("open")).expect("open").0);
        assert!(at(&one) != at(&other) && at(&one) != at(folder.path()));
        assert!(FileId::at(folder.path()).expect("there").1.is_dir());
        let missing = FileId::at(&folder.path().join("none")).expect_err("missing");
        assert_eq!(missing.kind(), io::ErrorKind::NotFound);
    }
}
