//! Percent-encoding and name rules.

use b2_proto::limits;

/// Undoes percent-encoding, plus as a space; `None` for bad escapes or bytes that are no UTF-8.
pub(crate) fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => hex_value(rest.next()?)? << 4 | hex_value(rest.next()?)?,
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

/// Percent-encodes all but what is always safe (spec section 4.1).
pub(crate) fn percent_encode(text: &str) -> String {
    use core::fmt::Write as _;
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte));
            }
            other => {
                let _ = write!(out, "%{other:02X}");
            }
        }
        out
    })
}

/// Why a file name is refused; `None` when it is fine (spec section 4.2).
pub(crate) fn file_name_fault(name: &str) -> Option<String> {
    if name.is_empty() {
        Some("File names must contain at least one character".to_owned())
    } else if name.len() > limits::FILE_NAME_LEN_MAX {
        Some(format!("File names must not be more than {} bytes", limits::FILE_NAME_LEN_MAX))
    } else if name.bytes().any(|b| b < 0x20 || b == 0x7f) {
        Some("File names must not contain control characters or DELETE".to_owned())
    } else {
        None
    }
}

/// Why a bucket name is refused.
pub(crate) fn bucket_name_fault(name: &str) -> Option<String> {
    if name.len() < limits::BUCKET_NAME_LEN_MIN {
        let min = limits::BUCKET_NAME_LEN_MIN;
        Some(format!("bucketName must be at least {min} characters long"))
    } else if name.len() > limits::BUCKET_NAME_LEN_MAX {
        Some("bucket name is too long".to_owned())
    } else if name.starts_with(limits::RESERVED_PREFIX) {
        Some("bucket names must not start with 'b2-'".to_owned())
    } else if !is_letters_digits_dashes(name) {
        Some("Invalid characters in bucketName: must be alphanumeric or '-'".to_owned())
    } else {
        None
    }
}

/// Whether a key of file info has the right length and characters (spec section 4.3.4).
pub(crate) fn is_info_key(key: &str) -> bool {
    (1..=limits::INFO_KEY_LEN_MAX).contains(&key.len())
        && key.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.`~!#$%^&*'|+".contains(&b))
}

pub(crate) fn is_letters_digits_dashes(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

fn hex_value(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}
