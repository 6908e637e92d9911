//! What proves that the bytes are the right ones (S11).

use super::DownloadOptions;
use crate::error::{Error, ErrorKind};
use crate::op::download::DownloadRef;
#[cfg(feature = "alloc")]
use crate::part_digests::PartDigests;
use crate::plan::Span;
use crate::plan::pieces::Pieces;
use crate::wire::reply::Headers;
use crate::wire::text::Sha1;

/// What a caller wants from the headers of a download.
pub trait FromHeaders: Sized {
    /// Reads it.
    ///
    /// # Errors
    /// [`Protocol`](ErrorKind::Protocol).
    fn read(headers: &dyn Headers) -> Result<Self, Error>;

    /// The digests of the parts of a file of `file_len` bytes, when the uploader has kept them
    /// and the headers were read so far.
    #[cfg(feature = "alloc")]
    fn part_digests(&self, file_len: u64) -> Option<PartDigests> {
        let _ = file_len;
        None
    }
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
    /// The SHA-1 of each part, which the uploader noted in the file info of a large file.
    PartSha1s,
    /// The SHA-1 the caller demanded.
    ExpectedSha1(Sha1),
    /// Only ID and length: a range was fetched, or no SHA-1 is known.
    Unverified,
}

impl Verified {
    /// The SHA-1 of the whole.
    const fn sha1(self) -> Option<Sha1> {
        match self {
            Self::ServiceSha1(sha1) | Self::LargeFileSha1(sha1) | Self::ExpectedSha1(sha1) => {
                Some(sha1)
            }
            Self::PartSha1s | Self::Unverified => None,
        }
    }
}

/// What the bytes of a job are compared with, piece by piece.
#[derive(Clone, Debug)]
pub(super) struct Proof {
    verified: Verified,
    /// The pieces of the job that have a digest.
    pub(super) pieces: Pieces,
    #[cfg(feature = "alloc")]
    parts: Option<Parts>,
}

/// The parts of a file that the job consists of.
#[cfg(feature = "alloc")]
#[derive(Clone, Debug)]
struct Parts {
    digests: PartDigests,
    /// The index of the first.
    first: u64,
    pieces: Pieces,
}

impl Proof {
    /// The best there is. A digest the caller demands or the service keeps is of the whole; else
    /// digests of parts are better than one of the whole, because ranges that arrive at the same
    /// time need not be read back for them, and a damaged part can be fetched again.
    pub(super) fn find<H: FromHeaders>(
        file: &DownloadRef,
        info: &H,
        options: &DownloadOptions,
        job: Span,
    ) -> Self {
        let is_whole = options.range.is_none();
        let strict = options.expected_sha1.map(Verified::ExpectedSha1);
        let strict = strict.or_else(|| file.sha1.map(Verified::ServiceSha1));
        if let (true, Some(verified)) = (is_whole, strict) {
            return Self::of(verified, Pieces::whole(job.len));
        }
        #[cfg(feature = "alloc")]
        if let Some(parts) = info.part_digests(file.len).and_then(|it| Parts::of(it, job)) {
            let (verified, pieces) = (Verified::PartSha1s, parts.pieces);
            return Self { parts: Some(parts), ..Self::of(verified, pieces) };
        }
        #[cfg(not(feature = "alloc"))]
        let _ = info;
        match file.large_file_sha1 {
            Some(sha1) if is_whole => {
                Self::of(Verified::LargeFileSha1(sha1), Pieces::whole(job.len))
            }
            Some(_) | None => Self::of(Verified::Unverified, Pieces::none(job.len)),
        }
    }

    const fn of(verified: Verified, pieces: Pieces) -> Self {
        Self {
            verified,
            pieces,
            #[cfg(feature = "alloc")]
            parts: None,
        }
    }

    /// What the result says when all pieces have the right digest.
    pub(super) const fn verified(&self) -> Verified {
        self.verified
    }

    /// The SHA-1 a piece must have.
    fn sha1(&self, piece: u64) -> Option<Sha1> {
        #[cfg(feature = "alloc")]
        if let Some(parts) = &self.parts {
            return parts.digests.part(parts.first + piece).map(|(_, sha1)| sha1);
        }
        let _ = piece;
        self.verified.sha1()
    }

    /// Compares a piece with what is known of it.
    pub(super) fn check(&self, piece: u64, digest: Sha1) -> Result<(), Error> {
        let Some(sha1) = self.sha1(piece).filter(|sha1| *sha1 != digest) else { return Ok(()) };
        let message = format_args!("the bytes have the SHA-1 {digest} instead of {sha1}");
        let Some(Span { offset, len }) = self.part(piece) else {
            return Err(Error::with_message(ErrorKind::Corrupted, message));
        };
        let message = format_args!("of {len} bytes from {offset} on, {message}");
        Err(Error::with_message(ErrorKind::Corrupted, message))
    }

    /// A piece that can be fetched again by itself.
    pub(super) fn part(&self, piece: u64) -> Option<Span> {
        if self.verified == Verified::PartSha1s { self.pieces.span(piece) } else { None }
    }
}

#[cfg(feature = "alloc")]
impl Parts {
    /// The parts that together are exactly the bytes of the job.
    fn of(digests: PartDigests, job: Span) -> Option<Self> {
        let spans = || digests.parts().map(|(span, _)| span);
        let first = spans().position(|span| span.offset == job.offset)?;
        let count = spans().skip(first).position(|span| span.end() == job.end())? + 1;
        let (first, count) = (u64::try_from(first).ok()?, u64::try_from(count).ok()?);
        let pieces = Pieces::new(job.len, digests.part(first)?.0.len, count);
        Some(Self { digests, first, pieces })
    }
}
