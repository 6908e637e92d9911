//! Upload URLs as leases: taken by one request, given back after a success, lost after anything
//! else (spec 4.3.1).
//!
//! A [`Lease`] is neither `Clone` nor `Copy`: who holds it is the only one who can use the URL.

use crate::error::Error;
use crate::op::Spec;
use crate::op::authorize_account::{check_token, keep};
use crate::op::get_upload_part_url::SPEC as GET_UPLOAD_PART_URL;
use crate::op::get_upload_url::SPEC as GET_UPLOAD_URL;
use crate::secret::SecretText;
use crate::time::Instant;
use crate::wire::body::WriteJson;
use crate::wire::json_write::Writer;
use crate::wire::reply::Reply;
use crate::wire::text::Text;
use crate::wire::url::check_given;
use core::fmt;

/// Longest upload URL that is accepted. Known ones have about 150 bytes.
pub const UPLOAD_URL_LEN_MAX: usize = 384;
/// Longest upload token that is accepted.
pub const UPLOAD_TOKEN_LEN_MAX: usize = 256;
/// Longest bucket or file ID that is accepted (spec 1.5).
pub const ID_LEN_MAX: usize = crate::limits::FILE_ID_LEN_MAX;
/// URLs are good for 24 hours; one that is nearly that old is not used any more.
pub const LEASE_AGE_MS_MAX: u64 = 23 * 3_600_000;

/// What an upload URL is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeaseFor {
    /// Files of this bucket.
    Bucket(Text<ID_LEN_MAX>),
    /// Parts of this large file.
    LargeFile(Text<ID_LEN_MAX>),
}

impl LeaseFor {
    /// What is fixed about the call that gets such a URL.
    pub const fn spec(&self) -> &'static Spec {
        match self {
            Self::Bucket(_) => &GET_UPLOAD_URL,
            Self::LargeFile(_) => &GET_UPLOAD_PART_URL,
        }
    }

    /// Reads the answer to that call.
    ///
    /// # Errors
    /// [`Protocol`](crate::error::ErrorKind::Protocol), also when the URL points away from
    /// `realm`.
    pub fn read(
        self,
        realm: &str,
        reply: &Reply<'_>,
        now: Instant,
        epoch: u32,
    ) -> Result<Lease, Error> {
        let mut lease = Lease::empty(now, epoch);
        lease.read(&self, realm, reply.body)?;
        Ok(lease)
    }
}

/// The body of the call that gets such a URL.
impl WriteJson for LeaseFor {
    fn write_json(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let (key, id) = match self {
            Self::Bucket(id) => ("bucketId", id),
            Self::LargeFile(id) => ("fileId", id),
        };
        Writer::new(out).object(|out| out.key(key)?.string(id))
    }
}

/// An upload URL with its token, held by one request.
#[derive(Debug, PartialEq, Eq)]
pub struct Lease {
    pub(crate) target: LeaseFor,
    pub(crate) url: SecretText<UPLOAD_URL_LEN_MAX>,
    pub(crate) token: SecretText<UPLOAD_TOKEN_LEN_MAX>,
    pub(crate) taken_at: Instant,
    /// The login under which it was got.
    pub(crate) epoch: u32,
}

impl Lease {
    /// One without a URL, to be read into.
    pub(crate) const fn empty(taken_at: Instant, epoch: u32) -> Self {
        Self {
            target: LeaseFor::Bucket(Text::new()),
            url: SecretText::EMPTY,
            token: SecretText::EMPTY,
            taken_at,
            epoch,
        }
    }

    /// Reads what the service answers to the request for a URL for `target`.
    pub(crate) fn read(
        &mut self,
        target: &LeaseFor,
        realm: &str,
        body: &[u8],
    ) -> Result<(), Error> {
        keep(body, "uploadUrl", &mut self.url.append())?;
        keep(body, "authorizationToken", &mut self.token.append())?;
        check_given(realm, self.url.expose())?;
        check_token(self.token.expose())?;
        self.target.clone_from(target);
        Ok(())
    }

    /// Whether the service may have forgotten the URL by now.
    pub(crate) const fn is_old(&self, now: Instant) -> bool {
        now.since_ms(self.taken_at) >= LEASE_AGE_MS_MAX
    }
}
