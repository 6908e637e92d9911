//! File times as B2 keeps them, whole milliseconds since the Unix epoch; and a clock that does not
//! sleep.

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

/// A time that goes on while the machine sleeps, since whenever.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn since_boot() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    // Neither is below zero since the machine has started.
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or_default())
}

/// The same as far as the standard library knows one: it is so on Windows, not on macOS.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) fn since_boot() -> Duration {
    static FIRST: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    FIRST.get_or_init(std::time::Instant::now).elapsed()
}
