//! What follows the head of a request, ready to be handed out.

use b2_proto::error::Cause;
use b2_proto::wire::body::DigestMode;
use bytes::Bytes;

use super::SHORT_LEN_MAX;
use super::io::{JobIo, read_once};
use super::source::SourceHandle;
use crate::exchange::joined::Joined;
use crate::exchange::pool::Pool;
use crate::exchange::range::{MemoryRange, SourceRange, Whole, slice};
use crate::exchange::{Payload, Trouble};

/// The bytes of a payload, or how to come by them.
pub enum Content {
    /// There are none.
    Nothing,
    /// Text of a call.
    Text(Bytes),
    /// All of a short payload, hashed.
    Whole(Whole),
    /// Bytes in memory, hashed while they are handed out.
    Memory(MemoryRange),
    /// Part of a file, read and hashed while it is handed out, on a thread that may block.
    File(SourceRange),
    /// Several pieces in a row, some of which other requests bring.
    Joined(Joined),
}

impl Content {
    /// Opens a payload. `is_limited` says whether its bytes may have to wait for their turn, so
    /// that they are not handed out all at once.
    ///
    /// # Errors
    /// A source or a buffer is not there, or has fewer bytes than before.
    pub fn open<R: Clone, K>(
        payload: Payload,
        io: &JobIo<R, K>,
        pool: &Pool,
        is_limited: bool,
    ) -> Result<Self, Trouble> {
        let memory = |range: MemoryRange| {
            let is_whole = range.len() <= SHORT_LEN_MAX && (range.is_empty() || !is_limited);
            if is_whole { Self::Whole(range.read_all()) } else { Self::Memory(range) }
        };
        Ok(match payload {
            Payload::Empty => Self::Nothing,
            Payload::Text(text) => Self::Text(text.into()),
            Payload::Buffer { slot, len, sha1 } => {
                memory(MemoryRange::of_buffer(&io.filled(slot, len)?, DigestMode::Known(sha1)))
            }
            Payload::Joined { pieces, digest, .. } => {
                Self::Joined(Joined::new(io.joined(&pieces)?, digest, pool.clone()))
            }
            Payload::Range { source, offset, len, digest } => match io.source(source)? {
                SourceHandle::Memory(bytes) => {
                    let bytes = slice(&bytes, offset, len).ok_or_else(ended_early)?;
                    memory(MemoryRange::new(bytes, digest))
                }
                SourceHandle::Seekable(source) => {
                    Self::File(SourceRange::new(source, offset, len, digest, pool.clone()))
                }
                SourceHandle::Reader(_) => return Err(read_once()),
            },
        })
    }
}

fn ended_early() -> Trouble {
    Trouble::new(Cause::SourceChanged, "the source has fewer bytes than before")
}
