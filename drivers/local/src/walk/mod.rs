//! The files of a folder, in the order in which a bucket lists their names.
//!
//! Names are compared byte by byte with `/` between their pieces, so `a.txt` comes before the
//! files of the folder `a`, and those before `a0.txt`. Each folder is read and sorted when the
//! walk comes to it; memory depends on the largest folder and the depth, never on the whole tree.

mod folder;
#[cfg(test)]
mod tests;

use core::fmt;
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};

use b2_proto::name::{NameError, NameRule, check};

use crate::temp::is_temporary;
use crate::time::modified_ms;
use crate::{Error, Reason};
use folder::{Child, Folder, Kind};

/// Folders within folders, at most: a name of 1024 bytes has no more pieces.
const DEPTH_MAX: usize = 512;

/// What becomes of symbolic links.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Symlinks {
    /// They count as what they lead to.
    #[default]
    Follow,
    /// They are skipped, and reported as skipped.
    Skip,
}

/// One step of a walk.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Entry {
    /// A regular file.
    File(FoundFile),
    /// Something that is left out.
    Skipped(Skipped),
}

/// A file that can be uploaded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FoundFile {
    /// Its name relative to the root, with `/` between the pieces.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// Its length in bytes.
    pub len: u64,
    /// When it was last modified, in milliseconds since the Unix epoch.
    pub modified_ms: u64,
}

/// Something in the folder that is no file to upload.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Skipped {
    /// Its name relative to the root, with `/` between the pieces and at the end of a folder's;
    /// what is not Unicode is replaced.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// Why it is left out.
    pub reason: SkipReason,
}

/// Why something was left out.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum SkipReason {
    /// It cannot be looked at, or the folder cannot be listed (whole).
    Unreadable(String),
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
}

impl SkipReason {
    /// Whether files may be there that the walk could not see: what a bucket holds at or below
    /// this name must not be taken for deleted (S2).
    pub const fn hides_files(&self) -> bool {
        match self {
            Self::Unreadable(_) | Self::BrokenLink | Self::NotUnicode | Self::TooDeep => true,
            Self::Name(_) | Self::Link | Self::LinkLoop | Self::Special | Self::Leftover => false,
        }
    }
}

/// The walk; see the [module](self).
///
/// ```
/// use b2_local::walk::{Entry, Symlinks, Walk};
///
/// let mut files = 0;
/// for entry in Walk::new("src", Symlinks::Skip)? {
///     match entry {
///         Entry::File(file) => files += u32::from(file.name.ends_with(".rs")),
///         Entry::Skipped(skipped) => println!("{}: {}", skipped.name, skipped.reason),
///     }
/// }
/// assert!(files > 3);
/// # Ok::<(), b2_local::Error>(())
/// ```
#[derive(Debug)]
pub struct Walk {
    symlinks: Symlinks,
    /// The folders the walk is in, outermost first.
    open: Vec<Folder>,
}

impl Walk {
    /// Starts at a folder, which may be a symbolic link.
    ///
    /// # Errors
    /// The folder is missing, is a file, or cannot be listed.
    pub fn new(root: impl AsRef<Path>, symlinks: Symlinks) -> Result<Self, Error> {
        let root = root.as_ref();
        let real = fs::canonicalize(root).map_err(|e| Error::reading(&e, root))?;
        if !real.is_dir() {
            return Err(Error::new(Reason::FolderIsFile, root));
        }
        let folder = Folder::read(root.to_owned(), real, String::new());
        match folder.trouble {
            Some(error) => Err(Error::from_system(Reason::SourceUnreadable, &error, root)),
            None => Ok(Self { symlinks, open: vec![folder] }),
        }
    }

    /// Descends; gives what to report about the folder itself.
    fn enter(&mut self, path: PathBuf, real: PathBuf, name: String) -> Option<Entry> {
        if self.open.len() >= DEPTH_MAX {
            return Some(skipped(name, path, SkipReason::TooDeep));
        }
        let mut folder = Folder::read(path, real, name);
        let trouble = folder.trouble.take().map(|error| {
            let reason = SkipReason::Unreadable(error.to_string());
            skipped(folder.name.clone(), folder.path.clone(), reason)
        });
        self.open.push(folder);
        trouble
    }

    fn visit(&mut self, child: Child) -> Option<Entry> {
        let within = self.open.last()?;
        let path = within.path.join(&child.name);
        let Some(piece) = child.name.to_str() else {
            let name = format!("{}{}", within.name, child.name.to_string_lossy());
            return Some(skipped(name, path, SkipReason::NotUnicode));
        };
        let mut name = format!("{}{piece}", within.name);
        match (child.kind, self.symlinks) {
            (Kind::Unknown(error), _) => {
                Some(skipped(name, path, SkipReason::Unreadable(error.to_string())))
            }
            (Kind::Special, _) => Some(skipped(name, path, SkipReason::Special)),
            (Kind::BrokenLink, _) => Some(skipped(name, path, SkipReason::BrokenLink)),
            (Kind::FileLink(_) | Kind::FolderLink, Symlinks::Skip) => {
                Some(skipped(name, path, SkipReason::Link))
            }
            (Kind::File(_), _) if is_temporary(piece) => {
                Some(skipped(name, path, SkipReason::Leftover))
            }
            (Kind::File(metadata) | Kind::FileLink(metadata), _) => {
                Some(found(name, path, &metadata))
            }
            (Kind::Folder, _) => {
                let real = within.real.join(&child.name);
                name.push('/');
                self.enter(path, real, name)
            }
            (Kind::FolderLink, Symlinks::Follow) => {
                name.push('/');
                match fs::canonicalize(&path) {
                    Err(error) => {
                        Some(skipped(name, path, SkipReason::Unreadable(error.to_string())))
                    }
                    Ok(real) if self.open.iter().any(|folder| folder.real.starts_with(&real)) => {
                        Some(skipped(name, path, SkipReason::LinkLoop))
                    }
                    Ok(real) => self.enter(path, real, name),
                }
            }
        }
    }
}

impl Iterator for Walk {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        loop {
            let Some(child) = self.open.last_mut()?.children.next() else {
                self.open.pop();
                continue;
            };
            if let Some(entry) = self.visit(child) {
                return Some(entry);
            }
        }
    }
}

fn found(name: String, path: PathBuf, metadata: &Metadata) -> Entry {
    if let Err(error) = check(NameRule::Upload, &name) {
        return skipped(name, path, SkipReason::Name(error));
    }
    let modified_ms = modified_ms(metadata).unwrap_or_default();
    Entry::File(FoundFile { name, path, len: metadata.len(), modified_ms })
}

const fn skipped(name: String, path: PathBuf, reason: SkipReason) -> Entry {
    Entry::Skipped(Skipped { name, path, reason })
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) => write!(f, "cannot be read: {error}"),
            Self::Special => f.write_str("is a pipe, a socket or a device"),
            Self::Link => f.write_str("is a symbolic link"),
            Self::BrokenLink => f.write_str("is a symbolic link that leads nowhere"),
            Self::LinkLoop => f.write_str("is a symbolic link to a folder it is in"),
            Self::Name(error) => write!(f, "cannot be stored under its name: {error}"),
            Self::NotUnicode => f.write_str("has a name that is not Unicode"),
            Self::TooDeep => f.write_str("lies in too many folders"),
            Self::Leftover => f.write_str("is part of a download that did not end"),
        }
    }
}
