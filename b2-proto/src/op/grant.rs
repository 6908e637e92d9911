//! What a login gives: token, URLs and part sizes.

use crate::error::Error;
#[cfg(feature = "alloc")]
use crate::model::AccountAuthorization;
#[cfg(feature = "alloc")]
use crate::op::authorize_account::check_token;
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

/// What requests need of a login that was kept whole.
///
/// # Errors
/// [`InvalidInput`](crate::error::ErrorKind::InvalidInput) when a text is empty or too long, or the
/// token cannot be sent.
#[cfg(feature = "alloc")]
impl TryFrom<&AccountAuthorization> for Grant {
    type Error = Error;

    fn try_from(account: &AccountAuthorization) -> Result<Self, Error> {
        let damaged = || Error::invalid("the login that was kept is damaged");
        let storage = &account.storage_api;
        let token = account.authorization_token.expose();
        check_token(token).map_err(|_| damaged())?;
        if storage.recommended_part_size == 0 || storage.absolute_minimum_part_size == 0 {
            return Err(damaged());
        }
        Ok(Self {
            account_id: Text::try_from(account.account_id.as_str()).map_err(|_| damaged())?,
            token: SecretText::new(token).ok_or_else(damaged)?,
            api_url: Text::try_from(storage.api_url.as_str()).map_err(|_| damaged())?,
            download_url: Text::try_from(storage.download_url.as_str()).map_err(|_| damaged())?,
            recommended_part_len: storage.recommended_part_size,
            part_len_min: storage.absolute_minimum_part_size,
        })
    }
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;
    use crate::model::{Allowed, StorageApi};

    #[test]
    fn a_kept_login_that_cannot_be_used_is_refused() {
        let kept = |token: &str, part_size| {
            let mut storage = StorageApi::new("http://127.0.0.1:1", Allowed::default());
            storage.recommended_part_size = part_size;
            let account = AccountAuthorization::new("a1".into(), token.into(), storage);
            Grant::try_from(&account)
        };
        let grant = kept("4_token", 100).expect("is fine");
        assert_eq!((grant.account_id.as_str(), grant.token.expose()), ("a1", "4_token"));
        assert_eq!((grant.recommended_part_len, grant.part_len_min), (100, 5_000_000));
        let long = "t".repeat(TOKEN_LEN_MAX + 1);
        for (token, part_size) in [("", 100), ("a b", 100), (&*long, 100), ("4_token", 0)] {
            let error = kept(token, part_size).expect_err("is damaged");
            assert_eq!(error.kind, crate::error::ErrorKind::InvalidInput);
            assert!(token.is_empty() || !error.message.contains(token));
        }
    }
}
