//! Request bodies: described, never carried.
//!
//! Payload bytes do not pass through the core. A [`Body`] says where the bytes are and how their
//! SHA-1 travels; the driver reads, hashes ([`BodyHasher`]) and sends them. JSON bodies are
//! written piece by piece, so that a finish request with 10,000 digests needs no buffer.

use crate::id::{BufferId, SourceId};
use crate::wire::digest::Hasher;
use crate::wire::text::{Decimal, Sha1};
use core::fmt;

mod pieces;

pub use pieces::{BodyPiece, BodyPieces};

/// What a request sends after its head.
#[derive(Clone, Copy)]
pub enum Body<'a> {
    /// Nothing.
    Empty,
    /// Text that is written on demand.
    Json(&'a dyn WriteJson),
    /// Bytes `offset..offset + len` of a source that can be read again.
    Range {
        /// The source.
        source: SourceId,
        /// First byte.
        offset: u64,
        /// Number of bytes.
        len: u64,
        /// How their SHA-1 travels.
        digest: DigestMode,
    },
    /// All `len` bytes of a buffer that was filled before.
    Buffer {
        /// The buffer.
        slot: BufferId,
        /// Number of bytes in it.
        len: u64,
        /// Their SHA-1.
        sha1: Sha1,
    },
    /// Pieces in a row: ranges of sources, and bytes that other requests bring meanwhile.
    Joined {
        /// The pieces in order.
        pieces: &'a dyn BodyPieces,
        /// Bytes in all of them.
        len: u64,
        /// Most bytes that are held of those that other requests bring.
        held_max: u64,
        /// How their SHA-1 travels.
        digest: DigestMode,
    },
}

impl Body<'_> {
    /// How the SHA-1 of a payload travels; none for text.
    pub const fn digest(&self) -> Option<DigestMode> {
        match *self {
            Self::Empty | Self::Json(_) => None,
            Self::Range { digest, .. } | Self::Joined { digest, .. } => Some(digest),
            Self::Buffer { sha1, .. } => Some(DigestMode::Known(sha1)),
        }
    }

    /// Bytes on the wire, for `Content-Length`.
    #[inline(never)]
    pub fn content_len(&self) -> u64 {
        match *self {
            Self::Empty => 0,
            Self::Json(text) => {
                let mut count = ByteCount(0);
                // Counting cannot fail, and a writer of JSON adds no errors of its own.
                let _ = text.write_json(&mut count);
                count.0
            }
            Self::Range { len, digest, .. } | Self::Joined { len, digest, .. } => {
                len.saturating_add(digest.trailer_len())
            }
            Self::Buffer { len, .. } => len,
        }
    }
}

impl fmt::Debug for Body<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Empty => f.write_str("empty"),
            Self::Json(_) => f.write_str("json"),
            Self::Range { offset, len, .. } => {
                write!(f, "{} bytes from {}", Decimal(len), Decimal(offset))
            }
            Self::Buffer { slot, len, .. } => {
                write!(f, "{} bytes of buffer {}", Decimal(len), Decimal(slot.0.into()))
            }
            Self::Joined { len, .. } => write!(f, "{} bytes of several pieces", Decimal(len)),
        }
    }
}

/// How the SHA-1 of a body reaches the service (spec 4.3.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DigestMode {
    /// In a header, known before the first byte is sent.
    Known(Sha1),
    /// As 40 hex digits behind the last byte, computed while sending.
    AtEnd,
}

impl DigestMode {
    /// Bytes the digest adds to the body.
    pub const fn trailer_len(self) -> u64 {
        match self {
            Self::Known(_) => 0,
            Self::AtEnd => 40,
        }
    }
}

/// The value of `X-Bz-Content-Sha1`.
impl fmt::Display for DigestMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(sha1) => sha1.fmt(f),
            Self::AtEnd => f.write_str("hex_digits_at_end"),
        }
    }
}

/// Something that writes itself as JSON.
pub trait WriteJson {
    /// Writes the whole text.
    ///
    /// # Errors
    /// Only those of `out`.
    fn write_json(&self, out: &mut dyn fmt::Write) -> fmt::Result;
}

/// The SHA-1 of a body while it is being sent: [`update`](Self::update) with each piece, then
/// [`finish`](Self::finish) gives what must follow the last one.
///
/// ```
/// use b2_proto::wire::body::{BodyHasher, DigestMode};
///
/// let mut hasher = BodyHasher::new(DigestMode::AtEnd);
/// hasher.update(b"ab");
/// hasher.update(b"c");
/// let (sha1, trailer) = hasher.finish();
/// assert_eq!(sha1.hex(), trailer.unwrap());
/// ```
#[derive(Clone)]
pub struct BodyHasher {
    state: HashState,
}

#[derive(Clone)]
enum HashState {
    Known(Sha1),
    Running(Hasher),
}

impl BodyHasher {
    /// Starts a body whose digest travels as `mode` says; a known digest is not computed again.
    pub fn new(mode: DigestMode) -> Self {
        match mode {
            DigestMode::Known(known) => Self { state: HashState::Known(known) },
            DigestMode::AtEnd => Self { state: HashState::Running(Hasher::default()) },
        }
    }

    /// Takes the next bytes of the body.
    pub fn update(&mut self, bytes: &[u8]) {
        if let HashState::Running(sha1) = &mut self.state {
            sha1.update(bytes);
        }
    }

    /// The digest of the body, and the bytes to send behind it.
    pub fn finish(self) -> (Sha1, Option<[u8; 40]>) {
        match self.state {
            HashState::Known(known) => (known, None),
            HashState::Running(sha1) => {
                let digest = Sha1(sha1.finish());
                (digest, Some(digest.hex()))
            }
        }
    }
}

struct ByteCount(u64);

impl fmt::Write for ByteCount {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 += text.len() as u64;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Greeting;

    impl WriteJson for Greeting {
        fn write_json(&self, out: &mut dyn fmt::Write) -> fmt::Result {
            out.write_str("{\"a\":1}")
        }
    }

    #[test]
    fn lengths_count_what_is_sent() {
        let range = |digest| Body::Range { source: SourceId(0), offset: 7, len: 3, digest };
        assert_eq!(range(DigestMode::AtEnd).content_len(), 43);
        assert_eq!(range(DigestMode::Known(Sha1([0; 20]))).content_len(), 3);
        assert_eq!(Body::Json(&Greeting).content_len(), 7);
        assert_eq!(Body::Empty.content_len(), 0);
    }

    #[test]
    fn a_known_digest_has_no_trailer() {
        let known = Sha1([7; 20]);
        let mut hasher = BodyHasher::new(DigestMode::Known(known));
        hasher.update(b"not looked at");
        assert_eq!(hasher.finish(), (known, None));
    }
}
