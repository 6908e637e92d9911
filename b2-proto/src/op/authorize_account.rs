//! `b2_authorize_account` (spec 3.1): from an application key to a token and URLs.

use crate::error::{Error, ErrorKind};
use crate::machine::session::{Credentials, Session};
use crate::op::{CALL_TIMEOUT_MS, Class, Grant, Idempotency, Spec};
use crate::policy::retry::RetryClass;
use crate::secret::SecretText;
use crate::wire::body::{Body, WriteJson};
use crate::wire::head::{Auth, Head};
use crate::wire::json_read::Json;
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
    let json = Json::parse(body)?;
    let storage = json.at(&["apiInfo", "storageApi"]).unwrap_or(json);
    let mut grant = Grant {
        account_id: Text::new(),
        token: SecretText::EMPTY,
        api_url: Text::new(),
        download_url: Text::new(),
        recommended_part_len: part_len(&storage, &["recommendedPartSize", "minimumPartSize"])?,
        part_len_min: part_len(&storage, &["absoluteMinimumPartSize", "minimumPartSize"])?,
    };
    json.write_field("accountId", &mut grant.account_id)?;
    json.write_field("authorizationToken", &mut grant.token)?;
    check_token(grant.token.expose())?;
    storage.write_field("apiUrl", &mut grant.api_url)?;
    storage.write_field("downloadUrl", &mut grant.download_url)?;
    Ok(grant)
}

/// A token goes into a header as it is.
pub(crate) fn check_token(token: &str) -> Result<(), Error> {
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Error::new(ErrorKind::Protocol, "the answer has no usable token"));
    }
    Ok(())
}

fn part_len(storage: &Json<'_>, names: &[&'static str]) -> Result<u64, Error> {
    let value = names.iter().find_map(|name| storage.present(name));
    match value.map(|value| value.to_u64()) {
        Some(Ok(len)) if len > 0 => Ok(len),
        Some(_) => Err(Error::new(ErrorKind::Protocol, "the answer has no usable part size")),
        None => Err(Error::new(ErrorKind::Protocol, "the answer has no part size")),
    }
}
