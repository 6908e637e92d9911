//! Every number B2 sets, named, with its source.
//!
//! Sections in parentheses are those of the native API specification. Sizes are bytes and
//! decimal (5 MB is 5,000,000), lengths of text are bytes of UTF-8 unless a name says otherwise.
//! A server may lower or raise a few of them; what it announces at login wins over the defaults
//! here.

/// Shortest part of a large file but for its last (4.3.3); login announces the real one.
pub const PART_LEN_MIN: u64 = 5_000_000;
/// Longest part of a large file (4.3.3).
pub const PART_LEN_MAX: u64 = 5_000_000_000;
/// Shortest last part of a large file (4.3.3).
pub const LAST_PART_LEN_MIN: u64 = 1;
/// Part size used when the account recommends none (4.3.3).
pub const PART_LEN_RECOMMENDED: u64 = 100_000_000;
/// Fewest parts a large file is finished with (4.3.3).
pub const PARTS_MIN: u16 = 2;
/// Most parts, and the highest part number; numbering starts at 1 (4.3.3).
pub const PARTS_MAX: u16 = 10_000;
/// Longest file of one upload request or one copy request (6).
pub const SINGLE_UPLOAD_LEN_MAX: u64 = 5_000_000_000;
/// Longest large file (4.3.3).
pub const LARGE_FILE_LEN_MAX: u64 = 10_000_000_000_000;
/// Shortest large file: one part of the minimum size and a last byte (4.3.3).
pub const LARGE_FILE_LEN_MIN: u64 = PART_LEN_MIN + LAST_PART_LEN_MIN;

/// Longest file name (4.2).
pub const FILE_NAME_LEN_MAX: usize = 1024;
/// Longest file name by the older rule, still applied to creations and copies for
/// compatibility (4.2).
pub const FILE_NAME_LEN_MAX_OLD: usize = 1000;
/// Longest piece of a file name between slashes, by the older rule (4.2).
pub const FILE_NAME_SEGMENT_LEN_MAX: usize = 250;
/// Longest file name after percent-encoding: every byte may become three.
pub const FILE_NAME_ENCODED_LEN_MAX: usize = 3 * FILE_NAME_LEN_MAX;
/// Longest file ID, in characters; all of them are ASCII (1.5).
pub const FILE_ID_LEN_MAX: usize = 200;
/// Shortest bucket name (4.2).
pub const BUCKET_NAME_LEN_MIN: usize = 6;
/// Longest bucket name (4.2).
pub const BUCKET_NAME_LEN_MAX: usize = 63;
/// Prefix that names of buckets, CORS rules and notification rules must not have (4.2), and
/// that file info keeps for the service (4.3.4).
pub const RESERVED_PREFIX: &str = "b2-";

/// Length of an account ID: lower-case hex digits (1.5).
pub const ACCOUNT_ID_LEN: usize = 12;
/// Length of a bucket ID: lower-case hex digits (1.5).
pub const BUCKET_ID_LEN: usize = 24;
/// Length of the ID of an application key other than the master key (1.5).
pub const KEY_ID_LEN: usize = 25;
/// Length of an application key (1.5).
pub const KEY_LEN: usize = 31;
/// Length of a customer-provided encryption key (4.6).
pub const CUSTOMER_KEY_LEN: usize = 32;

/// Longest key of a file info entry (4.3.4).
pub const INFO_KEY_LEN_MAX: usize = 50;
/// Most bytes of header lines that file name and file info may take (4.3.4).
pub const INFO_HEADERS_LEN_MAX: u64 = 7_000;
/// The same for a file with server-side encryption or in a bucket with file lock (4.3.4).
pub const INFO_HEADERS_LEN_MAX_ENCRYPTED_OR_LOCKED: u64 = 2_048;
/// Most entries of file info by the older rule; replies may hold more (4.3.4).
pub const INFO_ENTRIES_MAX_OLD: usize = 10;
/// Most entries of file info that a client here gives a file. Each comes back as a header of its
/// own, and many HTTP libraries read heads of about 128 lines at most, so other clients could not
/// download more. Files of others that have more can be read.
pub const INFO_ENTRIES_MAX: u32 = 100;

/// Buckets of one account; support can raise it (6).
pub const BUCKETS_PER_ACCOUNT: u32 = 100;
/// Entries of one bucket's info (4.2, unconfirmed).
pub const BUCKET_INFO_ENTRIES_MAX: usize = 10;
/// Lifecycle rules of one bucket (4.9).
pub const LIFECYCLE_RULES_MAX: usize = 100;
/// CORS rules of one bucket (4.10).
pub const CORS_RULES_MAX: usize = 100;
/// A CORS rule is shorter than this, summed over its strings (4.10).
pub const CORS_RULE_LEN_LIMIT: usize = 1_000;
/// Longest time a browser may cache a preflight (4.10).
pub const CORS_MAX_AGE_S_MAX: u32 = 86_400;
/// Shortest name of a CORS or notification rule (4.2).
pub const RULE_NAME_LEN_MIN: usize = 6;
/// Longest name of a CORS rule (4.2).
pub const CORS_RULE_NAME_LEN_MAX: usize = 50;
/// Longest name of a notification rule (4.2).
pub const NOTIFICATION_RULE_NAME_LEN_MAX: usize = 63;
/// Replication rules of one source bucket (4.8).
pub const REPLICATION_RULES_MAX: usize = 2;
/// Notification rules of one bucket (4.11).
pub const NOTIFICATION_RULES_MAX: usize = 25;
/// Events in one notification (4.11).
pub const NOTIFICATION_EVENTS_MAX: usize = 50;
/// Longest default retention of a bucket (4.7).
pub const DEFAULT_RETENTION_DAYS_MAX: u32 = 3_000;

