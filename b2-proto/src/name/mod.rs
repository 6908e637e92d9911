//! File names and bucket names: rules, percent-encoding, and how to print them safely.
//!
//! The service takes names that the reference SDK refuses, and the SDK applies two different
//! sets of rules. All three are here as [`NameRule`]; the caller picks by what it does.

mod encode;
mod show;
mod words;

pub use self::encode::{Decoded, Encoded, encoded_len};
#[cfg(feature = "alloc")]
pub use self::encode::{decode, encode};
pub use self::show::{Hexed, Quoted, Substituted, is_unprintable};
use crate::limits::{
    BUCKET_NAME_LEN_MAX, BUCKET_NAME_LEN_MIN, FILE_NAME_LEN_MAX, FILE_NAME_LEN_MAX_OLD,
    FILE_NAME_SEGMENT_LEN_MAX, RESERVED_PREFIX,
};

/// A set of rules for file names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NameRule {
    /// What the service refuses today (specification 4.2): empty, too long, control characters.
    Service,
    /// What the reference checks before it creates, copies or scans: the older rule of the
    /// service without its ban on control characters (behaviour h.2, check A).
    Create,
    /// What the reference checks just before an ordinary upload (behaviour h.2, check B).
    Upload,
}

/// Why a file name is refused: the rule set, and what in the name breaks it.
///
/// It prints as the reference words it. Where that wording quotes the name, use
/// [`NameError::about`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NameError {
    /// The set of rules that was applied.
    pub rule: NameRule,
    /// The first rule of it that the name breaks.
    pub fault: NameFault,
}

/// What is wrong with a file name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NameFault {
    /// No character at all.
    Empty,
    /// Longer than the rule's limit.
    TooLong {
        /// The limit, in bytes of UTF-8.
        max: usize,
    },
    /// Characters below U+0020.
    Control {
        /// The lowest of them.
        code: u8,
    },
    /// The character U+007F.
    Del,
    /// A slash at the start.
    LeadingSlash,
    /// A slash at the end.
    TrailingSlash,
    /// A backslash.
    Backslash,
    /// Two slashes in a row.
    DoubleSlash,
    /// A piece between slashes longer than [`FILE_NAME_SEGMENT_LEN_MAX`].
    SegmentTooLong,
}

/// Checks a name before a file is created or copied, or when a folder is scanned.
///
/// # Errors
/// A [`NameError`] of [`NameRule::Create`].
pub fn check_create(name: &str) -> Result<(), NameError> {
    check(NameRule::Create, name)
}

/// Checks a name just before its ordinary upload.
///
/// # Errors
/// A [`NameError`] of [`NameRule::Upload`].
pub fn check_upload(name: &str) -> Result<(), NameError> {
    check(NameRule::Upload, name)
}

/// Checks a name against one set of rules.
///
/// ```
/// use b2_proto::name::{NameFault, NameRule, check};
///
/// assert_eq!(check(NameRule::Create, "a//b").unwrap_err().fault, NameFault::DoubleSlash);
/// assert_eq!(check(NameRule::Service, "a//b"), Ok(()));
/// ```
///
/// # Errors
/// The first broken rule, in the order in which the reference looks.
pub fn check(rule: NameRule, name: &str) -> Result<(), NameError> {
    match first_fault(rule, name) {
        None => Ok(()),
        Some(fault) => Err(NameError { rule, fault }),
    }
}

fn first_fault(rule: NameRule, name: &str) -> Option<NameFault> {
    let max = match rule {
        NameRule::Create => FILE_NAME_LEN_MAX_OLD,
        NameRule::Service | NameRule::Upload => FILE_NAME_LEN_MAX,
    };
    let lowest = name.bytes().min();
    let (create, service) = (rule == NameRule::Create, rule == NameRule::Service);
    let del = name.bytes().any(|byte| byte == 0x7f);
    match lowest {
        None => return Some(NameFault::Empty),
        Some(_) if name.len() > max => return Some(NameFault::TooLong { max }),
        Some(code @ ..0x20) if !create => return Some(NameFault::Control { code }),
        Some(_) => {}
    }
    if del && !create {
        Some(NameFault::Del)
    } else if service {
        None
    } else if name.starts_with('/') {
        Some(NameFault::LeadingSlash)
    } else if name.ends_with('/') {
        Some(NameFault::TrailingSlash)
    } else if create && name.contains('\\') {
        Some(NameFault::Backslash)
    } else if name.as_bytes().windows(2).any(|pair| pair == b"//") {
        Some(NameFault::DoubleSlash)
    } else if del {
        Some(NameFault::Del)
    } else if name.split('/').any(|segment| segment.len() > FILE_NAME_SEGMENT_LEN_MAX) {
        Some(NameFault::SegmentTooLong)
    } else {
        None
    }
}

impl core::error::Error for NameError {}

