//! The parts of a file that has grown.

use crate::error::Error;
use crate::limits::{LARGE_FILE_LEN_MAX, PARTS_MAX};
use crate::machine::copy::{CopyPlan, CopySource, TargetEncryption, form};
use crate::machine::large::cut::{Cut, Origin};
use crate::machine::put::{PutOptions, sizing};
use crate::machine::resume::{Content, PartWanted};
use crate::machine::upload::Payload;
use crate::op::{Grant, Spec};
use crate::plan::Span;
use crate::plan::parts::{PartPlan, PlanError};
use crate::plan::sizes::SizeOptions;
use crate::wire::body::WriteJson;
use crate::wire::text::Sha1;
use alloc::vec::Vec;

/// How a file is cut whose beginning the service has as another version.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Cuts {
    /// The version, in nearly equal parts of no less than the minimum.
    copied: PartPlan,
    /// What follows. Only its last part may be shorter than the minimum, and that is the last of
    /// all.
    sent: PartPlan,
}

impl Cuts {
    /// Cuts `len` bytes of which the service has `remote_len`, which are as many as a part must
    /// have, and at least one is new.
    ///
    /// # Errors
    /// The service would not take a file that is cut there, or the sizes do not fit together.
    pub(super) fn new(
        len: u64,
        remote_len: u64,
        options: &PutOptions,
        grant: &Grant,
    ) -> Result<Self, Error> {
        let copies = form::sizes(copy_sizes(options), grant)?;
        let copied = PartPlan::copy_within(remote_len, &copies);
        copied.check()?;
        let parts_left = u64::from(PARTS_MAX) - copied.count();
        let sent = sizing::seekable_within(len - remote_len, parts_left, options, grant)?;
        let cuts = Self { copied, sent };
        if cuts.count() > u64::from(PARTS_MAX) {
            return Err(PlanError::TooManyParts { count: cuts.count() }.into());
        }
        if len > LARGE_FILE_LEN_MAX {
            return Err(PlanError::FileTooLong { len }.into());
        }
        Ok(cuts)
    }

    const fn count(&self) -> u64 {
        self.copied.count() + self.sent.count()
    }

    const fn len(&self) -> u64 {
        self.copied.len() + self.sent.len()
    }

    fn part(&self, index: u64) -> Option<Span> {
        let Some(behind) = index.checked_sub(self.copied.count()) else {
            return self.copied.part(index);
        };
        let span = self.sent.part(behind)?;
        Some(Span { offset: self.copied.len() + span.offset, len: span.len })
    }

    /// The lengths of all parts.
    pub(super) fn lens(&self) -> Vec<u64> {
        self.copied.parts().chain(self.sent.parts()).map(|part| part.len).collect()
    }
}

/// Part sizes of copies: only the longest is the caller's, for a copy sends nothing.
pub(super) fn copy_sizes(options: &PutOptions) -> SizeOptions {
    SizeOptions { max: options.sizes.max, ..SizeOptions::default() }
}

/// The parts of such a file, all of which have been read.
#[derive(Clone, Debug)]
pub struct GrownPlan {
    cuts: Cuts,
    copy: CopyPlan,
    digests: Vec<Sha1>,
}

impl GrownPlan {
    /// Parts cut like that, with their SHA-1s.
    pub(super) fn new(
        cuts: Cuts,
        source: &CopySource,
        encryption: &TargetEncryption,
        digests: Vec<Sha1>,
    ) -> Self {
        Self { cuts, copy: CopyPlan::new(cuts.copied, 0, source, encryption), digests }
    }

    /// The parts a file to continue may have.
    pub(super) fn wanted(&self) -> Vec<PartWanted> {
        let lens = self.cuts.lens().into_iter();
        let known = |(len, sha1): (u64, &Sha1)| PartWanted { len, content: Content::Known(*sha1) };
        lens.zip(&self.digests).map(known).collect()
    }

    /// Length of the longest part that is sent, in bytes.
    pub(super) fn longest_sent(&self) -> u64 {
        self.cuts.sent.longest()
    }
}

impl Cut for GrownPlan {
    const IS_OPEN: bool = false;
    const COPY: Option<&'static Spec> = CopyPlan::COPY;
    const CLAIMS: bool = true;

    fn parts_total(&self) -> Option<u64> {
        Some(self.cuts.count())
    }

    fn bytes_total(&self) -> Option<u64> {
        Some(self.cuts.len())
    }

    fn parts_max(&self) -> u64 {
        self.cuts.count()
    }

    fn part(&self, index: u64, _held: u64) -> Option<Span> {
        self.cuts.part(index)
    }

    fn origin(&self, index: u64) -> Origin {
        if index < self.cuts.copied.count() { Origin::Copy } else { Origin::Payload }
    }

    /// Of copied parts too: the service must have copied what was read here.
    fn known_sha1(&self, index: u64) -> Option<Sha1> {
        self.digests.get(usize::try_from(index).ok()?).copied()
    }

    fn copy_request(&mut self, index: u64, file_id: &str) -> Option<&dyn WriteJson> {
        self.copy.copy_request(index, file_id)
    }

    fn check_for(&self, payload: &Payload) -> Result<(), Error> {
        if payload.len != Some(self.cuts.len()) || self.digests.len() as u64 != self.cuts.count() {
            return Err(Error::invalid("the plan is for a file of another length"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::op::testing::grant;

    const MB: u64 = 1_000_000;
    const GB: u64 = 1_000 * MB;

    /// How many parts of a file of `len` bytes are copied and sent, with parts of at most `max`
    /// bytes, most of them of `recommended`.
    fn cut(len: u64, remote_len: u64, (recommended, max): (u64, u64)) -> Option<(u64, u64)> {
        let mut options = PutOptions::default();
        options.sizes.recommended = Some(recommended);
        options.sizes.max = Some(max);
        let grant = Grant { part_len_min: 5 * MB, ..grant() };
        let cuts = Cuts::new(len, remote_len, &options, &grant).ok()?;
        Some((cuts.copied.count(), cuts.sent.count()))
    }

    #[test]
    fn what_is_sent_gets_as_many_parts_as_the_copies_leave() {
        let sizes = (10 * MB, 100 * MB);
        assert_eq!(cut(990 * GB, 500 * GB, sizes), Some((5_000, 5_000)));
        assert_eq!(cut(100 * GB, 6 * GB, (100 * MB, 5 * GB)), Some((3, 940)));
    }

    #[test]
    fn what_would_have_too_many_parts_or_be_too_long_is_not_cut_there() {
        let sizes = (100 * MB, 100 * MB);
        assert_eq!(cut(1_000 * GB, 6_050 * MB, sizes), None, "sent whole it has 10,000");
        assert_eq!(cut(10_001 * GB, 6 * GB, (5 * GB, 5 * GB)), None);
    }
}
