//! `b2_authorize_account` (spec 3.1): from an application key to a token and URLs.

use crate::error::{Error, ErrorKind};
use crate::machine::session::{Credentials, Session};
use crate::op::{CALL_TIMEOUT_MS, Class, Grant, Idempotency, Spec};
use crate::policy::retry::RetryClass;
use crate::secret::SecretText;
use crate::wire::body::{Body, WriteJson};
use crate::wire::head::{Auth, Head};
use crate::wire::json_read::{Json, JsonError};
use crate::wire::reply::Reply;
use crate::wire::text::{Append, Text};
use core::fmt;

/// The login. It needs no token, so it is not an [`Operation`](crate::op::Operation).
#[derive(Clone, Copy, Debug)]
pub struct AuthorizeAccount;

impl AuthorizeAccount {
    /// What is fixed about the operation.
    pub const SPEC: Spec = Spec {
        name: "b2_authorize_account",
        capability: "",
        class: Class::C,
        idempotency: Idempotency::Safe,
        retry: RetryClass::Call,
        timeout_ms: CALL_TIMEOUT_MS,
    };

    /// The request's head.
    pub fn head<'a>(credentials: &'a Credentials, test_mode: Option<&'static str>) -> Head<'a> {
        let auth = Auth::Basic { key_id: &credentials.key_id, key: credentials.key.expose() };
        Head { auth, test_mode, ..Head::json(&credentials.realm, Self::SPEC.name, "") }
    }

    /// The request's body, an empty object.
    pub const fn body() -> Body<'static> {
        Body::Json(&EmptyObject)
    }
}

struct EmptyObject;

impl WriteJson for EmptyObject {
    fn write_json(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        out.write_str("{}")
    }
}

/// Reads the answer into what requests need, and keeps the rest in the session.
// Apart, so that its temporaries do not stay on the stack of a small device.
#[inline(never)]
pub(crate) fn read_grant(cx: &mut Session, reply: &Reply<'_>) -> Result<Grant, Error> {
    let grant = parse(reply.body)?;
    grant.check_urls(cx.credentials().realm())?;
    #[cfg(feature = "alloc")]
    cx.set_account(crate::op::from_json(reply.body)?);
    Ok(grant)
}

/// Reads the answer of any API version from 1 to 4.
///
/// # Errors
/// [`Protocol`](ErrorKind::Protocol) when a field is missing or too long.
// Apart, so that its temporaries do not stay on the stack of a small device.
#[inline(never)]
pub fn parse(body: &[u8]) -> Result<Grant, Error> {
    let mut grant = Grant {
        account_id: Text::new(),
        token: SecretText::EMPTY,
        api_url: Text::new(),
        download_url: Text::new(),
        recommended_part_len: 0,
        part_len_min: 0,
    };
    read_into(&mut grant, body)?;
    check_token(grant.token.expose())?;
    Ok(grant)
}

fn read_into(grant: &mut Grant, body: &[u8]) -> Result<(), JsonError> {
    // Up to version 2 everything is on one level.
    let storage = within(body, "apiInfo").and_then(|info| within(info, "storageApi"));
    let storage = storage.unwrap_or(body);
    keep(body, "accountId", &mut grant.account_id.append())?;
    keep(body, "authorizationToken", &mut grant.token.append())?;
    keep(storage, "apiUrl", &mut grant.api_url.append())?;
    keep(storage, "downloadUrl", &mut grant.download_url.append())?;
    grant.recommended_part_len = part_len(storage, "recommendedPartSize")?;
    grant.part_len_min = part_len(storage, "absoluteMinimumPartSize")?;
    Ok(())
}

/// The value of a field that may be there, as a document of its own.
fn within<'a>(body: &'a [u8], key: &str) -> Option<&'a [u8]> {
    let [value] = Json::pick(body, &[key]).ok()?;
    value.map(|value| value.raw().as_bytes())
}

/// A part size, by its name or by that of version 1.
fn part_len(storage: &[u8], key: &'static str) -> Result<u64, JsonError> {
    let [len, older] = Json::pick(storage, &[key, "minimumPartSize"])?;
    match len.or(older).ok_or(JsonError::Missing { key })?.to_u64()? {
        0 => Err(JsonError::OutOfRange),
        len => Ok(len),
    }
}

/// Writes the text of a field that must be there to where it is kept.
pub(crate) fn keep(body: &[u8], key: &'static str, out: &mut Append<'_>) -> Result<(), JsonError> {
    let [value] = Json::pick(body, &[key])?;
    value.ok_or(JsonError::Missing { key })?.write_text(out)
}

/// A token goes into a header as it is.
pub(crate) fn check_token(token: &str) -> Result<(), Error> {
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Error::new(ErrorKind::Protocol, "the answer has no usable token"));
    }
    Ok(())
}
