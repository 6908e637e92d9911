//! Object Lock: retention of files and the default of a bucket.

use serde::{Deserialize, Serialize};

use super::nullable;
use super::open::open_text;

open_text! {
    /// How strictly a version is kept (spec 4.7).
    RetentionMode {
        /// Can be shortened or removed with the capability `bypassGovernance`.
        Governance = "governance",
        /// Can only be extended, by anybody.
        Compliance = "compliance",
    }
}

open_text! {
    /// What the length of a retention period counts.
    RetentionUnit {
        /// Days.
        Days = "days",
        /// Years.
        Years = "years",
    }
}

/// Until when a version cannot be deleted (spec 4.7).
///
/// Mode and time are both set or both `None`.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FileRetention {
    /// How strictly; `None` for no retention.
    #[serde(default)]
    pub mode: Option<RetentionMode>,
    /// The version is kept until this time, in milliseconds since the Unix epoch.
    #[serde(default, rename = "retainUntilTimestamp")]
    pub retain_until_ms: Option<u64>,
}

impl FileRetention {
    /// No retention; in a request it takes away the present one.
    pub const NONE: Self = Self { mode: None, retain_until_ms: None };

    /// Governance mode until `until_ms`, milliseconds since the Unix epoch.
    pub const fn governance(until_ms: u64) -> Self {
        Self { mode: Some(RetentionMode::Governance), retain_until_ms: Some(until_ms) }
    }

    /// Compliance mode until `until_ms`, milliseconds since the Unix epoch.
    pub const fn compliance(until_ms: u64) -> Self {
        Self { mode: Some(RetentionMode::Compliance), retain_until_ms: Some(until_ms) }
    }

    /// `mode` until `until_ms`, milliseconds since the Unix epoch.
    pub const fn new(mode: RetentionMode, until_ms: u64) -> Self {
        Self { mode: Some(mode), retain_until_ms: Some(until_ms) }
    }
}

/// How long new versions in a bucket are kept.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct RetentionPeriod {
    /// How many units, at least 1; 3,000 days at most.
    pub duration: u32,
    /// Days or years.
    pub unit: RetentionUnit,
}

impl RetentionPeriod {
    /// A period of `duration` days.
    pub const fn days(duration: u32) -> Self {
        Self { duration, unit: RetentionUnit::Days }
    }

    /// A period of `duration` years.
    pub const fn years(duration: u32) -> Self {
        Self { duration, unit: RetentionUnit::Years }
    }
}

/// The retention new versions in a bucket get when their upload names none (spec 4.7).
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BucketRetention {
    /// How strictly; `None` for no default retention.
    #[serde(default)]
    pub mode: Option<RetentionMode>,
    /// For how long, counted from the upload.
    #[serde(default)]
    pub period: Option<RetentionPeriod>,
}

impl BucketRetention {
    /// No default retention; in a request it takes away the present one.
    pub const NONE: Self = Self { mode: None, period: None };

    /// Governance mode for `period`.
    pub const fn governance(period: RetentionPeriod) -> Self {
        Self { mode: Some(RetentionMode::Governance), period: Some(period) }
    }

    /// Compliance mode for `period`.
    pub const fn compliance(period: RetentionPeriod) -> Self {
        Self { mode: Some(RetentionMode::Compliance), period: Some(period) }
    }
}

/// The Object Lock settings of a bucket (spec 4.7).
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FileLockConfiguration {
    /// Whether retention and legal holds can be used. Once on, it stays on.
    #[serde(default, deserialize_with = "nullable::or_default")]
    pub is_file_lock_enabled: bool,
    /// The retention new versions get.
    #[serde(default, deserialize_with = "nullable::or_default")]
    pub default_retention: BucketRetention,
}

impl FileLockConfiguration {
    /// Lock on, with the default retention given.
    pub const fn enabled(default_retention: BucketRetention) -> Self {
        Self { is_file_lock_enabled: true, default_retention }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Guarded;
    use super::super::check::{rewritten, round_trip};
    use super::*;

    #[test]
    fn bucket_side_of_the_document() {
        let lock: Guarded<FileLockConfiguration> = round_trip(
            r#"{ "isClientAuthorizedToRead": true,
                 "value": { "isFileLockEnabled": true,
                            "defaultRetention": { "mode": "governance",
                                "period": { "duration": 7, "unit": "days" } } } }"#,
        );
        let expected = BucketRetention::governance(RetentionPeriod::days(7));
        assert_eq!(lock, Guarded::Readable(FileLockConfiguration::enabled(expected)));
    }

    #[test]
    fn unset_values_are_written_as_recorded() {
        let lock: Guarded<FileLockConfiguration> = round_trip(
            r#"{ "isClientAuthorizedToRead": true,
                 "value": { "isFileLockEnabled": false,
                            "defaultRetention": { "mode": null, "period": null } } }"#,
        );
        assert_eq!(lock, Guarded::Readable(FileLockConfiguration::default()));
        let file: FileRetention = round_trip(r#"{"mode":null,"retainUntilTimestamp":null}"#);
        assert_eq!(file, FileRetention::NONE);
    }

    #[test]
    fn file_side_of_the_document() {
        let file: FileRetention =
            round_trip(r#"{"mode":"compliance","retainUntilTimestamp":1764547200000}"#);
        assert_eq!(file, FileRetention::compliance(1_764_547_200_000));
        assert_eq!(FileRetention::new("governance".into(), 5), FileRetention::governance(5));
    }

    #[test]
    fn what_is_new_or_missing_is_accepted() {
        let default: BucketRetention = rewritten(
            r#"{"mode":"strict","period":{"duration":2,"unit":"moons","from":"upload"}}"#,
            r#"{"mode":"strict","period":{"duration":2,"unit":"moons"}}"#,
        );
        assert_eq!(default.mode, Some("strict".into()));
        rewritten::<FileLockConfiguration>(
            r#"{"isFileLockEnabled":null,"defaultRetention":null}"#,
            r#"{"isFileLockEnabled":false,"defaultRetention":{"mode":null,"period":null}}"#,
        );
    }
}
