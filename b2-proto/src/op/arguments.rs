//! Checks that operations share, before anything is sent.

use crate::error::Error;
use crate::wire::text::Plain;

/// Checks a file name as the service does (spec 4.2).
pub(crate) fn check_name(name: &str) -> Result<(), Error> {
    crate::name::check(crate::name::NameRule::Service, name).map_err(|error| {
        let kind = crate::error::ErrorKind::InvalidInput;
        Error::with_message(kind, format_args!("{}", error.of_service()))
    })
}

/// Checks the name of a bucket that exists, as part of a path. Older buckets may have names that
/// new ones cannot have, so only what would change the path is refused.
pub(crate) fn check_bucket_path(text: &str) -> Result<(), Error> {
    let is_legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if text.is_empty() || text.starts_with('.') || !text.bytes().all(is_legal) {
        return Err(Error::invalid("this cannot be the name of a bucket"));
    }
    Ok(())
}

/// Checks that an ID can be one: not empty, not too long, no characters that would need escaping.
pub(crate) fn check_id(what: &str, id: &str) -> Result<(), Error> {
    let is_legal =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b':' | b'.');
    if id.is_empty()
        || id.len() > crate::machine::session::lease::ID_LEN_MAX
        || !id.bytes().all(is_legal)
    {
        let kind = crate::error::ErrorKind::InvalidInput;
        let (what, id) = (Plain(what), crate::name::Hexed(id));
        return Err(Error::with_message(kind, format_args!("not a {what} ID: \"{id}\"")));
    }
    Ok(())
}
