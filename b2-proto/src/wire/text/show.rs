//! Values that print without the formatting machinery of `core`.
//!
//! Width, precision and the signs of `{}` do not count for them. In return a program that uses
//! nothing else does not carry the code for those, which is 3 KB on a small device.

use core::fmt;

/// Text that prints as it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Plain<'a>(pub &'a str);

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// A number that prints as decimal digits.
///
/// ```
/// use b2_proto::wire::text::Decimal;
///
/// assert_eq!(format!("{} {}", Decimal(0), Decimal(u64::MAX)), "0 18446744073709551615");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Decimal(pub u64);

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut digits = *b"00000000000000000000";
        let (mut rest, mut start) = (self.0, digits.len());
        for (at, digit) in digits.iter_mut().enumerate().rev() {
            *digit += (rest % 10).to_le_bytes()[0];
            start = at;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        write_ascii(f, digits.get(start..).unwrap_or_default())
    }
}

/// Writes bytes that are known to be ASCII.
pub(crate) fn write_ascii(out: &mut dyn fmt::Write, ascii: &[u8]) -> fmt::Result {
    out.write_str(core::str::from_utf8(ascii).map_err(|_| fmt::Error)?)
}
