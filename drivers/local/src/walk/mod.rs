//! The files of a folder, in the order in which a bucket lists their names.
//!
//! Names are compared byte by byte with `/` between their pieces, so `a.txt` comes before the
//! files of the folder `a`, and those before `a0.txt`. Each folder is read and sorted when the
//! walk comes to it, and only its names are kept: some 40 bytes each, and no more of them than
//! 16 MiB over all folders the walk is in, whatever their number. A folder with more names is read
//! again for each further chunk. What a file is like is looked at when its turn comes, or by
//! threads a little before that where the disk is slow ([`LookAhead`]).

mod ahead;
mod chunk;
mod entry;
mod folder;
mod helpers;
mod identity;
mod input;
mod look;
mod options;
mod reason;
mod scout;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::time::Instant;

use b2_proto::plan::sync::{Everything, PathFilter};

use crate::Error;
use ahead::{Ahead, Slowness};
pub use entry::{Entry, FoundFile, Skipped};
use helpers::Helpers;
pub(crate) use identity::Identity;
pub use options::{LookAhead, Symlinks, WalkOptions};
pub use reason::SkipReason;
use scout::{Met, Scout};

/// Bytes of names over all folders the walk is in.
const NAMES_LEN_MAX: usize = 16 << 20;

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
    scout: Scout<F>,
    pace: Pace,
}

/// Who asks the system.
#[derive(Debug)]
enum Pace {
    /// The walk itself, when the turn of a file comes.
    InTurn,
    /// The same, as long as it gets its answers at once.
    Watched(Slowness),
    /// Threads, before that.
    Ahead(Box<Ahead>),
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
    /// not looked at, and not told; those it cannot judge are told as unreadable. It is not asked
    /// about files. It is asked about a folder after those it is in, but perhaps before what comes
    /// earlier within another.
    ///
    /// # Errors
    /// The folder is missing, is a file, or cannot be listed; the filter cannot judge what is in
    /// it.
    pub fn filtered(
        root: impl AsRef<Path>,
        options: WalkOptions,
        filter: F,
    ) -> Result<Self, Error> {
        Self::bounded(root.as_ref(), options, filter, NAMES_LEN_MAX)
    }

    /// What the filter says about its rules, once each.
    pub fn take_notice(&mut self) -> Option<String> {
        self.scout.take_notice()
    }

    fn bounded(
        root: &Path,
        options: WalkOptions,
        filter: F,
        names_len_max: usize,
    ) -> Result<Self, Error> {
        let pace = match options.look_ahead {
            LookAhead::Never => Pace::InTurn,
            LookAhead::WhenSlow => Pace::Watched(Slowness::default()),
            LookAhead::Always => Pace::ahead(),
        };
        Ok(Self { scout: Scout::new(root, options, filter, names_len_max)?, pace })
    }
}

impl Pace {
    fn ahead() -> Self {
        Self::Ahead(Box::new(Ahead::new(Helpers::new())))
    }
}

impl<F: PathFilter> Iterator for Walk<F> {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        let Self { scout, pace } = self;
        match pace {
            Pace::InTurn => scout.next(None).map(look),
            Pace::Watched(slowness) => {
                let begun = Instant::now();
                let entry = scout.next(None).map(look);
                if slowness.note(begun.elapsed()) {
                    *pace = Pace::ahead();
                }
                entry
            }
            Pace::Ahead(ahead) => ahead.next(|helpers| scout.next(Some(helpers))),
        }
    }
}

fn look(met: Met) -> Entry {
    match met {
        Met::Told(entry) => entry,
        Met::Unseen(file) => file.look(),
    }
}
