//! Comparing the local clock with the service's (behaviour a.3).
//!
//! A client whose clock is far off stores wrong modification times and misjudges ages, so a skew
//! above ten minutes ends the work with an error that says what to do. The core reads no clock:
//! the driver tells the wall time once, as a value that belongs to an [`Instant`].
//!
//! The service's own time is kept in the same form: the `Date` of its last answer and when that
//! came. A date is cut to the second and older than its answer by the time that took to arrive,
//! so what is reckoned from it is never later than the service's clock was.

use crate::error::{Error, ErrorKind};
use crate::time::Instant;
use crate::wire::text::{Decimal, Plain, Text, decimal};

/// Largest difference allowed, either way.
pub const SKEW_S_MAX: u64 = 600;

/// A wall clock, as one known moment: the driver's, or the service's as its last answer told it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WallClock {
    /// A moment of the driver's own count.
    pub at: Instant,
    /// The same moment in milliseconds since 1970-01-01 UTC.
    pub unix_ms: u64,
}

impl WallClock {
    /// Milliseconds since 1970-01-01 UTC at `now`.
    pub const fn unix_ms_at(&self, now: Instant) -> u64 {
        if now.as_ms() >= self.at.as_ms() {
            self.unix_ms.saturating_add(now.since_ms(self.at))
        } else {
            self.unix_ms.saturating_sub(self.at.since_ms(now))
        }
    }

    /// Checks the `Date` of an answer that arrived at `now`.
    ///
    /// # Errors
    /// [`ErrorKind::ClockSkew`] when the clocks differ by more than [`SKEW_S_MAX`], and
    /// [`ErrorKind::Protocol`] when the date cannot be read.
    // Apart, so that its temporaries do not stay on the stack of a small device.
    #[inline(never)]
    pub fn check(&self, now: Instant, date: &str) -> Result<(), Error> {
        let Some(service_s) = parse_http_date(date) else {
            return Err(Error::with_message(
                ErrorKind::Protocol,
                format_args!("the service's date cannot be read: {}", Text::<40>::truncated(date)),
            ));
        };
        let local_s = self.unix_ms_at(now) / 1_000;
        if local_s.abs_diff(service_s) > SKEW_S_MAX {
            return Err(Error::with_message(
                ErrorKind::ClockSkew,
                format_args!(
                    "the clock of this machine is {} s {} the service's",
                    Decimal(local_s.abs_diff(service_s)),
                    Plain(if local_s < service_s { "behind" } else { "ahead of" }),
                ),
            ));
        }
        Ok(())
    }
}

/// Seconds since 1970-01-01 of `Www, DD Mmm YYYY HH:MM:SS GMT`.
pub fn parse_http_date(text: &str) -> Option<u64> {
    const FORM: &[u8; 29] = b"www, nn mmm nnnn nn:nn:nn GMT";
    let text: &[u8; 29] = text.as_bytes().try_into().ok()?;
    let has_form = FORM.iter().zip(text).all(|(form, byte)| match form {
        b'w' | b'm' => true,
        b'n' => byte.is_ascii_digit(),
        punctuation => byte == punctuation,
    });
    let number = |from: usize, to: usize| text.get(from..to).and_then(decimal);
    let weekday = place_of(text.get(0..3)?, b"MonTueWedThuFriSatSun");
    let month = place_of(text.get(8..11)?, b"JanFebMarAprMayJunJulAugSepOctNovDec")?;
    let (day, year) = (number(5, 7)?, number(12, 16)?);
    let (hour, minute, second) = (number(17, 19)?, number(20, 22)?, number(23, 25)?);
    let is_date = has_form && weekday.is_some() && day > 0 && day <= days_in(year, month);
    if !is_date || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let days = days_since_1970(year, month, day)?;
    Some(days * 86_400 + hour * 3_600 + minute * 60 + second)
}

/// Which of the names of three letters it is.
fn place_of(name: &[u8], names: &[u8]) -> Option<usize> {
    names.chunks(3).position(|each| each == name)
}

const fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

/// Days before each month of a year that is no leap year, and in all of it.
const DAYS_BEFORE: [u16; 13] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365];

/// Days before the month with this place in the year, from 0 to 12.
fn days_before(year: u64, month: usize) -> u64 {
    let days = DAYS_BEFORE.get(month).copied().unwrap_or(0);
    u64::from(days) + u64::from(month > 1 && is_leap(year))
}

fn days_in(year: u64, month: usize) -> u64 {
    days_before(year, month + 1) - days_before(year, month)
}

fn days_since_1970(year: u64, month: usize, day: u64) -> Option<u64> {
    let before = year.checked_sub(1970)? * 365;
    // Leap days of the years before this one, counted from year 1.
    let leap_days = |year: u64| year / 4 - year / 100 + year / 400;
    let leaps = leap_days(year - 1) - leap_days(1969);
    Some(before + leaps + days_before(year, month) + day - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read() {
        for (text, expected) in [
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
            ("Tue, 29 Feb 2000 12:30:05 GMT", Some(951_827_405)),
            ("Mon, 23 Nov 2026 11:00:00 GMT", Some(1_795_431_600)),
            ("Mon, 30 Feb 2026 11:00:00 GMT", None),
            ("Mon, 23 Now 2026 11:00:00 GMT", None),
            ("Mon, 23 Nov 2026 11:00:00 CET", None),
            ("yesterday", None),
            ("Mon, 23 Nov 2026 1\u{17c}:00:00 GMT", None),
        ] {
            assert_eq!(parse_http_date(text), expected, "{text}");
        }
    }

    #[test]
    fn ten_minutes_are_allowed() {
        let clock = WallClock { at: Instant::from_ms(5_000), unix_ms: 1_795_431_600_000 };
        let check = |now_ms| {
            clock
                .check(Instant::from_ms(now_ms), "Mon, 23 Nov 2026 11:00:00 GMT")
                .map_err(|error| error.kind)
        };
        assert_eq!(check(5_000), Ok(()));
        assert_eq!(check(605_000), Ok(()));
        assert_eq!(check(606_000), Err(ErrorKind::ClockSkew));
    }
}
