//! Bodies that wait for bytes that other requests of their job bring.

use b2_proto::error::Cause;
use b2_proto::id::ReqId;
use b2_proto::wire::body::{BodyHasher, BodyPiece, BodyPieces, DigestMode};
use b2_proto::wire::text::Sha1;

use crate::exchange::Payloads;
use crate::network;
use crate::who::Who;
use crate::world::World;

/// A body that is not whole yet.
#[derive(Debug)]
pub(crate) struct Pending {
    pieces: Vec<Piece>,
    digest: DigestMode,
}

#[derive(Debug)]
enum Piece {
    Here(Vec<u8>),
    Missing { len: u64, got: Vec<u8> },
}

impl Pending {
    /// Reads what is local of a body, or the part before the trouble.
    pub(crate) fn read(
        pieces: &dyn BodyPieces,
        digest: DigestMode,
        payloads: &dyn Payloads,
    ) -> Result<Self, (Vec<u8>, Cause)> {
        let mut list = Vec::new();
        let mut trouble = None;
        pieces.each(&mut |piece| match piece {
            BodyPiece::Fed { len } => list.push(Piece::Missing { len, got: Vec::new() }),
            BodyPiece::Range { source, offset, len } => {
                match payloads.range(source.0, offset, len) {
                    Ok(bytes) => list.push(Piece::Here(bytes)),
                    Err(told) => trouble = trouble.take().or(Some(told)),
                }
            }
        });
        trouble.map_or(Ok(Self { pieces: list, digest }), Err)
    }

    /// Whether nothing is missing.
    pub(crate) fn is_whole(&self) -> bool {
        self.pieces.iter().all(|piece| match piece {
            Piece::Here(_) => true,
            Piece::Missing { len, got } => got.len() as u64 == *len,
        })
    }

    /// Takes the next bytes that were missing.
    fn put(&mut self, mut bytes: &[u8]) {
        for piece in &mut self.pieces {
            if let Piece::Missing { len, got } = piece {
                let room = crate::world::index(*len) - got.len();
                let (now, later) = bytes.split_at(room.min(bytes.len()));
                got.extend_from_slice(now);
                bytes = later;
            }
        }
        assert!(bytes.is_empty(), "more bytes are brought for a body than it has");
    }

    /// The whole body with its trailing digest, and the digest.
    pub(crate) fn finish(self) -> (Vec<u8>, Sha1) {
        let bytes = self.pieces.into_iter().map(|piece| match piece {
            Piece::Here(bytes) | Piece::Missing { got: bytes, .. } => bytes,
        });
        let mut body: Vec<u8> = bytes.flatten().collect();
        let mut hasher = BodyHasher::new(self.digest);
        hasher.update(&body);
        let (sha1, trailer) = hasher.finish();
        body.extend_from_slice(trailer.as_ref().map_or(&[], |digits| &digits[..]));
        (body, sha1)
    }
}

impl World {
    /// Bytes for the body of a request; the cause when that has ended.
    pub(crate) fn feed(&mut self, who: Who, fed: ReqId, bytes: &[u8]) -> Result<(), Cause> {
        let number = *self.numbers.get(&(who, fed)).ok_or(Cause::SinkFailed)?;
        let exchange = self.flights.get_mut(&number).ok_or(Cause::SinkFailed)?;
        // A source that could not be read ends the body soon, whatever comes.
        let Some(pending) = &mut exchange.pending else { return Ok(()) };
        pending.put(bytes);
        if pending.is_whole()
            && let Some(pending) = exchange.pending.take()
        {
            let (body, sha1) = pending.finish();
            (exchange.body, exchange.sent) = (body, Some(sha1));
            if !exchange.is_early() {
                network::send(&mut self.agenda, &mut self.rng, number, exchange);
            }
        }
        Ok(())
    }
}
