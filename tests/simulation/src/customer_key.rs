//! The customer's key of files with SSE-C, which is the same in every run.

use b2_proto::machine::copy::NamedKey;
use b2_proto::model::CustomerKey;
use b2_proto::op::new_file::CustomerKeyText;

/// Where requests carry the key.
const ALGORITHM: &str = "x-bz-server-side-encryption-customer-algorithm";
const KEY: &str = "x-bz-server-side-encryption-customer-key";
const KEY_MD5: &str = "x-bz-server-side-encryption-customer-key-md5";

fn key() -> CustomerKey {
    CustomerKey::new(core::array::from_fn(|at| u8::try_from(at).unwrap_or(0) ^ 0x5a))
}

const ID: &str = "key of the simulation";

/// As uploads are given it.
pub(crate) fn named() -> NamedKey {
    NamedKey::new(&key(), Some(ID))
}

/// As downloads are given it.
pub(crate) fn text() -> CustomerKeyText {
    CustomerKeyText::new(&key(), Some(ID))
}

/// What must not be shown.
pub(crate) fn secret() -> String {
    key().to_base64().expose().to_owned()
}

/// The headers of an upload or a download.
pub(crate) fn headers() -> [(&'static str, String); 3] {
    [(ALGORITHM, "AES256".to_owned()), (KEY, secret()), (KEY_MD5, key().md5_base64())]
}
