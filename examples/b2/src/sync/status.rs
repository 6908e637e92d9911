//! The reference's line about how far a sync is (behaviour m.2 and m.3).

use core::fmt;

/// What the line shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Status {
    /// Files of the source counted so far, and whether that is all of them.
    pub(super) counted: (u64, bool),
    pub(super) compared: u64,
    /// Actions that have ended.
    pub(super) updated: u64,
    pub(super) bytes: u64,
    /// Actions and bytes in all, once everything is compared.
    pub(super) planned: Option<(u64, u64)>,
    /// Bytes a second.
    pub(super) rate: u64,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { counted: (count, is_all), compared, updated, .. } = self;
        if *is_all || self.planned.is_some() {
            write!(f, " compare: {compared}/{count} files   updated: {updated}")?;
        } else {
            write!(f, " count: {count} files   compare: {compared} files   updated: {updated}")?;
        }
        match self.planned {
            Some((actions, bytes)) => {
                write!(f, "/{actions} files   {}", fraction(self.bytes, bytes))?;
            }
            None => write!(f, " files   {}", scaled(self.bytes, "B"))?,
        }
        write!(f, "   {}", scaled(self.rate, "B/s"))
    }
}

const PREFIXES: [(u64, &str); 5] = [
    (1_000_000_000_000_000, "P"),
    (1_000_000_000_000, "T"),
    (1_000_000_000, "G"),
    (1_000_000, "M"),
    (1_000, "k"),
];

/// The scale of a number, and how many decimals it has there: three digits in all, counted before
/// rounding.
fn scale(value: u64) -> Option<(u64, &'static str, usize)> {
    let (unit, prefix) = PREFIXES.into_iter().find(|(unit, _)| value >= *unit)?;
    let decimals = match value / unit {
        0..10 => 2,
        10..100 => 1,
        _ => 0,
    };
    Some((unit, prefix, decimals))
}

#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
fn ratio(value: u64, unit: u64) -> f64 {
    value as f64 / unit as f64
}

fn scaled(value: u64, name: &str) -> String {
    match scale(value) {
        None => format!("{value} {name}"),
        Some((unit, prefix, decimals)) => {
            format!("{:.decimals$} {prefix}{name}", ratio(value, unit))
        }
    }
}

fn fraction(value: u64, of: u64) -> String {
    match scale(of) {
        None => format!("{value} / {of} B"),
        Some((unit, prefix, decimals)) => {
            let (value, of) = (ratio(value, unit), ratio(of, unit));
            format!("{value:.decimals$} / {of:.decimals$} {prefix}B")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_digits() {
        for (value, want) in [
            (999, "999 B"),
            (1_234, "1.23 kB"),
            (9_999, "10.00 kB"),
            (12_345, "12.3 kB"),
            (99_999, "100.0 kB"),
            (123_456, "123 kB"),
            (999_999, "1000 kB"),
            (1_234_567_890, "1.23 GB"),
        ] {
            assert_eq!(scaled(value, "B"), want);
        }
        assert_eq!(fraction(500, 1_000), "0.50 / 1.00 kB");
        assert_eq!(fraction(1_234, 56_789), "1.2 / 56.8 kB");
        assert_eq!(fraction(123_456, 999_999), "123 / 1000 kB");
        assert_eq!(fraction(1, 1_000_000_000), "0.00 / 1.00 GB");
    }

    #[test]
    fn lines_are_those_of_the_reference() {
        let mut status = Status::default();
        let mut check = |change: fn(&mut Status), want: &str| {
            change(&mut status);
            assert_eq!(status.to_string(), want);
        };
        check(|_| {}, " count: 0 files   compare: 0 files   updated: 0 files   0 B   0 B/s");
        check(
            |it| {
                *it = Status { counted: (3, false), compared: 1, updated: 1, ..*it };
                (it.bytes, it.rate) = (1_500, 1_874);
            },
            " count: 3 files   compare: 1 files   updated: 1 files   1.50 kB   1.87 kB/s",
        );
        check(
            |it| (it.counted.1, it.rate) = (true, 1_250),
            " compare: 1/3 files   updated: 1 files   1.50 kB   1.25 kB/s",
        );
        check(
            |it| {
                *it = Status { compared: 2, updated: 2, planned: Some((5, 4_000_000)), ..*it };
                (it.bytes, it.rate) = (2_000_000, 1_111_000);
            },
            " compare: 2/3 files   updated: 2/5 files   2.00 / 4.00 MB   1.11 MB/s",
        );
    }
}
