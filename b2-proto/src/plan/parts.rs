//! The parts of one file from one source.

use super::Span;
use super::sizes::Sizes;
use crate::limits::{LARGE_FILE_LEN_MAX, PART_LEN_MAX, PARTS_MAX};
use crate::wire::text::Decimal;

/// How one file is cut into parts.
///
/// All parts have one length, but for some at the start that are a byte longer and the last,
/// which takes what is left.
///
/// ```
/// use b2_proto::plan::parts::PartPlan;
/// use b2_proto::plan::sizes::{SizeOptions, Sizes};
///
/// let sizes = Sizes::resolve(SizeOptions::default())?;
/// let plan = PartPlan::upload(250_000_000, &sizes);
/// assert!(plan.is_large());
/// assert_eq!(plan.count(), 3);
/// assert_eq!(plan.part(2).map(|part| part.len), Some(50_000_000));
/// # Ok::<(), b2_proto::plan::sizes::SizeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartPlan {
    len: u64,
    count: u64,
    part_len: u64,
    /// How many parts at the start have one byte more.
    longer: u64,
}

/// Why the service would not take a file cut this way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// The file is too long.
    #[error(
        "{} bytes are more than the largest file of {}",
        Decimal(*len),
        Decimal(LARGE_FILE_LEN_MAX)
    )]
    FileTooLong {
        /// Length of the file, in bytes.
        len: u64,
    },
    /// A part is too long, or a file that is not to be cut.
    #[error("a part of {} bytes is longer than {}", Decimal(*len), Decimal(PART_LEN_MAX))]
    PartTooLong {
        /// Length of the longest part, in bytes.
        len: u64,
    },
    /// There are too many parts; they must be longer.
    #[error("{} parts are more than {}", Decimal(*count), Decimal(PARTS_MAX.into()))]
    TooManyParts {
        /// Number of parts.
        count: u64,
    },
}

impl PartPlan {
    /// Cuts an upload of `len` bytes whose length is known beforehand, and checks the result
    /// against the limits of the service.
    ///
    /// # Errors
    /// [`PlanError`] when the sizes given by the caller do not suit the file.
    pub fn for_file(len: u64, sizes: &Sizes) -> Result<Self, PlanError> {
        let plan = Self::upload(len, &sizes.grow(len));
        plan.check()?;
        Ok(plan)
    }

    /// Cuts an upload of `len` bytes (behaviour d.5.1): parts of the recommended size while at
    /// least the minimum is left for the last, which is shorter than both together.
    #[must_use]
    pub fn upload(len: u64, sizes: &Sizes) -> Self {
        let cuts = len.saturating_sub(sizes.min()) / sizes.recommended();
        Self { len, count: cuts + 1, part_len: sizes.recommended(), longer: 0 }
    }

    /// Cuts a copy of `len` bytes into nearly equal parts of at most `max` bytes (behaviour d.6).
    /// A maximum of 0 counts as 1; no bytes at all are one part, to be copied without a range.
    #[must_use]
    pub fn copy(len: u64, max: u64) -> Self {
        let max = max.max(1);
        let mut count = len.div_ceil(max).max(1);
        let last = len - (count - 1) * max;
        if count > 1 && last < len / count.saturating_add(1) {
            // One more part avoids a last one much shorter than the others.
            count += 1;
        }
        Self { len, count, part_len: len / count, longer: len % count }
    }

    /// Cuts a copy of `len` bytes as [`copy`](Self::copy) does, but into fewer parts where they
    /// would be shorter than the minimum. Only when that is more than half of the maximum can a
    /// part be longer than the maximum then, by less than the minimum.
    #[must_use]
    pub fn copy_within(len: u64, sizes: &Sizes) -> Self {
        let plan = Self::copy(len, sizes.max());
        let count = plan.count.min(len / sizes.min()).max(1);
        Self { count, part_len: len / count, longer: len % count, ..plan }
    }

    /// Cuts `len` bytes into `count` parts, equal but for one byte; 0 counts as 1.
    #[must_use]
    pub fn even(len: u64, count: u64) -> Self {
        let count = count.max(1);
        Self { len, count, part_len: len / count, longer: len % count }
    }

