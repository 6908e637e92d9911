//! Customer-provided encryption keys (SSE-C) as requests carry them (specification 4.6).

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use md5::{Digest as _, Md5};
use zeroize::Zeroize as _;

use crate::limits::CUSTOMER_KEY_LEN;
use crate::secret::SecretText;
use crate::wire::text::Text;

/// Length of a key in base64.
pub const KEY_BASE64_LEN: usize = 44;
/// Length of the MD5 of a key in base64.
pub const KEY_MD5_BASE64_LEN: usize = 24;

/// The raw key in standard base64, for `customerKey` and the header of that name.
///
/// ```
/// use b2_proto::sse::{key_base64, key_md5_base64};
///
/// let key = [0; 32];
/// assert_eq!(key_base64(&key).expose(), "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
/// assert_eq!(key_md5_base64(&key), "cLyPS3KoaSFGi/joRB3OUQ==");
/// ```
#[must_use]
pub fn key_base64(key: &[u8; CUSTOMER_KEY_LEN]) -> SecretText<KEY_BASE64_LEN> {
    let mut room = [0; KEY_BASE64_LEN];
    let secret = SecretText::new(encode(key, &mut room));
    room.zeroize();
    secret.unwrap_or(SecretText::EMPTY)
}

/// The MD5 of the raw key in standard base64, for `customerKeyMd5` and the header of that name.
///
/// It tells keys apart without giving them away.
#[must_use]
pub fn key_md5_base64(key: &[u8; CUSTOMER_KEY_LEN]) -> Text<KEY_MD5_BASE64_LEN> {
    let mut room = [0; KEY_MD5_BASE64_LEN];
    Text::truncated(encode(&Md5::digest(key), &mut room))
}

/// Encodes into `room`, which the callers make as long as the result.
fn encode<'a>(bytes: &[u8], room: &'a mut [u8]) -> &'a str {
    let written = BASE64_STANDARD.encode_slice(bytes, room).unwrap_or_default();
    room.get(..written).and_then(|text| core::str::from_utf8(text).ok()).unwrap_or_default()
}
