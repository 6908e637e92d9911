//! What a login gives: token, URLs and part sizes.

use crate::error::Error;
use crate::secret::SecretText;
use crate::wire::text::Text;
use crate::wire::url::check_given;

/// Longest account token that is accepted. Known ones have about 80 bytes.
pub const TOKEN_LEN_MAX: usize = 512;
/// Longest base URL that is accepted.
pub const BASE_URL_LEN_MAX: usize = 160;
/// Longest account ID that is accepted; known ones have 12 digits.
pub const ACCOUNT_ID_LEN_MAX: usize = 32;

/// The part of an authorization that requests need (spec 3.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The account's ID, which need not be that of the key.
    pub account_id: Text<ACCOUNT_ID_LEN_MAX>,
    /// The token all calls carry.
    pub token: SecretText<TOKEN_LEN_MAX>,
    /// Base of JSON calls.
    pub api_url: Text<BASE_URL_LEN_MAX>,
    /// Base of downloads.
    pub download_url: Text<BASE_URL_LEN_MAX>,
    /// The part size the service recommends, in bytes.
    pub recommended_part_len: u64,
    /// The smallest part but the last, in bytes.
    pub part_len_min: u64,
}

impl Grant {
    /// Checks that both URLs lead to where the login went (S14).
    ///
    /// # Errors
    /// [`Protocol`](crate::error::ErrorKind::Protocol); see [`check_given`].
    pub fn check_urls(&self, realm: &str) -> Result<(), Error> {
        check_given(realm, &self.api_url)?;
        check_given(realm, &self.download_url)
    }
}
