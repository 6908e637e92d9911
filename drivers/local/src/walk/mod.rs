//! The files of a folder, in the order in which a bucket lists their names.
//!
//! Names are compared byte by byte with `/` between their pieces, so `a.txt` comes before the
//! files of the folder `a`, and those before `a0.txt`. Each folder is read and sorted when the
//! walk comes to it, and only its names are kept: some 40 bytes each, and no more of them than
//! 16 MiB over all folders the walk is in, whatever their number. A folder with more names is read
//! again for each further chunk. What a file is like is looked at when its turn comes.

mod chunk;
mod folder;
mod input;
mod reason;
#[cfg(test)]
mod tests;

use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use b2_proto::name::{NameRule, check};
use b2_proto::plan::sync::{Everything, PathFilter};

use crate::temp::is_temporary;
use crate::time::modified_ms;
use crate::{Error, Reason};
use chunk::{Child, Kind};
use folder::Folder;
pub use reason::SkipReason;

/// Folders within folders, at most: a name of 1024 bytes has no more pieces.
const DEPTH_MAX: usize = 512;
/// Bytes of names over all folders the walk is in.
const NAMES_LEN_MAX: usize = 16 << 20;
/// Bytes of names that each folder may have beyond that.
const FOLDER_LEN_MIN: usize = 64 << 10;

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

/// How a folder is walked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WalkOptions {
    /// What becomes of symbolic links.
    pub symlinks: Symlinks,
    /// The rules for names; files and folders that break them are skipped.
    pub names: NameRule,
}

