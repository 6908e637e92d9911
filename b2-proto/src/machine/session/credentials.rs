//! Who logs in, and where.

use core::fmt::Write as _;

use crate::error::Error;
use crate::secret::SecretText;
use crate::wire::text::Text;

/// Longest key ID that is accepted; known ones have 25 characters.
pub const KEY_ID_LEN_MAX: usize = 64;
/// Longest key that is accepted; known ones have 31 characters.
pub const KEY_LEN_MAX: usize = 128;
/// Longest realm URL that is accepted.
pub const REALM_LEN_MAX: usize = 160;

/// The realm of the real service (spec 1.1).
pub const PRODUCTION: &str = "https://api.backblazeb2.com";

/// The URL of a realm: that of a name (`production`, `staging`, `dev`), or the one that it is.
pub fn realm_url(realm: &str) -> &str {
    match realm {
        "production" | "" => PRODUCTION,
        "staging" => "https://api.backblaze.net",
        "dev" => "http://api.backblazeb2.xyz:8180",
        url => url,
    }
}

/// Who logs in, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    pub(crate) key_id: Text<KEY_ID_LEN_MAX>,
    pub(crate) key: SecretText<KEY_LEN_MAX>,
    pub(crate) realm: Text<REALM_LEN_MAX>,
}

impl Credentials {
    /// An application key, and the realm: a name (`production`, `staging`, `dev`) or a URL.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::error::ErrorKind::InvalidInput) when a text is empty or too long,
    /// or the realm is not a URL.
    pub fn new(key_id: &str, key: &str, realm: &str) -> Result<Self, Error> {
        let url = realm_url(realm);
        if key_id.is_empty() || key.is_empty() {
            return Err(Error::invalid("the application key ID and the key must not be empty"));
        }
        if !url.starts_with("https://") && !url.starts_with("http://") {
            return Err(Error::invalid("the realm must be a URL, or production, staging or dev"));
        }
        let is_printable = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_printable(url) || !is_printable(key_id) || !is_printable(key) {
            return Err(Error::invalid("key ID, key and realm must be plain ASCII without spaces"));
        }
        let mut kept = Self { key_id: Text::new(), key: SecretText::EMPTY, realm: Text::new() };
        let is_kept = kept.key_id.append().write_str(key_id).is_ok()
            && kept.key.append().write_str(key).is_ok()
            && kept.realm.append().write_str(url).is_ok();
        if !is_kept {
            return Err(Error::invalid("the key ID, the key or the realm is too long"));
        }
        Ok(kept)
    }

    /// The key's ID.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// The realm's URL.
    pub fn realm(&self) -> &str {
        &self.realm
    }
}
