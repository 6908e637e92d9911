//! What must hold of each answer (S7) and of the whole (S11).

use crate::error::{Error, ErrorKind};
use crate::op::download::DownloadRef;
use crate::plan::Span;
use crate::wire::range::ByteRange;
use crate::wire::reply::Headers;
use crate::wire::text::Sha1;

/// What a caller wants from the headers of a download.
pub trait FromHeaders: Sized {
    /// Reads it.
    ///
    /// # Errors
    /// [`Protocol`](ErrorKind::Protocol).
    fn read(headers: &dyn Headers) -> Result<Self, Error>;
}

/// Nothing.
impl FromHeaders for () {
    fn read(_headers: &dyn Headers) -> Result<Self, Error> {
        Ok(())
    }
}

/// What proves that the bytes are the right ones.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verified {
    /// The SHA-1 the service keeps for the file.
    ServiceSha1(Sha1),
    /// The SHA-1 the uploader noted in the file info of a large file.
    LargeFileSha1(Sha1),
    /// The SHA-1 the caller demanded.
    ExpectedSha1(Sha1),
    /// Only ID and length: a range was fetched, or no SHA-1 of the whole file is known.
    Unverified,
}

/// The bytes of the job within the file.
pub(super) fn job_span(file: &DownloadRef, range: Option<ByteRange>) -> Result<Span, Error> {
    let Some(range) = range else {
        let whole = Span { offset: 0, len: file.len };
        return if file.span == whole { Ok(whole) } else { Err(other_bytes(file.span, whole)) };
    };
    let wanted = Span { offset: range.first, len: range.len() };
    // The service may serve fewer bytes than asked for when the file ends before; that is an
    // error here, because the caller would take the rest for granted.
    if file.span == wanted { Ok(wanted) } else { Err(other_bytes(file.span, wanted)) }
}

fn other_bytes(got: Span, wanted: Span) -> Error {
    let kind = if got.offset == wanted.offset && got.len < wanted.len {
        ErrorKind::RangeNotSatisfiable
    } else {
        ErrorKind::Protocol
    };
    Error::with_message(
        kind,
        format_args!(
            "asked for {} bytes from {}, the answer has {} from {}",
            wanted.len, wanted.offset, got.len, got.offset
        ),
    )
}

/// Checks a later answer against the first: the same version, the same length, the bytes asked for.
pub(super) fn same_file(
    file: &DownloadRef,
    pinned: Option<(&DownloadRef, Span)>,
    wanted: Option<Span>,
) -> Result<(), Error> {
    let (Some((first, job)), Some(wanted)) = (pinned, wanted) else { return Ok(()) };
    if file.file_id != first.file_id || file.len != first.len {
        let message = "the file was replaced while it was downloaded";
        return Err(Error::new(ErrorKind::Conflict, message));
    }
    let wanted = Span { offset: job.offset + wanted.offset, len: wanted.len };
    if file.span == wanted { Ok(()) } else { Err(other_bytes(file.span, wanted)) }
}

/// The SHA-1 the whole file must have, and who says so.
pub(super) fn known_sha1(file: &DownloadRef, expected: Option<Sha1>) -> Option<Verified> {
    expected
        .map(Verified::ExpectedSha1)
        .or_else(|| file.sha1.map(Verified::ServiceSha1))
        .or_else(|| file.large_file_sha1.map(Verified::LargeFileSha1))
}

/// Compares what was stored with what is known.
pub(super) fn verify(
    file: &DownloadRef,
    expected: Option<Sha1>,
    digest: Option<Sha1>,
) -> Result<Verified, Error> {
    let (Some(known), Some(digest)) = (known_sha1(file, expected), digest) else {
        return Ok(Verified::Unverified);
    };
    let (Verified::ServiceSha1(sha1)
    | Verified::LargeFileSha1(sha1)
    | Verified::ExpectedSha1(sha1)) = known
    else {
        return Ok(known);
    };
    if sha1 == digest {
        return Ok(known);
    }
    Err(Error::with_message(
        ErrorKind::Corrupted,
        format_args!("the bytes have the SHA-1 {digest} instead of {sha1}"),
    ))
}
