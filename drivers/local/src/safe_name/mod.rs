//! Names from a bucket as paths below a local folder (S13).
//!
//! A bucket may hold any name: `../../etc/passwd`, `C:\x`, `con.txt`, a name that leads through a
//! symbolic link. Such a name is refused with its reason; it never becomes another path.

mod rules;
mod spelling;

use core::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use crate::temp::is_temporary;
pub use rules::{Platform, check};
use spelling::is_other;

/// Why a name cannot become a path below a folder.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum UnsafeName {
    /// It has no character.
    Empty,
    /// It starts with a separator or a drive letter.
    Absolute,
    /// It has `.`, `..` or nothing between two separators.
    Relative,
    /// It ends with a separator: it stands for a folder.
    Folder,
    /// It has a character that file names cannot have here.
    Character(char),
    /// A piece of it means a device here.
    Device,
    /// A piece of it ends with a dot or a space, which is dropped here.
    Trailing,
    /// A piece of it is longer than file names can be.
    TooLong,
    /// It is that of a file in which parts of a download are kept, which is removed when it has
    /// ended.
    Temporary,
    /// It leads through this symbolic link.
    Link(PathBuf),
    /// It leads through this folder, which has another name on this disk.
    OtherName(PathBuf),
    /// It leads through this file as if that were a folder.
    NotFolder(PathBuf),
    /// This place on the way cannot be looked at.
    Unreadable(PathBuf),
}

/// The path of `name` below `root`, by the rules of this platform.
///
/// Looks at every piece of the path that exists: none may be a symbolic link, and all but the
/// last must be folders, and folders of exactly that name: on many disks `Dir` is found under
/// `dir` too, and the files of both would be in one. `root` itself may be a link. Somebody who can
/// change the folder at the same time could still put a link in place afterwards.
///
/// ```
/// use std::path::Path;
/// use b2_local::safe_name::{UnsafeName, resolve};
///
/// let root = Path::new("photos");
/// assert_eq!(resolve(root, "2026/a.jpg"), Ok(root.join("2026").join("a.jpg")));
/// assert_eq!(resolve(root, "2026/../../a.jpg"), Err(UnsafeName::Relative));
/// ```
///
/// # Errors
/// Why the name is refused.
pub fn resolve(root: &Path, name: &str) -> Result<PathBuf, UnsafeName> {
    look(root, name, 0)
}

/// The same for a file that is only made where nothing is, not even a link: all but the last piece
/// is looked at.
pub(crate) fn resolve_new(root: &Path, name: &str) -> Result<PathBuf, UnsafeName> {
    look(root, name, 1)
}

/// Looks at every piece but the last `rest_len`.
fn look(root: &Path, name: &str, rest_len: usize) -> Result<PathBuf, UnsafeName> {
    check(Platform::HERE, name)?;
    // Some disks take letters in the other case for the same.
    if is_temporary(&name.rsplit('/').next().unwrap_or(name).to_ascii_lowercase()) {
        return Err(UnsafeName::Temporary);
    }
    let mut path = root.to_owned();
    let mut pieces = name.split('/');
    let mut left = pieces.clone().count();
    while left > rest_len
        && let Some(piece) = pieces.next()
    {
        left -= 1;
        let is_folder = left > 0;
        path.push(piece);
        match fs::symlink_metadata(&path) {
            Ok(it) if it.is_symlink() => return Err(UnsafeName::Link(path)),
            Ok(it) if is_folder && !it.is_dir() => return Err(UnsafeName::NotFolder(path)),
            Ok(_) if is_folder && path.parent().is_some_and(|it| is_other(it, piece)) => {
                return Err(UnsafeName::OtherName(path));
            }
            Ok(_) => {}
            // What is not there yet cannot lead elsewhere.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => break,
            Err(_) => return Err(UnsafeName::Unreadable(path)),
        }
    }
    path.extend(pieces);
    Ok(path)
}

impl fmt::Display for UnsafeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the name is empty"),
            Self::Absolute => f.write_str("the name is an absolute path"),
            Self::Relative => f.write_str("the name has '.', '..' or nothing between separators"),
            Self::Folder => f.write_str("the name ends with a slash and stands for a folder"),
            Self::Character(c) => {
                write!(f, "file names cannot have the character {:?} here", c)
            }
            Self::Device => f.write_str("a part of the name means a device here"),
            Self::Trailing => f.write_str("a part of the name ends with a dot or a space"),
            Self::Temporary => {
                f.write_str("the name is one of those that parts of downloads are kept under here")
            }
            Self::TooLong => f.write_str("a part of the name is too long for a file name"),
            Self::Link(path) => {
                write!(f, "the name leads through the symbolic link {}", path.display())
            }
            Self::OtherName(path) => {
                write!(
                    f,
                    "the name needs the folder {}, which has another name on this disk",
                    path.display()
                )
            }
            Self::NotFolder(path) => {
                let path = path.display();
                write!(
                    f,
                    "the name needs a folder where there is a file: {path}; a sync that deletes \
                     removes it at its end, if the source has it no more, so run it again then"
                )
            }
            Self::Unreadable(path) => write!(f, "no access to {}", path.display()),
        }
    }
}

impl core::error::Error for UnsafeName {}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn links_and_files_on_the_way_are_refused() {
        let folder = tempfile::tempdir().expect("folder");
        let (root, outside) = (folder.path().join("root"), folder.path().join("outside"));
        fs::create_dir_all(root.join("real/deep")).expect("folders");
        fs::create_dir(&outside).expect("outside");
        symlink(&outside, root.join("away")).expect("link");
        symlink(outside.join("new"), root.join("real/dangling")).expect("link");
        fs::write(root.join("file"), b"").expect("file");
        assert_eq!(resolve(&root, "real/deep/a"), Ok(root.join("real/deep/a")));
        assert_eq!(resolve(&root, "new/er/a"), Ok(root.join("new/er/a")));
        assert_eq!(resolve(&root, "away/a"), Err(UnsafeName::Link(root.join("away"))));
        let dangling = root.join("real/dangling");
        assert_eq!(resolve(&root, "real/dangling"), Err(UnsafeName::Link(dangling)));
        assert_eq!(resolve(&root, "file/a"), Err(UnsafeName::NotFolder(root.join("file"))));
        for name in [".a.0.b2part", "real/.a.1.b2done", ".a.0.B2NEXT"] {
            assert_eq!(resolve(&root, name), Err(UnsafeName::Temporary), "{name}");
            assert_eq!(resolve_new(&root, name), Err(UnsafeName::Temporary), "{name}");
        }
        // The folder itself is the user's choice.
        symlink(&root, folder.path().join("root-link")).expect("link");
        assert!(resolve(&folder.path().join("root-link"), "a").is_ok());
    }
}
