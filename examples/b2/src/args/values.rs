//! The syntax of single values.

use std::collections::BTreeMap;

use b2_proto::model::{Capability, RetentionPeriod};
use b2_proto::wire::text::{Sha1, parse_u64};

/// `key=value`, split at the first `=`.
pub(crate) fn key_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) => Ok((key.to_owned(), value.to_owned())),
        None => Err(format!("Bad file info: {text}")),
    }
}

/// 40 hex digits.
pub(crate) fn sha1(text: &str) -> Result<Sha1, String> {
    Sha1::parse(text).map_err(|_| format!("not 40 hex digits: '{text}'"))
}

/// `first,last`, both included.
pub(crate) fn byte_range(text: &str) -> Result<(u64, u64), String> {
    let wrong = || "the range must have 2 values: start,end".to_owned();
    let (first, last) = text.split_once(',').ok_or_else(wrong)?;
    let both = parse_u64(first.trim()).zip(parse_u64(last.trim()));
    let (first, last) = both.ok_or_else(wrong)?;
    if first <= last { Ok((first, last)) } else { Err("the range ends before it begins".into()) }
}

/// JSON of a known shape.
pub(crate) fn json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_str(text)
        .map_err(|error| format!("'{text}' is not a valid JSON value: {error}"))
}

/// A JSON object of texts.
pub(crate) fn json_map(text: &str) -> Result<BTreeMap<String, String>, String> {
    json(text)
}

/// Capabilities separated by commas.
pub(crate) fn capabilities(text: &str) -> Vec<Capability> {
    text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(Capability::from).collect()
}

/// `7 days` or `1 years`.
pub(crate) fn retention_period(text: &str) -> Result<RetentionPeriod, String> {
    let number = |count: &str| parse_u64(count).and_then(|count| u32::try_from(count).ok());
    let period = match text.split_once(' ') {
        Some((count, "days")) => number(count).map(RetentionPeriod::days),
        Some((count, "years")) => number(count).map(RetentionPeriod::years),
        _ => None,
    };
    let message = "default retention period must be in the form of \"X days|years \"";
    period.ok_or_else(|| message.to_owned())
}

/// Milliseconds from a decimal number of seconds since 1970, or of milliseconds when it is too
/// large for seconds, or of microseconds when it is too large for those.
pub(crate) fn timestamp_ms(text: &str) -> Result<u64, String> {
    const SECONDS_MAX: u64 = 253_402_318_799;
    let wrong = || format!("not a time as seconds or milliseconds since 1970: '{text}'");
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if !fraction.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(wrong());
    }
    let whole = parse_u64(whole).ok_or_else(wrong)?;
    if whole <= SECONDS_MAX {
        let digits = fraction.bytes().chain([b'0'; 3]).take(3);
        let thousandths = digits.fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0'));
        Ok(whole * 1000 + thousandths)
    } else if whole <= SECONDS_MAX * 1000 {
        Ok(whole)
    } else if whole / 1000 <= SECONDS_MAX * 1000 {
        Ok(whole / 1000)
    } else {
        Err(wrong())
    }
}

/// Milliseconds from a decimal number of days.
pub(crate) fn days_ms(text: &str) -> Result<u64, String> {
    const DAY_MS: u64 = 86_400_000;
    /// Of a millisecond, as far as digits count.
    const PARTS: u128 = 1_000_000_000_000_000_000;
    let wrong = || format!("not a number of days: '{text}'");
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let whole = parse_u64(whole).filter(|days| *days <= u64::from(u32::MAX)).ok_or_else(wrong)?;
    if fraction.is_empty() || !fraction.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(wrong());
    }
    let mut unit = u128::from(DAY_MS) * PARTS;
    let mut parts = 0;
    for digit in fraction.bytes() {
        unit /= 10;
        parts += u128::from(digit - b'0') * unit;
    }
    let ms = whole * DAY_MS + u64::try_from(parts / PARTS).unwrap_or_default();
    let is_none = ms == 0 && text.bytes().any(|digit| (b'1'..=b'9').contains(&digit));
    if is_none { Err(format!("less than a millisecond: '{text}'")) } else { Ok(ms) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_fractions() {
        for (text, ms) in [
            ("0", 0),
            ("0.0", 0),
            ("1", 86_400_000),
            ("0.5", 43_200_000),
            ("10.25", 885_600_000),
            ("0.00000001157407408", 1),
            ("4294967295", 371_085_174_288_000_000),
        ] {
            assert_eq!(days_ms(text), Ok(ms), "{text}");
        }
        for bad in ["", ".", "-1", "1.", "1.x", "1e3", "0.0000000001", "4294967296"] {
            assert!(days_ms(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn times_find_their_unit() {
        assert_eq!(timestamp_ms("1367900664.152"), Ok(1_367_900_664_152));
        assert_eq!(timestamp_ms("1367900664.1529"), Ok(1_367_900_664_152));
        assert_eq!(timestamp_ms("1367900664"), Ok(1_367_900_664_000));
        assert_eq!(timestamp_ms("1367900664142"), Ok(1_367_900_664_142));
        assert_eq!(timestamp_ms("1367900664142999"), Ok(1_367_900_664_142));
        for bad in ["", "-1", "nan", "1.x", "99999999999999999999", "9999999999999999999"] {
            assert!(timestamp_ms(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn periods_pairs_and_lists() {
        assert_eq!(retention_period("7 days"), Ok(RetentionPeriod::days(7)));
        assert_eq!(retention_period("1 years"), Ok(RetentionPeriod::years(1)));
        for bad in ["7", "7  days", "x days", "7 weeks", " 7 days"] {
            assert!(retention_period(bad).is_err(), "{bad}");
        }
        assert_eq!(key_value("a=b=c"), Ok(("a".to_owned(), "b=c".to_owned())));
        assert_eq!(key_value("ab"), Err("Bad file info: ab".to_owned()));
        let list = [Capability::ListFiles, Capability::ReadFiles];
        assert_eq!(capabilities("listFiles , readFiles,"), list);
    }
}
