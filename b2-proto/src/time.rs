//! Points in time as the driver tells them.
//!
//! The core never reads a clock. Every call that depends on time takes the present as an
//! [`Instant`]; what the driver counts from is its own affair, as long as it never goes back and
//! goes on counting while the machine sleeps (tokens do expire then).

/// A point in time: milliseconds since a moment of the driver's choice.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Instant(u64);

impl Instant {
    /// The moment `ms` milliseconds after the driver's zero.
    pub const fn from_ms(ms: u64) -> Self {
        Self(ms)
    }

    /// Milliseconds since the driver's zero.
    pub const fn as_ms(self) -> u64 {
        self.0
    }

    /// The moment `ms` milliseconds later.
    #[must_use]
    pub const fn after_ms(self, ms: u64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` to here; zero when `earlier` is not earlier.
    pub const fn since_ms(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// When a machine wants to be polled again even if nothing arrives, and why.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Deadline {
    /// The moment.
    pub at: Instant,
    /// What the machine waits for, for traces.
    pub why: &'static str,
}

impl Deadline {
    /// The earlier of two optional deadlines.
    pub fn earlier(a: Option<Self>, b: Option<Self>) -> Option<Self> {
        match (a, b) {
            (Some(a), Some(b)) => Some(if b.at < a.at { b } else { a }),
            (a, b) => a.or(b),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_saturates() {
        let late = Instant::from_ms(u64::MAX - 1);
        assert_eq!(late.after_ms(5), Instant::from_ms(u64::MAX));
        assert_eq!(Instant::from_ms(3).since_ms(late), 0);
    }

    #[test]
    fn the_earlier_deadline_wins() {
        let at = |ms| Some(Deadline { at: Instant::from_ms(ms), why: "test" });
        assert_eq!(Deadline::earlier(at(2), at(1)), at(1));
        assert_eq!(Deadline::earlier(None, at(1)), at(1));
        assert_eq!(Deadline::earlier(None, None), None);
    }
}
