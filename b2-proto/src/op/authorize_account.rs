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
use crate::wire::text::Text;
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
    let [info, account_id, token] =
        Json::pick(body, ["apiInfo", "accountId", "authorizationToken"])?;
    // Up to version 2 everything is on one level.
    let storage = info.and_then(|info| info.get("storageApi"));
    let storage = storage.map_or(body, |storage| storage.raw().as_bytes());
    let [api_url, download_url, recommended, shortest, older] = Json::pick(
        storage,
        [
            "apiUrl",
            "downloadUrl",
            "recommendedPartSize",
            "absoluteMinimumPartSize",
            "minimumPartSize",
        ],
    )?;
    let mut grant = Grant {
        account_id: Text::new(),
        token: SecretText::EMPTY,
        api_url: Text::new(),
        download_url: Text::new(),
        recommended_part_len: part_len(recommended.or(older))?,
        part_len_min: part_len(shortest.or(older))?,
    };
    let Grant {
        account_id: own_id, token: own_token, api_url: api, download_url: download, ..
    } = &mut grant;
    let texts: [(_, _, &mut dyn fmt::Write); 4] = [
        ("accountId", account_id, own_id),
        ("authorizationToken", token, own_token),
        ("apiUrl", api_url, api),
        ("downloadUrl", download_url, download),
    ];
    for (key, value, kept) in texts {
        value.ok_or(JsonError::Missing { key })?.write_text(kept)?;
    }
    check_token(grant.token.expose())?;
    Ok(grant)
}

/// A token goes into a header as it is.
pub(crate) fn check_token(token: &str) -> Result<(), Error> {
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Error::new(ErrorKind::Protocol, "the answer has no usable token"));
    }
    Ok(())
}

fn part_len(value: Option<Json<'_>>) -> Result<u64, Error> {
    match value.map(|value| value.to_u64()) {
        Some(Ok(len)) if len > 0 => Ok(len),
        Some(_) => Err(Error::new(ErrorKind::Protocol, "the answer has no usable part size")),
        None => Err(Error::new(ErrorKind::Protocol, "the answer has no part size")),
    }
}