/// Longest name of an application key (6).
pub const KEY_NAME_LEN_MAX: usize = 100;
/// Lifetime of an application key is shorter than this (6).
pub const KEY_LIFETIME_DAYS_LIMIT: u32 = 1_000;
/// Application keys one account can ever create (6).
pub const KEYS_PER_ACCOUNT: u32 = 100_000_000;
/// Longest life of an account token (6).
pub const ACCOUNT_TOKEN_LIFE_MS_MAX: u64 = 24 * 60 * 60 * 1_000;
/// Longest life of an upload URL and its token; the first rejection ends it earlier (4.3.1).
pub const UPLOAD_URL_LIFE_MS_MAX: u64 = 24 * 60 * 60 * 1_000;
/// Different upload URLs to try before a failure is reported (4.3.1).
pub const UPLOAD_URL_ATTEMPTS: u8 = 5;
/// Shortest life of a download authorization (6).
pub const DOWNLOAD_AUTHORIZATION_S_MIN: u32 = 1;
/// Longest life of a download authorization: a week (6).
pub const DOWNLOAD_AUTHORIZATION_S_MAX: u32 = 604_800;

/// Rows of a page when no count is asked for, in every paged listing (4.12).
pub const PAGE_LEN_DEFAULT: u32 = 100;
/// Most rows of a page of file names or file versions (4.12).
pub const FILES_PAGE_LEN_MAX: u32 = 10_000;
/// Most rows of a page of unfinished large files (4.12).
pub const UNFINISHED_PAGE_LEN_MAX: u32 = 100;
/// Most rows of a page of parts (4.12).
pub const PARTS_PAGE_LEN_MAX: u32 = 1_000;
/// Most rows of a page of application keys (4.12).
pub const KEYS_PAGE_LEN_MAX: u32 = 10_000;
/// Rows of a listing that are charged as one transaction (4.12).
pub const ROWS_PER_TRANSACTION: u32 = 1_000;

/// Uploads and downloads a second that a new account may make (6).
pub const REQUESTS_PER_SECOND_DEFAULT: u32 = 500;
/// Largest difference between our clock and the `Date` of a reply (1.4).
pub const CLOCK_SKEW_S_MAX: u64 = 600;

/// Hex digits of a SHA-1, as sent in headers or after the data (4.3.2).
pub const SHA1_HEX_LEN: usize = 40;

// The limits as a system: what follows from one another, checked when this compiles.
const _: () = {
    assert!(0 < LAST_PART_LEN_MIN && LAST_PART_LEN_MIN <= PART_LEN_MIN);
    assert!(PART_LEN_MIN <= PART_LEN_RECOMMENDED && PART_LEN_RECOMMENDED <= PART_LEN_MAX);
    assert!(SINGLE_UPLOAD_LEN_MAX <= PART_LEN_MAX);
    assert!(LARGE_FILE_LEN_MIN <= SINGLE_UPLOAD_LEN_MAX);
    // The longest file fits into the allowed parts at the longest size, with room to spare.
    assert!(LARGE_FILE_LEN_MAX / PART_LEN_MAX < PARTS_MAX as u64);
    assert!(PARTS_MIN <= PARTS_MAX);
    assert!(FILE_NAME_SEGMENT_LEN_MAX < FILE_NAME_LEN_MAX_OLD);
    assert!(FILE_NAME_LEN_MAX_OLD < FILE_NAME_LEN_MAX);
    // A name of the greatest length always leaves room for info in an ordinary file.
    assert!((FILE_NAME_ENCODED_LEN_MAX as u64) < INFO_HEADERS_LEN_MAX);
    assert!(INFO_HEADERS_LEN_MAX_ENCRYPTED_OR_LOCKED < INFO_HEADERS_LEN_MAX);
    assert!(BUCKET_NAME_LEN_MIN <= BUCKET_NAME_LEN_MAX);
    assert!(RULE_NAME_LEN_MIN <= CORS_RULE_NAME_LEN_MAX);
    assert!(CORS_RULE_NAME_LEN_MAX <= NOTIFICATION_RULE_NAME_LEN_MAX);
    assert!(DOWNLOAD_AUTHORIZATION_S_MIN <= DOWNLOAD_AUTHORIZATION_S_MAX);
    assert!(PAGE_LEN_DEFAULT <= UNFINISHED_PAGE_LEN_MAX);
    assert!(UNFINISHED_PAGE_LEN_MAX <= PARTS_PAGE_LEN_MAX);
    assert!(PARTS_PAGE_LEN_MAX <= FILES_PAGE_LEN_MAX);
};
