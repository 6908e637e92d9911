//! How a folder is walked.

use b2_proto::name::NameRule;

/// What becomes of symbolic links.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Symlinks {
    /// They count as what they lead to.
    #[default]
    Follow,
    /// They are skipped, and reported as skipped.
    Skip,
}

/// How a folder is walked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WalkOptions {
    /// What becomes of symbolic links.
    pub symlinks: Symlinks,
    /// The rules for names; files and folders that break them are skipped.
    pub names: NameRule,
    /// Whether files and folders are looked at before their turn comes.
    pub look_ahead: LookAhead,
}

/// Whether a walk asks the disk about what comes next before it comes to it.
///
/// A disk that has to look for each answer gives many at the same time almost as fast as one. So
/// up to sixteen threads of the walk ask about the files and folders that follow, at most a
/// thousand files and 32 folders ahead; they end with it. What comes out is the same in the same
/// order, with or without them, and also where no thread can be started.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum LookAhead {
    /// Once the disk turns out to be slow. Where all answers are in memory, no thread is started.
    #[default]
    WhenSlow,
    /// From the start, as for a folder on another machine.
    Always,
    /// Never: each file is looked at when its turn comes.
    Never,
}

impl Default for WalkOptions {
    fn default() -> Self {
        Self {
            symlinks: Symlinks::default(),
            names: NameRule::Upload,
            look_ahead: LookAhead::default(),
        }
    }
}
