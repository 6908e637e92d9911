//! Folders kept in step with buckets, and buckets with buckets: the plan of the core carried out.
//!
//! A [`Run`] is asked what comes next and told how each job ended, so one copy of it serves
//! drivers with threads and with futures; they only carry [`Job`]s out, in [`Lanes`]. It keeps
//!
//! - some thousand entries of each side ahead of the plan, with the next ones on their way,
//! - the actions under way and those that wait for them ([`Schedule`]),
//! - SHA-1 of files that the plan will ask for, at most 16,
//! - folders from which something was removed, up to a number.
//!
//! None of that grows with the number of files (S12). One file's trouble is told and the others go
//! on (S16); when the service is gone, the run ends. Where contents are compared, an
//! [index](crate::index) answers for files that it knows.
//!
//! [`Schedule`]: b2_proto::plan::sync::Schedule

mod clock;
mod contest;
mod crowded;
mod digests;
mod end;
mod event;
mod feed;
mod hashes;
mod inside;
mod item;
mod job;
mod judging;
mod lanes;
mod listeners;
mod local;
mod looking;
mod moved;
mod pause;
mod place;
mod planning;
mod provider;
mod pruning;
mod refusal;
mod refused;
mod root;
mod rules;
mod run;
mod sides;
mod stop;
mod stopping;
#[cfg(test)]
mod tests;
mod unplaced;
mod way;

pub use contest::Presence;
pub use digests::Digests;
pub use end::{End, IN_FLIGHT_MAX, Setup};
pub use event::{Action, Ending, Event, Reason, Report, Side, Summary};
pub use hashes::HASHES_MAX;
pub use item::Item;
pub use job::{Copy, Download, Ended, Job, LocalJob, Target, Ticket, Upload};
pub(crate) use judging::PlanRules;
pub use judging::{Judged, Judging};
pub use lanes::{Lane, Lanes, Onlooker, Turn};
pub use listeners::Listening;
pub use local::{Walked, Walking};
pub use moved::Moved;
pub use pause::Pause;
pub use place::{Named, Place};
pub use provider::{BucketDefaults, Provider};
pub use refused::Refused;
pub use root::Root;
pub use rules::Rules;
pub use run::{Next, Run};
pub use stop::Stop;
pub use stopping::UNREACHED_MAX;
pub use unplaced::Unplaced;
pub use way::Way;