    /// Cuts `len` bytes into as many parts of at least `min` bytes as the service allows, all
    /// equal but for the last, which takes the rest. Nothing for a `min` of 0 or fewer than two
    /// parts.
    #[must_use]
    pub fn equal(len: u64, min: u64) -> Option<Self> {
        let count = len.checked_div(min)?.min(u64::from(PARTS_MAX));
        (count >= 2).then(|| Self { len, count, part_len: len / count, longer: 0 })
    }

    /// Length of the whole file, in bytes.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "an empty file is planned like any other")]
    pub const fn len(&self) -> u64 {
        self.len
    }

    /// Number of parts, at least one.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// How many parts at the start are a byte longer than those behind them.
    #[must_use]
    pub const fn longer(&self) -> u64 {
        self.longer
    }

    /// Whether this is a large file of parts, and not a single upload or copy.
    #[must_use]
    pub const fn is_large(&self) -> bool {
        self.count > 1
    }

    /// The part at an index from 0; the service numbers it one higher.
    #[must_use]
    pub fn part(&self, index: u64) -> Option<Span> {
        let rest = self.count.checked_sub(index)?.checked_sub(1)?;
        let offset = index * self.part_len + index.min(self.longer);
        let len = match rest {
            0 => self.len - offset,
            _ => self.part_len + u64::from(index < self.longer),
        };
        Some(Span { offset, len })
    }

    /// All parts in order.
    pub fn parts(&self) -> impl Iterator<Item = Span> + Clone {
        let plan = *self;
        (0..plan.count).map_while(move |index| plan.part(index))
    }

    /// Length of the longest part, in bytes.
    #[must_use]
    pub fn longest(&self) -> u64 {
        let len_of = |index| self.part(index).map_or(0, |part| part.len);
        len_of(0).max(len_of(self.count - 1))
    }

