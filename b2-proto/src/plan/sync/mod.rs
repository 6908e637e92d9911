//! Plans of a sync: two ordered streams of entries in, actions out.
//!
//! Both sides are read in the order of their names, which is B2's: byte by byte, so that `a.txt`
//! comes before `a/b` and that before `a0`. The planner merges them name by name, compares, and
//! hands out what is to be done as soon as it is known. It never looks at a file, waits for
//! nothing and knows no clock: whoever drives it walks, lists, hashes and transfers.
//!
//! ```
//! use b2_proto::plan::sync::{
//!     Direction, Entry, Everything, Input, Keep, Options, Planner, Step, Work,
//! };
//!
//! #[derive(Clone, Debug)]
//! struct File(&'static str, u64, i64);
//!
//! impl Entry for File {
//!     fn path(&self) -> &str {
//!         self.0
//!     }
//!     fn content_len(&self) -> u64 {
//!         self.1
//!     }
//!     fn modified_ms(&self) -> i64 {
//!         self.2
//!     }
//! }
//!
//! let mut here = [File("changed", 9, 20), File("new", 5, 10), File("same", 7, 10)].into_iter();
//! let mut there = [File("changed", 8, 10), File("gone", 3, 10), File("same", 7, 10)].into_iter();
//! fn next(files: &mut dyn Iterator<Item = File>) -> Input<File> {
//!     files.next().map_or(Input::End, Input::Entry)
//! }
//!
//! let mut options = Options::new(Direction::Up, 1_767_225_600_000);
//! options.keep = Keep::Newest;
//! let mut planner = Planner::new(options, Everything)?;
//! let mut lines = Vec::new();
//! loop {
//!     match planner.step() {
//!         Step::NeedSource => planner.source(next(&mut here)),
//!         Step::NeedDestination => planner.destination(next(&mut there)),
//!         Step::NeedSha1(_) => planner.hashed(None),
//!         Step::Act(action) => lines.push(action.line(Direction::Up).to_string()),
//!         Step::Tell(report) => println!("{report:?}"),
//!         Step::Done(_) => break,
//!     }
//! }
//! let want = ["upload changed", "delete changed (old version)", "upload new", "delete gone "];
//! assert_eq!(lines, want);
//! assert_eq!(planner.totals().same, 1);
//! # Ok::<(), b2_proto::plan::sync::OptionsError>(())
//! ```
//!
//! # What holds
//!
//! - **Removals wait (S1).** [`Action::after`] names the actions that must have succeeded before:
//!   old versions go after the transfer that takes their place, the newest version of a name that
//!   vanishes goes after its older ones, and a name that was renamed after the copy of its content.
//!   A look may be hours old by then, so the newest version of a name that vanished goes after
//!   another one ([`Action::must_look`]). A local file goes after all transfers, for the disk
//!   may have it under the name of one that comes to nothing ([`Action::after_transfers`]).
//! - **Unknown never deletes (S2).** Below a place that nobody could look at nothing is removed,
//!   and nothing is transferred to one; both is told and counted. Nothing is removed before the
//!   source has shown an entry that takes part, nor a name that it could not have. Where a bucket's
//!   versions break off, the newest stays above what may follow ([`HeldBack::OlderUnknown`]).
//! - **One file's trouble is its own (S16).** It is told as a [`Report`], and the plan goes on.
//! - **Memory is bounded (S12).** One entry of each side is held, one version of the name that is
//!   decided about, and places that could not be looked at as long as names within them may come.
//!   How many versions a name has does not matter, nor how many names there are. Three things hold
//!   more: a [`DeleteLimit`] and a source of which nothing takes part at first up to
//!   [`Options::held_max`] versions, [`Renames`] also up to [`Renames::held_max`] new files and as
//!   many removals as a whole. Names without room are remembered by eight bytes each for another
//!   plan ([`Ending::PlanAgain`]), up to [`Options::left_max`], or are not looked for under other
//!   names; what has no room there either stays.
//! - **Nothing is allocated for a pair** that is equal, and for others only what is held back.
//!
//! Names that do not ascend end the plan ([`Ending::OutOfOrder`]), because absence would no longer
//! mean anything.

mod action;
mod compare;
mod entry;
mod held;
mod inputs;
mod keep;
mod left;
mod options;
mod planner;
mod removal;
mod renames;
mod schedule;
mod select;
mod shadow;
mod side;
mod totals;
mod turn;
pub mod verify;

pub use self::action::{
    Action, After, Ending, HeldBack, LocalFile, Report, Step, Work, can_extend,
};
pub use self::entry::{Entry, EntryKind, Remote};
pub use self::held::HELD_VERSIONS_MAX;
pub use self::keep::Why;
pub use self::left::{LEFT_NAMES_MAX, LeftOut};
pub use self::options::{
    AgeBy, Compare, DeleteLimit, Direction, Keep, Newer, Options, OptionsError, Renames, UploadMode,
};
pub use self::planner::Planner;
pub use self::schedule::{LOST_RANGES_MAX, Schedule, Turn, WAITING_MAX};
pub use self::select::{Choice, Everything, PathFilter, Selection, TimeRange, Times};
pub use self::side::Input;
pub use self::totals::Totals;
