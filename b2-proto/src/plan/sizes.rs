//! Which part sizes to use (behaviour d.2).

use core::fmt;

use crate::limits::{PART_LEN_MAX, PART_LEN_MIN, PART_LEN_RECOMMENDED, PARTS_MAX};

/// What the caller and the account say about part sizes, all in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SizeOptions {
    /// The part size the account recommends, learned at login.
    pub account: Option<u64>,
    /// The caller's shortest part.
    pub min: Option<u64>,
    /// The caller's part size.
    pub recommended: Option<u64>,
    /// The caller's longest part.
    pub max: Option<u64>,
}

/// Part sizes in bytes: `0 < min <= recommended <= max`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    min: u64,
    recommended: u64,
    max: u64,
}

/// Why part sizes do not fit together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SizeError {
    /// A size of zero.
    #[error("a part size is zero")]
    Zero,
    /// The shortest part is longer than the usual one.
    #[error("the minimum part size is larger than the recommended one")]
    MinAboveRecommended,
    /// The usual part is longer than the longest one.
    #[error("the recommended part size is larger than the maximum one")]
    RecommendedAboveMax,
}

impl Sizes {
    /// Takes three sizes as they are.
    ///
    /// # Errors
    /// [`SizeError`] when they are not in order.
    pub const fn new(min: u64, recommended: u64, max: u64) -> Result<Self, SizeError> {
        if min == 0 || recommended == 0 || max == 0 {
            Err(SizeError::Zero)
        } else if min > recommended {
            Err(SizeError::MinAboveRecommended)
        } else if recommended > max {
            Err(SizeError::RecommendedAboveMax)
        } else {
            Ok(Self { min, recommended, max })
        }
    }

    /// Completes what the caller gave by what the account recommends and by the service's limits.
    ///
    /// ```
    /// use b2_proto::plan::sizes::{SizeOptions, Sizes};
    ///
    /// let options = SizeOptions { account: Some(100_000_000), ..SizeOptions::default() };
    /// let sizes = Sizes::resolve(options)?;
    /// assert_eq!(sizes, Sizes::new(5_000_000, 100_000_000, 5_000_000_000)?);
    /// # Ok::<(), b2_proto::plan::sizes::SizeError>(())
    /// ```
    ///
    /// # Errors
    /// [`SizeError`] when what was given does not fit together.
    pub fn resolve(options: SizeOptions) -> Result<Self, SizeError> {
        let SizeOptions { account, min, recommended, max } = options;
        if [account, min, recommended, max].contains(&Some(0)) {
            return Err(SizeError::Zero);
        }
        let recommended = match (recommended, account) {
            (Some(given), _) => given,
            (None, Some(account)) => account.max(min.unwrap_or(0)).min(max.unwrap_or(u64::MAX)),
            (None, None) => PART_LEN_RECOMMENDED.max(min.unwrap_or(0)),
        };
        let min = min.unwrap_or_else(|| PART_LEN_MIN.min(recommended).min(max.unwrap_or(u64::MAX)));
        let max = max.unwrap_or_else(|| PART_LEN_MAX.max(recommended));
        Self::new(min, recommended, max)
    }

    /// Raises the recommended size so that a file of `end` bytes keeps well below
    /// [`PARTS_MAX`] parts: to half as much again as the smallest size that would do, as far as
    /// the maximum allows. The planned form does this, streams cannot.
    #[must_use]
    pub fn grow(self, end: u64) -> Self {
        const TWICE: u64 = 2 * PARTS_MAX as u64;
        // Three halves of end / PARTS_MAX, rounded up, without a product that could overflow.
        let wanted = end / TWICE * 3 + (end % TWICE * 3).div_ceil(TWICE);
        self.raise(wanted)
    }

    /// Raises the recommended size so that a file of `end` bytes has at most `parts` parts, as
    /// far as the maximum allows; for machines with little room to remember parts.
    #[must_use]
    pub fn grow_for(self, end: u64, parts: u16) -> Self {
        self.raise(end.div_ceil(u64::from(parts).max(1)))
    }

    fn raise(self, wanted: u64) -> Self {
        Self { recommended: self.recommended.max(wanted.min(self.max)), ..self }
    }

    /// The shortest part, in bytes.
    #[must_use]
    pub const fn min(&self) -> u64 {
        self.min
    }

    /// The usual length of an uploaded part, in bytes.
    #[must_use]
    pub const fn recommended(&self) -> u64 {
        self.recommended
    }

    /// The longest part, in bytes. A last uploaded part may be longer by less than the minimum.
    #[must_use]
    pub const fn max(&self) -> u64 {
        self.max
    }
}

impl fmt::Display for Sizes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "parts of {} bytes ({} to {})", self.recommended, self.min, self.max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_is_never_a_size() {
        let none = SizeOptions::default();
        for options in [
            SizeOptions { account: Some(0), ..none },
            SizeOptions { min: Some(0), ..none },
            SizeOptions { recommended: Some(0), ..none },
            SizeOptions { max: Some(0), ..none },
        ] {
            assert_eq!(Sizes::resolve(options), Err(SizeError::Zero));
        }
        assert_eq!(Sizes::new(0, 1, 1), Err(SizeError::Zero));
    }
}
