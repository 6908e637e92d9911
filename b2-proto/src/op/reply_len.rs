//! How long answers may be, in bytes. What is longer is refused before it is kept.

use crate::limits::ROWS_PER_TRANSACTION;
#[cfg(feature = "alloc")]
use crate::limits::{CORS_RULES_MAX, LIFECYCLE_RULES_MAX, NOTIFICATION_RULES_MAX};

/// Longest small answer a driver has to keep: 10,000 file versions with large file info. Name and
/// info of a file share 7,000 bytes of header lines, in which nothing is shorter than in JSON.
pub const REPLY_LEN_MAX: u32 = 128 * 1024 * 1024;

/// Longest error answer, and longest answer of a call that returns one thing without rules.
pub const SMALL_REPLY_LEN_MAX: u32 = 256 * 1024;

/// Longest row of a list: a name of 1,024 bytes, each of them escaped, the longest file info with
/// each byte in two, and 2 KiB for the rest.
const ROW_LEN_MAX: u32 = 24 * 1024;

/// Longest CORS rule: 1,000 bytes in strings of one byte, each of them escaped and in quotes.
#[cfg(feature = "alloc")]
const CORS_RULE_LEN_MAX: u32 = 10 * 1024;

/// Longest lifecycle rule: a prefix of 1,024 bytes, each of them escaped, and 1 KiB for the rest.
#[cfg(feature = "alloc")]
const LIFECYCLE_RULE_LEN_MAX: u32 = 7 * 1024;

/// Longest notification rule: headers of 2,048 bytes and a prefix of 1,024, each of them escaped,
/// and as much again for the URL and the rest.
#[cfg(feature = "alloc")]
const NOTIFICATION_RULE_LEN_MAX: u32 = 36 * 1024;

/// Longest answer that is one bucket with all its rules.
#[cfg(feature = "alloc")]
#[expect(clippy::cast_possible_truncation, reason = "a hundred rules")]
pub(crate) const BUCKET_REPLY_LEN_MAX: u32 = SMALL_REPLY_LEN_MAX
    + CORS_RULES_MAX as u32 * CORS_RULE_LEN_MAX
    + LIFECYCLE_RULES_MAX as u32 * LIFECYCLE_RULE_LEN_MAX;

/// Longest answer that is all notification rules of a bucket.
#[cfg(feature = "alloc")]
#[expect(clippy::cast_possible_truncation, reason = "some rules")]
pub(crate) const NOTIFICATIONS_REPLY_LEN_MAX: u32 =
    SMALL_REPLY_LEN_MAX + NOTIFICATION_RULES_MAX as u32 * NOTIFICATION_RULE_LEN_MAX;

/// Longest answer with so many rows; if the service chooses their number, with as many as a
/// transaction pays for.
pub(crate) fn page_reply_len_max(rows: Option<u32>) -> u32 {
    let rows = rows.unwrap_or(ROWS_PER_TRANSACTION);
    let len = SMALL_REPLY_LEN_MAX.saturating_add(rows.saturating_mul(ROW_LEN_MAX));
    len.min(REPLY_LEN_MAX)
}