impl Default for WalkOptions {
    fn default() -> Self {
        Self { symlinks: Symlinks::default(), names: NameRule::Upload }
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
pub struct Walk<F = Everything> {
    options: WalkOptions,
    filter: F,
    /// Bytes of names over all open folders.
    names_len_max: usize,
    /// The folders the walk is in, outermost first.
    open: Vec<Folder>,
}

impl Walk {
    /// Starts at a folder, which may be a symbolic link.
    ///
    /// # Errors
    /// The folder is missing, is a file, or cannot be listed.
    pub fn new(root: impl AsRef<Path>, symlinks: Symlinks) -> Result<Self, Error> {
        let options = WalkOptions { symlinks, ..WalkOptions::default() };
        Self::filtered(root, options, Everything)
    }
}

impl<F: PathFilter> Walk<F> {
    /// Starts at a folder, which may be a symbolic link. Folders that the filter leaves out are
    /// not looked at, and not told; it is not asked about files.
    ///
    /// # Errors
    /// The folder is missing, is a file, or cannot be listed.
    pub fn filtered(
        root: impl AsRef<Path>,
        options: WalkOptions,
        filter: F,
    ) -> Result<Self, Error> {
        Self::bounded(root.as_ref(), options, filter, NAMES_LEN_MAX)
    }

    fn bounded(
        root: &Path,
        options: WalkOptions,
        filter: F,
        names_len_max: usize,
    ) -> Result<Self, Error> {
        let real = fs::canonicalize(root).map_err(|e| Error::reading(&e, root))?;
        if !real.is_dir() {
            return Err(Error::new(Reason::FolderIsFile, root));
        }
        let folder = Folder::read(root.to_owned(), real, String::new(), names_len_max);
        match folder.trouble {
            Some(error) => Err(Error::from_system(Reason::SourceUnreadable, &error, root)),
            None => Ok(Self { options, filter, names_len_max, open: vec![folder] }),
        }
    }

    /// Bytes that the names of one more folder may take.
    fn budget(&self) -> usize {
        let held = self.open.iter().map(Folder::len).sum();
        self.names_len_max.saturating_sub(held).max(FOLDER_LEN_MIN.min(self.names_len_max))
    }

    /// Descends; gives what to report about the folder itself.
    fn enter(&mut self, path: PathBuf, real: PathBuf, name: String) -> Option<Entry> {
        if self.open.len() >= DEPTH_MAX {
            return Some(skipped(name, path, SkipReason::TooDeep));
        }
        self.open.push(Folder::read(path, real, name, self.budget()));
        self.trouble()
    }

    /// Reports that the innermost folder could not be read whole.
    fn trouble(&mut self) -> Option<Entry> {
        let folder = self.open.last_mut()?;
        let error = folder.trouble.take()?;
        Some(skipped(folder.name.clone(), folder.path.clone(), unreadable(&error)))
    }

    fn visit(&mut self, child: Child) -> Option<Entry> {
        let within = self.open.last()?;
        let mut name = format!("{}{}", within.name, child.name);
        if let Some(raw) = child.raw {
            return Some(skipped(name, within.path.join(raw), SkipReason::NotUnicode));
        }
        let path = within.path.join(&child.name);
        let is_folder = matches!(child.kind, Kind::Folder | Kind::FolderLink);
        if is_folder && self.filter.excludes_folder(&name) {
            return None;
        }
        let bad_name = check(self.options.names, &name).err().map(SkipReason::Name);
        if is_folder {
            name.push('/');
        }
        let skip_links = self.options.symlinks == Symlinks::Skip;
        let reason = match child.kind {
            Kind::Unknown => nothing_known(&path),
            Kind::Special => SkipReason::Special,
            Kind::BrokenLink => SkipReason::BrokenLink,
            Kind::FileLink | Kind::FolderLink if skip_links => SkipReason::Link,
            Kind::File if is_temporary(&child.name) => SkipReason::Leftover,
            Kind::File | Kind::FileLink | Kind::Folder | Kind::FolderLink => match bad_name {
                Some(reason) => reason,
                None if child.kind == Kind::Folder => {
                    let real = within.real.join(&child.name);
                    return self.enter(path, real, name);
                }
                None if child.kind == Kind::FolderLink => return self.follow(path, name),
                None => return Some(look(name, path, child.kind)),
            },
        };
        Some(skipped(name, path, reason))
    }

    fn follow(&mut self, path: PathBuf, name: String) -> Option<Entry> {
        match fs::canonicalize(&path) {
            Err(error) => Some(skipped(name, path, unreadable(&error))),
            Ok(real) if self.open.iter().any(|folder| folder.real.starts_with(&real)) => {
                Some(skipped(name, path, SkipReason::LinkLoop))
            }
            Ok(real) => self.enter(path, real, name),
        }
    }
}

impl<F: PathFilter> Iterator for Walk<F> {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        loop {
            let told = match self.open.last_mut()?.next_child() {
                Some(child) => self.visit(child),
                None => {
                    // Its names so far are given out, so their room is free.
                    let own = self.open.last().map_or(0, Folder::len);
                    let budget = self.budget().saturating_add(own).min(self.names_len_max);
                    if self.open.last_mut()?.read_on(budget) {
                        self.trouble()
                    } else {
                        self.open.pop();
                        None
                    }
                }
            };
            if told.is_some() {
                return told;
            }
        }
    }
}

/// Looks at a file now that its turn has come.
fn look(name: String, path: PathBuf, kind: Kind) -> Entry {
    let is_link = kind == Kind::FileLink;
    let looked = if is_link { fs::metadata(&path) } else { fs::symlink_metadata(&path) };
    match looked {
        Ok(metadata) if metadata.is_file() => found(name, path, &metadata),
        Ok(_) => skipped(name, path, SkipReason::Changed),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            skipped(name, path, SkipReason::Changed)
        }
        Err(error) => skipped(name, path, unreadable(&error)),
    }
}

/// Why the system did not say what something is.
fn nothing_known(path: &Path) -> SkipReason {
    fs::metadata(path).map_or_else(|error| unreadable(&error), |_| SkipReason::Changed)
}

fn unreadable(error: &io::Error) -> SkipReason {
    SkipReason::Unreadable(error.to_string())
}

fn found(name: String, path: PathBuf, metadata: &Metadata) -> Entry {
    let modified_ms = modified_ms(metadata).unwrap_or_default();
    Entry::File(FoundFile { name, path, len: metadata.len(), modified_ms })
}

const fn skipped(name: String, path: PathBuf, reason: SkipReason) -> Entry {
    Entry::Skipped(Skipped { name, path, reason })
}
