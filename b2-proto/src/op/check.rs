//! Checks of arguments that several operations share.
//!
//! Only what the service is sure to refuse is refused here; where the specification is in doubt,
//! the service decides.

use core::fmt::Display;

use crate::error::{Error, ErrorKind};
use crate::limits;
use crate::model::{BucketRetention, EncryptionSetting, FileRetention, RetentionUnit};
use crate::name;

/// An argument is wrong for the reason given.
pub(crate) fn invalid(why: impl Display) -> Error {
    Error::with_message(ErrorKind::InvalidInput, format_args!("{why}"))
}

/// `Ok` if `holds`, else the error with the message given.
pub(crate) fn ensure(holds: bool, message: &str) -> Result<(), Error> {
    if holds { Ok(()) } else { Err(Error::invalid(message)) }
}

/// A file name the service would take (spec 4.2).
pub(crate) fn file_name(text: &str) -> Result<(), Error> {
    crate::op::check_name(text)
}

/// A bucket name the service would take (spec 4.2).
pub(crate) fn bucket_name(text: &str) -> Result<(), Error> {
    name::check_bucket_name(text).map_err(invalid)
}

/// A number of rows from `1` to `max`, or none given. Zero asks for the service's default.
pub(crate) fn page_len(count: Option<u32>, max: u32) -> Result<(), Error> {
    match count {
        Some(count) if count > max => Err(invalid(format_args!("a page has {max} rows at most"))),
        Some(_) | None => Ok(()),
    }
}

/// The name of a CORS or notification rule (spec 4.2).
pub(crate) fn rule_name(text: &str, len_max: usize) -> Result<(), Error> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let has_len = (limits::RULE_NAME_LEN_MIN..=len_max).contains(&text.len());
    if is_plain && has_len && !text.starts_with(limits::RESERVED_PREFIX) {
        return Ok(());
    }
    Err(invalid(format_args!(
        "the name of a rule has {} to {len_max} letters, digits and hyphens and does not begin \
         with {}",
        limits::RULE_NAME_LEN_MIN,
        limits::RESERVED_PREFIX,
    )))
}

/// What can be the default encryption of a bucket (spec 4.6).
pub(crate) fn default_encryption(setting: Option<&EncryptionSetting>) -> Result<(), Error> {
    let is_own_key = matches!(setting, Some(EncryptionSetting::SseC(_)));
    ensure(!is_own_key, "SSE-C cannot be the default encryption of a bucket")
}

/// What opens an encrypted source of a copy (spec 4.6).
pub(crate) fn source_encryption(setting: Option<&EncryptionSetting>) -> Result<(), Error> {
    let fits = matches!(setting, None | Some(EncryptionSetting::SseC(_)));
    ensure(fits, "the encryption of a copy's source is given for SSE-C only")
}

/// A retention of a file: mode and time, or neither (spec 4.7).
pub(crate) fn file_retention(retention: Option<&FileRetention>) -> Result<(), Error> {
    let fits = retention.is_none_or(|set| set.mode.is_some() == set.retain_until_ms.is_some());
    ensure(fits, "retention needs both a mode and a time, or neither")
}

/// A default retention of a bucket: mode and period, or neither (spec 4.7).
pub(crate) fn bucket_retention(retention: &BucketRetention) -> Result<(), Error> {
    let fits = retention.mode.is_some() == retention.period.is_some();
    ensure(fits, "default retention needs both a mode and a period, or neither")?;
    let Some(period) = &retention.period else { return Ok(()) };
    ensure(period.duration > 0, "a retention period has at least one day")?;
    let is_long =
        period.unit == RetentionUnit::Days && period.duration > limits::DEFAULT_RETENTION_DAYS_MAX;
    ensure(!is_long, "a retention period has 3,000 days at most")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::RetentionPeriod;

    #[test]
    fn rule_names() {
        for (text, is_fine) in [
            ("to-the-Moon1", true),
            ("short", false),
            ("b2-reserved", false),
            ("under_score", false),
            ("0123456789012345678901234567890123456789012345678", true),
            ("012345678901234567890123456789012345678901234567890", false),
        ] {
            assert_eq!(rule_name(text, limits::CORS_RULE_NAME_LEN_MAX).is_ok(), is_fine, "{text}");
        }
    }

    #[test]
    fn retention_is_whole_or_nothing() {
        let mut file = FileRetention::governance(1);
        assert!(file_retention(Some(&file)).is_ok());
        file.mode = None;
        assert!(file_retention(Some(&file)).is_err());
        assert!(file_retention(Some(&FileRetention::NONE)).is_ok());
        for (period, is_fine) in [
            (RetentionPeriod::days(3_000), true),
            (RetentionPeriod::days(3_001), false),
            (RetentionPeriod::days(0), false),
            (RetentionPeriod::years(3), true),
        ] {
            let retention = BucketRetention::compliance(period);
            assert_eq!(bucket_retention(&retention).is_ok(), is_fine, "{retention:?}");
        }
        let mut half = BucketRetention::governance(RetentionPeriod::days(1));
        half.period = None;
        assert!(bucket_retention(&half).is_err());
        assert!(bucket_retention(&BucketRetention::NONE).is_ok());
    }
}
