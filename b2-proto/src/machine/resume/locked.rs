//! Unfinished files that fit but for a retention nobody may have asked for.
//!
//! A bucket may lock its files by default, which a file then says from its start on. One that was
//! found by itself might as well be somebody's who asked for a lock that the caller could never
//! take back, so the bucket is asked what it gives, and only that will do: its mode, until its
//! period after the start. That is what the upload would have now if it had not broken off. Of one
//! that was forgotten the lock may be nearly over, and whoever uploads the same again wants the
//! bucket's: so half of the period must be to come.

use super::asking::Asking;
use super::{CANDIDATES_MAX, Mismatch, Resume};
use crate::machine::session::Session;
use crate::model::{
    Bucket, BucketRetention, Capability, FileId, FileRetention, FileVersion, Guarded,
    RetentionPeriod, RetentionUnit,
};
use crate::op::file_spec::DescribeFile as _;
use crate::op::settle::CLOCK_SLACK_MS;
use core::ops::RangeInclusive;

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// Such a file.
#[derive(Clone, Debug)]
pub(super) struct Locked {
    pub(super) file_id: FileId,
    retention: FileRetention,
    begun_ms: u64,
}

impl Locked {
    /// `found`, if it tells that it is locked.
    pub(super) fn of(found: &FileVersion) -> Option<Self> {
        let retention = found.file_retention.as_ref().and_then(Guarded::readable)?;
        retention.mode.as_ref()?;
        Some(Self {
            file_id: found.file_id.clone(),
            retention: retention.clone(),
            begun_ms: found.upload_timestamp_ms,
        })
    }

    /// Whether the lock is what a bucket with this default gave it at its start, and half of it is
    /// to come at `now_ms`, by the service's clock. A file with an upload time of its own tells no
    /// start.
    pub(super) fn is_by(&self, default: &BucketRetention, now_ms: u64) -> bool {
        let lengths = default.period.as_ref().and_then(lengths_ms);
        let (Some(lengths), Some(until_ms)) = (lengths, self.retention.retain_until_ms) else {
            return false;
        };
        let is_whole =
            until_ms.checked_sub(self.begun_ms).is_some_and(|length| lengths.contains(&length));
        let is_to_come = until_ms.saturating_sub(now_ms) >= lengths.start() / 2;
        self.retention.mode == default.mode && is_whole && is_to_come
    }
}

impl Resume {
    /// Asks what the bucket gives its files, if that matters and the key may know; whether it does.
    pub(super) fn asks_bucket(&mut self, cx: &Session) -> bool {
        if self.locked.is_empty() {
            return false;
        }
        let allowed = cx.account().map(|account| &account.storage_api.allowed);
        let needs = [Capability::ListBuckets, Capability::ReadBucketRetentions];
        let may_ask = |needed| allowed.is_none_or(|allowed| allowed.permits(needed));
        if needs.iter().all(may_ask) {
            self.asking = Asking::bucket(self.wanted.file.spec().bucket_id);
            return true;
        }
        self.take_locked(|_| false);
        false
    }

    /// The bucket was told, or cannot be; `now_ms` is the time by the service's clock.
    pub(super) fn bucket_told(&mut self, now_ms: Option<u64>, buckets: &[Bucket]) {
        let told = buckets.first().and_then(|bucket| bucket.file_lock_configuration.readable());
        let default = told.map(|lock| &lock.default_retention);
        self.take_locked(|locked| {
            default.zip(now_ms).is_some_and(|(default, now_ms)| locked.is_by(default, now_ms))
        });
        self.next_candidate();
    }

    /// Makes candidates of those that are locked by default, and leaves the others.
    fn take_locked(&mut self, is_by_default: impl Fn(&Locked) -> bool) {
        for locked in core::mem::take(&mut self.locked) {
            if !is_by_default(&locked) {
                self.skip(locked.file_id, Mismatch::Retention);
            } else if self.queue.len() < CANDIDATES_MAX {
                self.queue.push_back(locked.file_id);
            }
        }
    }
}

/// How long a lock of this period lasts. Start and lock need not be of the same second, and
/// nothing is said about leap years.
fn lengths_ms(period: &RetentionPeriod) -> Option<RangeInclusive<u64>> {
    let (shortest, longest) = match period.unit {
        RetentionUnit::Days => (1, 1),
        RetentionUnit::Years => (365, 366),
        RetentionUnit::Other(_) => return None,
    };
    let ms = |days: u64| u64::from(period.duration).checked_mul(days * DAY_MS);
    Some(ms(shortest)?..=ms(longest)?.saturating_add(CLOCK_SLACK_MS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{FileAction, RetentionMode};

    const BEGUN_MS: u64 = 1_700_000_000_000;

    fn locked(mode: RetentionMode, length_ms: u64) -> Locked {
        let mut found = FileVersion::new("a", "b", "4_z", "n", FileAction::Start);
        found.upload_timestamp_ms = BEGUN_MS;
        let kept = FileRetention::new(mode, BEGUN_MS + length_ms);
        found.file_retention = Some(Guarded::Readable(kept));
        Locked::of(&found).expect("locked")
    }

    #[test]
    fn the_lock_is_exactly_the_buckets() {
        let week = BucketRetention::governance(RetentionPeriod::days(7));
        let cases = [
            (7 * DAY_MS, true),
            (7 * DAY_MS + 999, true),
            (7 * DAY_MS + CLOCK_SLACK_MS + 1, false),
            (7 * DAY_MS - 1, false),
            (8 * DAY_MS, false),
        ];
        for (length_ms, is_it) in cases {
            let governance = locked(RetentionMode::Governance, length_ms);
            assert_eq!(governance.is_by(&week, BEGUN_MS), is_it, "{length_ms}");
            assert!(!locked(RetentionMode::Compliance, length_ms).is_by(&week, BEGUN_MS));
            assert!(!governance.is_by(&BucketRetention::NONE, BEGUN_MS));
        }
        let years = BucketRetention::compliance(RetentionPeriod::years(4));
        for (days, is_it) in [(1_459, false), (1_460, true), (1_461, true), (1_465, false)] {
            let compliance = locked(RetentionMode::Compliance, days * DAY_MS);
            assert_eq!(compliance.is_by(&years, BEGUN_MS), is_it, "{days} days");
        }
        let moons = RetentionPeriod { duration: 7, unit: "moons".into() };
        let governance = locked(RetentionMode::Governance, 7 * DAY_MS);
        assert!(!governance.is_by(&BucketRetention::governance(moons), BEGUN_MS));
    }

    #[test]
    fn half_of_it_is_to_come() {
        let week = BucketRetention::governance(RetentionPeriod::days(7));
        let it = locked(RetentionMode::Governance, 7 * DAY_MS);
        assert!(it.is_by(&week, BEGUN_MS + 7 * DAY_MS / 2));
        assert!(!it.is_by(&week, BEGUN_MS + 7 * DAY_MS / 2 + 1));
        assert!(!it.is_by(&week, BEGUN_MS + 8 * DAY_MS));
    }

    #[test]
    fn what_is_not_locked_is_none() {
        let mut found = FileVersion::new("a", "b", "4_z", "n", FileAction::Start);
        assert!(Locked::of(&found).is_none());
        found.file_retention = Some(Guarded::Withheld);
        assert!(Locked::of(&found).is_none());
        found.file_retention = Some(Guarded::Readable(FileRetention::NONE));
        assert!(Locked::of(&found).is_none());
    }
}