    /// Compares the plan with the limits of the service.
    ///
    /// # Errors
    /// The first [`PlanError`] in the order in which they are listed.
    pub fn check(&self) -> Result<(), PlanError> {
        if self.len > LARGE_FILE_LEN_MAX {
            Err(PlanError::FileTooLong { len: self.len })
        } else if self.longest() > PART_LEN_MAX {
            Err(PlanError::PartTooLong { len: self.longest() })
        } else if self.count > u64::from(PARTS_MAX) {
            Err(PlanError::TooManyParts { count: self.count })
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::sizes::SizeOptions;
    use super::*;

    fn sizes() -> impl Strategy<Value = Sizes> {
        prop_oneof![
            (1_u64..20, 0_u64..50, 0_u64..100),
            (1_u64..=u64::MAX / 4, 0_u64..=u64::MAX / 4, 0_u64..=u64::MAX / 4),
        ]
        .prop_map(|(min, more, most)| Sizes::new(min, min + more, min + more + most).unwrap())
    }

    /// Parts follow one another from 0 to the end; sizes are checked on the first and last few.
    fn check_cover(plan: &PartPlan) -> Result<(), TestCaseError> {
        let mut at = 0;
        for part in plan.parts().take(1_000) {
            prop_assert_eq!(part.offset, at);
            at += part.len;
        }
        if plan.count() <= 1_000 {
            prop_assert_eq!(at, plan.len());
        }
        let last = plan.part(plan.count() - 1).unwrap();
        prop_assert_eq!(last.end(), plan.len());
        prop_assert_eq!(plan.part(plan.count()), None);
        prop_assert_eq!(plan.part(u64::MAX), None);
        Ok(())
    }

    proptest! {
        #[test]
        fn uploads_are_covered_by_legal_parts(
            sizes in sizes(), len in prop_oneof![0_u64..3_000, any::<u64>()],
        ) {
            let plan = PartPlan::upload(len, &sizes);
            check_cover(&plan)?;
            let (min, usual) = (sizes.min(), sizes.recommended());
            let last = plan.part(plan.count() - 1).unwrap().len;
            prop_assert!(u128::from(last) < u128::from(usual) + u128::from(min));
            if plan.is_large() {
                prop_assert!(last >= min);
                prop_assert_eq!(plan.part(0).unwrap().len, usual);
                prop_assert_eq!(plan.part(plan.count() - 2).unwrap().len, usual);
            }
        }

        #[test]
        fn copies_are_covered_by_nearly_equal_parts(
            len in prop_oneof![0_u64..3_000, any::<u64>()],
            max in prop_oneof![1_u64..50, 1..=u64::MAX],
        ) {
            let plan = PartPlan::copy(len, max);
            check_cover(&plan)?;
            prop_assert!(plan.longest() <= max);
            let shortest = plan.part(plan.count() - 1).unwrap().len;
            prop_assert!(plan.longest() - shortest <= 1);
        }

        #[test]
        fn parts_of_a_copy_keep_the_minimum(
            sizes in sizes(), len in prop_oneof![0_u64..3_000, any::<u64>()],
        ) {
            let plan = PartPlan::copy_within(len, &sizes);
            check_cover(&plan)?;
            let (min, max) = (u128::from(sizes.min()), u128::from(sizes.max()));
            let longest = u128::from(plan.longest());
            prop_assert!(longest <= max || 2 * min > max && longest < max + min);
            let shortest = plan.part(plan.count() - 1).unwrap().len;
            prop_assert!(!plan.is_large() || u128::from(shortest) >= min);
        }

        #[test]
        fn equal_parts_cover_and_keep_the_minimum(len in any::<u64>(), parts in 1_u64..30_000) {
            let min = len / parts + 1;
            match PartPlan::equal(len, min) {
                Some(plan) => {
                    check_cover(&plan)?;
                    prop_assert!(plan.parts().all(|part| part.len >= min));
                    prop_assert_eq!(plan.count(), (len / min).min(10_000));
                }
                None => prop_assert!(len / min < 2),
            }
        }

        #[test]
        fn every_file_has_a_plan_the_service_takes(len in 0..=LARGE_FILE_LEN_MAX) {
            let sizes = Sizes::resolve(SizeOptions::default()).unwrap();
            let plan = PartPlan::for_file(len, &sizes).unwrap();
            check_cover(&plan)?;
        }

        #[test]
        fn few_parts_are_enough_when_the_maximum_allows(
            len in 0..=LARGE_FILE_LEN_MAX, parts in 1_u16..=10_000,
        ) {
            let sizes = Sizes::resolve(SizeOptions::default()).unwrap();
            let sizes = sizes.grow_for(len, parts);
            let plan = PartPlan::upload(len, &sizes);
            prop_assert!(plan.count() <= u64::from(parts) || sizes.recommended() == sizes.max());
        }

        #[test]
        fn growing_rounds_up_without_overflow(sizes in sizes(), end in any::<u64>()) {
            let exact = (u128::from(end) * 3).div_ceil(20_000).min(u128::from(sizes.max()));
            let wanted = exact.max(u128::from(sizes.recommended()));
            prop_assert_eq!(u128::from(sizes.grow(end).recommended()), wanted);
        }
    }

    #[test]
    fn the_extremes_do_not_overflow() {
        for plan in [
            PartPlan::copy(u64::MAX, 1),
            PartPlan::copy(u64::MAX, 0),
            PartPlan::copy(0, 0),
            PartPlan::upload(u64::MAX, &Sizes::new(1, 1, 1).unwrap()),
            PartPlan::upload(u64::MAX, &Sizes::new(1, u64::MAX, u64::MAX).unwrap()),
        ] {
            assert_eq!(plan.part(plan.count() - 1).unwrap().end(), plan.len());
        }
        assert_eq!(PartPlan::equal(5, 0), None);
    }

    #[test]
    fn what_the_service_would_refuse_is_refused_before() {
        let check = |len, min, usual, max| {
            PartPlan::for_file(len, &Sizes::new(min, usual, max).unwrap()).map(|plan| plan.count())
        };
        let gb = 1_000_000_000;
        assert_eq!(check(5 * gb, 5 * gb, 5 * gb, 5 * gb), Ok(1));
        let len = 5 * gb + 1;
        assert_eq!(check(len, 5 * gb, 5 * gb, 5 * gb), Err(PlanError::PartTooLong { len }));
        assert_eq!(check(10_001, 1, 1, 1), Err(PlanError::TooManyParts { count: 10_001 }));
        let len = 10_000 * gb + 1;
        assert_eq!(check(len, 1, gb, 5 * gb), Err(PlanError::FileTooLong { len }));
        assert!(check(len - 1, 1, gb, 5 * gb).is_ok());
    }
}
