//! File times as B2 keeps them: whole milliseconds since the Unix epoch.

use core::time::Duration;
use std::fs::Metadata;
use std::time::{SystemTime, UNIX_EPOCH};

/// The modification time, cut to milliseconds; times before 1970 count as 1970.
pub(crate) fn modified_ms(metadata: &Metadata) -> Option<u64> {
    let since = metadata.modified().ok()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).ok()
}

/// The time to give a file so that cutting to milliseconds reads `ms` back even where the file
/// system rounds (behaviour e.6); `None` when the platform has no such time.
pub(crate) fn to_set(ms: u64) -> Option<SystemTime> {
    UNIX_EPOCH.checked_add(Duration::from_millis(ms))?.checked_add(Duration::from_micros(500))
}
