//! Rules that hide and delete versions by age.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use super::nullable;

/// What happens to the files of a bucket, or of one prefix in it, as days go by (spec 4.9).
///
/// The service applies rules about once a day. At least one of the numbers must be set, none may
/// be zero, and no two rules of a bucket may apply to the same file.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct LifecycleRule {
    /// The files the rule is for; empty for all files of the bucket.
    #[serde(default, deserialize_with = "nullable::or_default")]
    pub file_name_prefix: String,
    /// Hides the current version this many days after its upload.
    #[serde(default)]
    pub days_from_uploading_to_hiding: Option<u32>,
    /// Deletes a version this many days after it stopped being the current one.
    #[serde(default)]
    pub days_from_hiding_to_deleting: Option<u32>,
    /// Cancels an unfinished large file this many days after its start.
    // Recorded answers leave this one out where the two others are null.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days_from_starting_to_canceling_unfinished_large_files: Option<u32>,
}

impl LifecycleRule {
    /// A rule, as yet without effect, for the files whose names begin with `prefix`.
    pub fn for_prefix(prefix: impl Into<String>) -> Self {
        Self { file_name_prefix: prefix.into(), ..Self::default() }
    }

    /// A rule, as yet without effect, for all files of the bucket.
    pub fn for_all_files() -> Self {
        Self::default()
    }

    /// Hide the current version `days` days after its upload.
    #[must_use]
    pub const fn hide_after_days(mut self, days: u32) -> Self {
        self.days_from_uploading_to_hiding = Some(days);
        self
    }

    /// Delete a version `days` days after it stopped being the current one.
    #[must_use]
    pub const fn delete_after_days(mut self, days: u32) -> Self {
        self.days_from_hiding_to_deleting = Some(days);
        self
    }

    /// Cancel an unfinished large file `days` days after its start.
    #[must_use]
    pub const fn cancel_unfinished_after_days(mut self, days: u32) -> Self {
        self.days_from_starting_to_canceling_unfinished_large_files = Some(days);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::{rewritten, round_trip};
    use super::*;

    #[test]
    fn builders_set_one_number_each() {
        let rule: LifecycleRule = round_trip(
            r#"{"fileNamePrefix":"logs/","daysFromUploadingToHiding":30,
                "daysFromHidingToDeleting":7,
                "daysFromStartingToCancelingUnfinishedLargeFiles":3}"#,
        );
        let built = LifecycleRule::for_prefix("logs/")
            .hide_after_days(30)
            .delete_after_days(7)
            .cancel_unfinished_after_days(3);
        assert_eq!(rule, built);
    }

    #[test]
    fn a_prefix_left_out_is_empty() {
        for json in ["{}", r#"{"fileNamePrefix":null}"#] {
            let rule: LifecycleRule = serde_json::from_str(json).expect("readable");
            assert_eq!(rule, LifecycleRule::for_all_files());
        }
    }

    #[test]
    fn numbers_left_out_are_null() {
        let rule: LifecycleRule = rewritten(
            r#"{"fileNamePrefix":"","daysFromHidingToDeleting":1,"daysToGlory":9}"#,
            r#"{"fileNamePrefix":"","daysFromHidingToDeleting":1,
                "daysFromUploadingToHiding":null}"#,
        );
        assert_eq!(rule, LifecycleRule::for_all_files().delete_after_days(1));
    }
}