/// Whether a name from a bucket may become a path below a local folder (behaviour f.3).
///
/// This is the rule of every platform; drive letters and device names are the local driver's
/// business.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PathClass {
    /// It stays inside the folder.
    Inside,
    /// It has `.`, `..` or nothing between two separators: it could lead elsewhere, or to the
    /// path of another name.
    Relative,
    /// It starts with a separator.
    Absolute,
}

impl PathClass {
    /// Classifies a name; both `/` and `\` count as separators.
    ///
    /// ```
    /// use b2_proto::name::PathClass;
    ///
    /// assert_eq!(PathClass::of("a/.hidden/b"), PathClass::Inside);
    /// assert_eq!(PathClass::of("a/../../etc"), PathClass::Relative);
    /// assert_eq!(PathClass::of("\\a"), PathClass::Absolute);
    /// ```
    #[must_use]
    pub fn of(name: &str) -> Self {
        let is_separator = |c: char| c == '/' || c == '\\';
        // An empty piece at either end is a leading or trailing separator, not a double one.
        let inner = name.strip_prefix(is_separator).unwrap_or(name);
        let inner = inner.strip_suffix(is_separator).unwrap_or(inner);
        let lone = inner.is_empty() && name.len() < 2;
        let dotted = name.split(is_separator).any(|piece| piece == "." || piece == "..");
        let doubled = !lone && inner.split(is_separator).any(str::is_empty);
        if dotted || doubled {
            Self::Relative
        } else if name.starts_with(is_separator) {
            Self::Absolute
        } else {
            Self::Inside
        }
    }
}

/// Why a bucket name is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum BucketNameError {
    /// Not 6 to 63 characters.
    #[error("bucket names have {BUCKET_NAME_LEN_MIN} to {BUCKET_NAME_LEN_MAX} characters")]
    Length,
    /// Another character than ASCII letters, digits and `-`.
    #[error("bucket names consist of letters, digits and '-'")]
    Character,
    /// It starts with `b2-`.
    #[error("bucket names must not start with '{RESERVED_PREFIX}'")]
    Reserved,
}

/// Checks a bucket name (specification 4.2).
///
/// Upper-case letters pass, as the service takes them; new names better have none.
///
/// # Errors
/// The first broken rule.
pub fn check_bucket_name(name: &str) -> Result<(), BucketNameError> {
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        Err(BucketNameError::Character)
    } else if !(BUCKET_NAME_LEN_MIN..=BUCKET_NAME_LEN_MAX).contains(&name.len()) {
        Err(BucketNameError::Length)
    } else if name.starts_with(RESERVED_PREFIX) {
        Err(BucketNameError::Reserved)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString as _;

    use super::*;

    #[test]
    fn todays_rule_refuses_only_what_the_service_refuses() {
        let fault = |name: &str| check(NameRule::Service, name).err().map(|error| error.fault);
        for fine in ["/", "a//b", "\\", &"x".repeat(1024), "..", "\u{80}"] {
            assert_eq!(fault(fine), None, "{fine}");
        }
        assert_eq!(fault(""), Some(NameFault::Empty));
        assert_eq!(fault(&"x".repeat(1025)), Some(NameFault::TooLong { max: 1024 }));
        assert_eq!(fault("a\x1f\n"), Some(NameFault::Control { code: 10 }));
        assert_eq!(fault("a\x7f"), Some(NameFault::Del));
    }

    #[test]
    fn the_text_quotes_the_name_only_on_request() {
        let error = check_upload("a\x01\n").unwrap_err();
        let plain = "Unusable file name: Filename contains code 1 (hex 01), less than 32.";
        assert_eq!(error.to_string(), plain);
        assert!(error.about("a\x01\n").to_string().contains("Filename \"a\\x01\n\" contains"));
    }

    #[test]
    fn one_trailing_separator_is_no_double_one() {
        for (name, class) in [
            ("", PathClass::Inside),
            ("a/", PathClass::Inside),
            ("a//", PathClass::Relative),
            ("a/\\", PathClass::Relative),
            ("/", PathClass::Absolute),
            ("//", PathClass::Relative),
            ("///", PathClass::Relative),
            ("/a/", PathClass::Absolute),
        ] {
            assert_eq!(PathClass::of(name), class, "{name:?}");
        }
    }

    #[test]
    fn bucket_names() {
        assert_eq!(check_bucket_name("my-Bucket0"), Ok(()));
        assert_eq!(check_bucket_name(&"b".repeat(63)), Ok(()));
        assert_eq!(check_bucket_name(&"b".repeat(64)), Err(BucketNameError::Length));
        assert_eq!(check_bucket_name("abcde"), Err(BucketNameError::Length));
        assert_eq!(check_bucket_name("a/../bb"), Err(BucketNameError::Character));
        assert_eq!(check_bucket_name("żółćżółć"), Err(BucketNameError::Character));
        assert_eq!(check_bucket_name("b2-snaps"), Err(BucketNameError::Reserved));
    }
}
