//! Comparing a folder with a bucket without a download: two ordered streams in, one verdict for
//! each name out.
//!
//! The sides are those of a sync, and come the same way. Where a bucket keeps a digest, the local
//! file is to be hashed, by whoever drives this, and the digest decides; times do not matter then.
//!
//! ```
//! use b2_proto::plan::sync::verify::{Kept, Proof, Step, Stored, Verdict, Verifier};
//! use b2_proto::plan::sync::{Entry, Everything, Input};
//! use b2_proto::wire::text::Sha1;
//!
//! #[derive(Debug)]
//! struct File(&'static str, &'static [u8]);
//!
//! impl Entry for File {
//!     fn path(&self) -> &str {
//!         self.0
//!     }
//!     fn content_len(&self) -> u64 {
//!         self.1.len() as u64
//!     }
//!     fn modified_ms(&self) -> i64 {
//!         0
//!     }
//! }
//!
//! impl Stored for File {
//!     fn kept(&self) -> Kept {
//!         Kept::Sha1(Sha1::of(self.1))
//!     }
//! }
//!
//! let mut here = [File("a", b"same"), File("b", b"mine"), File("c", b"")].into_iter();
//! let mut there = [File("a", b"same"), File("b", b"else")].into_iter();
//! let mut verifier = Verifier::new(Everything);
//! let mut verdicts = Vec::new();
//! loop {
//!     match verifier.step() {
//!         Step::NeedHere => verifier.here(here.next().map_or(Input::End, Input::Entry)),
//!         Step::NeedThere => verifier.there(there.next().map_or(Input::End, Input::Entry)),
//!         Step::NeedSha1(file) => {
//!             let sha1 = Sha1::of(file.1);
//!             verifier.hashed(Some(sha1));
//!         }
//!         Step::NeedParts(..) => unreachable!("no file has digests of parts"),
//!         Step::Tell(finding) => verdicts.push((finding.path, finding.verdict.is_lost())),
//!         Step::Done => break,
//!         Step::OutOfOrder => panic!("they are sorted"),
//!     }
//! }
//! let want = [("a", false), ("b", true), ("c", true)];
//! assert!(verdicts.iter().map(|(path, lost)| (path.as_str(), *lost)).eq(want));
//! assert_eq!(verifier.totals().proven, 1);
//! ```
//!
//! # What holds
//!
//! - Every name of either side that the filter lets through is told once, in order; so is every
//!   place that could not be looked at.
//! - **Unknown is not missing** (S2): what the other side has below a place that nobody could look
//!   at is neither equal, nor different, nor missing.
//! - **Memory is bounded** (S12): one entry of each side, and the version that decides.
//! - Nothing is hashed whose length tells that it differs, and no file twice for its whole SHA-1.

mod inputs;
mod stored;
#[cfg(test)]
mod tests;
mod totals;
mod turn;
mod verdict;
mod verifier;

pub use stored::{Kept, Stored};
pub use totals::Totals;
pub use verdict::{Difference, Finding, Proof, Verdict};
pub use verifier::{Step, Verifier};
