//! What a client has asked of the service, and how much it may.

use crate::machine::session::Cost;
use crate::op::{Class, Spec};
use alloc::vec::Vec;

/// Counts requests and bytes, of all jobs of a client and since it was made.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Meter {
    /// Transactions of class A, which are free: uploads, deletes, hiding.
    pub class_a: u64,
    /// Transactions of class B: downloads, file information.
    pub class_b: u64,
    /// Transactions of class C: listings, copies, buckets, keys, logins.
    pub class_c: u64,
    /// Bytes of payload in the bodies of uploads, each time they are sent; those of a request that
    /// breaks off count in full.
    pub bytes_up: u64,
    /// Bytes of files in the answers to downloads. While a request is under way, all it asks for
    /// counts, and still does if it is given up.
    pub bytes_down: u64,
    /// How many of the transactions were further attempts at something.
    pub retries: u64,
    operations: Vec<(&'static str, u64)>,
}

impl Meter {
    /// Transactions by the name of their operation, in the order in which they were first used.
    pub fn operations(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        self.operations.iter().copied()
    }

    /// How often an operation was asked for.
    pub fn count(&self, operation: &str) -> u64 {
        self.operations.iter().find(|(name, _)| *name == operation).map_or(0, |(_, count)| *count)
    }

    /// Counts a request.
    pub(crate) fn note(
        &mut self,
        operation: &'static str,
        class: Class,
        attempt: u16,
        (up, down): (u64, u64),
    ) {
        *match class {
            Class::A => &mut self.class_a,
            Class::B => &mut self.class_b,
            Class::C => &mut self.class_c,
        } += 1;
        self.retries += u64::from(attempt > 1);
        self.bytes_up = self.bytes_up.saturating_add(up);
        self.bytes_down = self.bytes_down.saturating_add(down);
        match self.operations.iter_mut().find(|(name, _)| *name == operation) {
            Some((_, count)) => *count += 1,
            None => self.operations.push((operation, 1)),
        }
    }
}

/// How much a client may ask of the service over its life; what is `None` has no limit.
///
/// A request that would pass a limit is not sent: its job ends with an error of kind
/// [`Limit`](crate::error::ErrorKind::Limit) as soon as its other requests have ended. Unfinished
/// large files stay, so that they can be continued. Logins, cancelling large files and deleting
/// file versions are counted but never refused: the first belong to no job, and the others only
/// make the bill smaller.
///
/// ```
/// use b2_proto::policy::meter::Budget;
///
/// let budget = Budget { class_c: Some(1_000), bytes_up: Some(10 << 30), ..Budget::default() };
/// # let _ = budget;
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Budget {
    /// Transactions of class A.
    pub class_a: Option<u64>,
    /// Transactions of class B.
    pub class_b: Option<u64>,
    /// Transactions of class C.
    pub class_c: Option<u64>,
    /// Bytes of payload that are sent.
    pub bytes_up: Option<u64>,
    /// Bytes of files that are received.
    pub bytes_down: Option<u64>,
}

/// What of a budget is used up, and how much there was.
pub(crate) type Spent = (&'static str, u64);

impl Budget {
    /// Why a request would pass the budget, if it would.
    pub(crate) fn refuses(&self, meter: &Meter, spec: &Spec, cost: Cost) -> Option<Spent> {
        if matches!(spec.name, "b2_cancel_large_file" | "b2_delete_file_version") {
            return None;
        }
        let (name, used, limit) = match spec.class {
            Class::A => ("class A transactions", meter.class_a, self.class_a),
            Class::B => ("class B transactions", meter.class_b, self.class_b),
            Class::C => ("class C transactions", meter.class_c, self.class_c),
        };
        [
            (name, used, 1, limit),
            ("bytes sent", meter.bytes_up, cost.up, self.bytes_up),
            ("bytes received", meter.bytes_down, cost.down, self.bytes_down),
        ]
        .into_iter()
        .find_map(|(name, used, more, limit)| {
            let limit = limit?;
            (more > 0 && used.saturating_add(more) > limit).then_some((name, limit))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::op::{download, upload_part};

    #[test]
    fn what_fits_exactly_is_allowed() {
        let budget = Budget { class_a: Some(2), bytes_up: Some(10), ..Budget::default() };
        let mut meter = Meter::default();
        let refused = |meter: &Meter, up| {
            budget.refuses(meter, &upload_part::SPEC, Cost { up, down: 0 }).map(|(name, _)| name)
        };
        assert_eq!((refused(&meter, 10), refused(&meter, 11)), (None, Some("bytes sent")));
        meter.note("b2_upload_part", Class::A, 1, (10, 0));
        assert_eq!((refused(&meter, 0), refused(&meter, 1)), (None, Some("bytes sent")));
        meter.note("b2_upload_part", Class::A, 2, (0, 0));
        assert_eq!(refused(&meter, 0), Some("class A transactions"));
        let other = budget.refuses(&meter, &download::BY_ID, Cost { up: 0, down: 1 << 40 });
        assert_eq!(other, None);
        assert_eq!((meter.count("b2_upload_part"), meter.retries), (2, 1));
    }
}
