//! Server-side encryption settings (spec section 4.6). Nothing is encrypted here; what matters to
//! clients is which key a version wants.

use b2_proto::limits;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};

use super::model::{Bucket, Sse};
use super::params::Params;
use super::reply::{Checked, Refusal};
use super::request::Request;

pub(super) const SSE_HEADER: &str = "x-bz-server-side-encryption";
pub(super) const CUSTOMER_ALGORITHM: &str = "x-bz-server-side-encryption-customer-algorithm";
pub(super) const CUSTOMER_KEY_MD5: &str = "x-bz-server-side-encryption-customer-key-md5";
const CUSTOMER_KEY: &str = "x-bz-server-side-encryption-customer-key";
const ALGORITHM: &str = "AES256";

impl Sse {
    pub(super) fn is_some(&self) -> bool {
        *self != Self::None
    }
}

/// The setting in the headers of an upload.
pub(super) fn from_headers(request: &Request) -> Checked<Sse> {
    let customer = customer_from_headers(request)?;
    match (request.header(SSE_HEADER), customer) {
        (Some(_), Some(_)) => Err(Refusal::bad_request("SSE-B2 and SSE-C exclude each other")),
        (Some(ALGORITHM), None) => Ok(Sse::B2),
        (Some(other), None) => {
            Err(Refusal::bad_request(format!("Bad server-side encryption: {other}")))
        }
        (None, customer) => Ok(customer.unwrap_or_default()),
    }
}

/// A customer key in the headers of an upload, part or download.
pub(super) fn customer_from_headers(request: &Request) -> Checked<Option<Sse>> {
    let fields = [CUSTOMER_ALGORITHM, CUSTOMER_KEY, CUSTOMER_KEY_MD5].map(|n| request.header(n));
    match fields {
        [None, None, None] => Ok(None),
        [Some(algorithm), Some(key), Some(md5)] => customer(algorithm, key, md5).map(Some),
        _ => Err(Refusal::bad_request("SSE-C needs algorithm, key and MD5 of the key")),
    }
}

/// The setting in a JSON parameter.
pub(super) fn from_params(params: &Params, name: &str) -> Checked<Sse> {
    let Some(setting) = params.object(name)? else { return Ok(Sse::None) };
    let algorithm = || setting.required_text("algorithm");
    match setting.text("mode")? {
        None | Some("none") => Ok(Sse::None),
        Some("SSE-B2") if algorithm()? == ALGORITHM => Ok(Sse::B2),
        Some("SSE-C") => customer(
            algorithm()?,
            setting.required_text("customerKey")?,
            setting.required_text("customerKeyMd5")?,
        ),
        Some(mode) => Err(Refusal::bad_request(format!("Bad server-side encryption: {mode}"))),
    }
}

/// What a new version gets: its own setting, else the bucket's.
pub(super) fn effective(asked: Sse, bucket: &Bucket) -> Sse {
    if asked == Sse::None && bucket.default_sse_b2 { Sse::B2 } else { asked }
}

/// Checks the key given for reading `stored`.
pub(super) fn check_read(stored: &Sse, given: Option<&Sse>) -> Checked<()> {
    match (stored, given) {
        (Sse::Customer { .. }, None | Some(Sse::None | Sse::B2)) => Err(Refusal::bad_request(
            "The object was stored using a form of Server Side Encryption. The correct parameters \
             must be provided to retrieve the object.",
        )),
        (Sse::Customer { key_md5 }, Some(Sse::Customer { key_md5: given })) => {
            let denied = || Refusal::new(403, "access_denied", "Wrong customer key");
            if key_md5 == given { Ok(()) } else { Err(denied()) }
        }
        (Sse::None | Sse::B2, Some(Sse::Customer { .. })) => {
            Err(Refusal::bad_request("The object was not stored with a customer key"))
        }
        (Sse::None | Sse::B2, None | Some(Sse::None | Sse::B2)) => Ok(()),
    }
}

/// Checks the key given for a part of a large file started with `started`.
pub(super) fn check_part(started: &Sse, given: &Sse) -> Checked<()> {
    match (started, given) {
        (Sse::Customer { key_md5 }, Sse::Customer { key_md5: given }) if key_md5 == given => Ok(()),
        (Sse::Customer { .. }, Sse::Customer { .. }) => {
            Err(Refusal::new(403, "access_denied", "Wrong customer key"))
        }
        (Sse::Customer { .. }, _) => {
            Err(Refusal::bad_request("The large file was started with a customer key"))
        }
        (Sse::None | Sse::B2, Sse::None) => Ok(()),
        (Sse::None | Sse::B2, _) => {
            Err(Refusal::bad_request("Encryption is set when a large file is started"))
        }
    }
}

fn customer(algorithm: &str, key: &str, key_md5: &str) -> Checked<Sse> {
    let bad = |what: &str| Refusal::bad_request(format!("SSE-C: {what}"));
    if algorithm != ALGORITHM {
        return Err(bad("the algorithm must be AES256"));
    }
    let key = STANDARD.decode(key).map_err(|_| bad("the key is not base64"))?;
    if key.len() != limits::CUSTOMER_KEY_LEN {
        return Err(bad("the key must have 32 bytes"));
    }
    if STANDARD.encode(Md5::digest(&key)) != key_md5 {
        return Err(bad("the MD5 does not match the key"));
    }
    Ok(Sse::Customer { key_md5: key_md5.to_owned() })
}
