//! The SHA-1 of the pieces of a sink, computed while their bytes arrive in order.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use b2_proto::plan::Span;
use b2_proto::plan::pieces::Pieces;
use b2_proto::wire::body::{BodyHasher, DigestMode};
use b2_proto::wire::text::Sha1;

/// Most pieces that are hashed at the same time. Each lane is in one, and leaves one half done
/// when it ends in the middle; what is not hashed on the way is read back.
const RUNNING_MAX: usize = 256;
/// Bytes that are read back at a time.
const BUFFER_LEN: usize = 256 * 1024;

/// The digests so far. Writers that are not at the end of what is hashed of a piece never wait for
/// the one that is.
pub(crate) struct Digests(Mutex<State>);

#[derive(Default)]
struct State {
    /// None while it is not known of what: then all bytes are one piece.
    pieces: Option<Pieces>,
    running: BTreeMap<u64, Running>,
    done: BTreeMap<u64, Sha1>,
}

/// A piece of which the first bytes are hashed.
struct Running {
    /// Away while somebody hashes.
    hasher: Option<BodyHasher>,
    /// Bytes hashed, and those that are being hashed now.
    len: u64,
    /// Bytes were written again while somebody hashed.
    is_broken: bool,
}

impl Digests {
    pub(crate) fn new() -> Self {
        Self(Mutex::default())
    }

    /// Learns which pieces have a digest that will be asked for, before the first byte is stored.
    /// Nothing else is hashed.
    pub(crate) fn pin(&self, pieces: Pieces) {
        self.lock().pieces.get_or_insert(pieces);
    }

    /// Takes bytes that were stored at `offset`.
    pub(crate) fn wrote(&self, offset: u64, bytes: &[u8]) {
        let (mut offset, mut bytes) = (offset, bytes);
        while let (false, Some((index, span))) = (bytes.is_empty(), self.piece_at(offset)) {
            let room = usize::try_from(span.end() - offset).unwrap_or(usize::MAX);
            let (now, rest) = bytes.split_at(room.min(bytes.len()));
            self.wrote_piece(index, offset - span.offset, now, span.len);
            offset += now.len() as u64;
            bytes = rest;
        }
    }

    fn wrote_piece(&self, index: u64, at: u64, bytes: &[u8], piece_len: u64) {
        let Some(mut hasher) = self.lock().begin(index, at, bytes.len() as u64) else { return };
        hasher.update(bytes);
        let mut state = self.lock();
        let Some(running) = state.running.get_mut(&index) else { return };
        let is_whole = running.len == piece_len;
        if !running.is_broken && !is_whole {
            running.hasher = Some(hasher);
        } else if let Some(Running { is_broken: false, .. }) = state.running.remove(&index) {
            state.done.insert(index, hasher.finish().0);
        }
    }

    /// The SHA-1 of `len` bytes from `offset` on. `read_back(offset, buf)` fills `buf` with stored
    /// bytes.
    pub(crate) fn digest<E>(
        &self,
        offset: u64,
        len: u64,
        mut read_back: impl FnMut(u64, &mut [u8]) -> Result<(), E>,
    ) -> Result<Sha1, E> {
        let (mut hasher, mut at) = match self.hashed(offset, len) {
            Hashed::All(sha1) => return Ok(sha1),
            Hashed::First(hasher, hashed) => (hasher, offset + hashed),
        };
        let end = offset.saturating_add(len);
        let mut buffer = vec![0; usize::try_from(end - at).unwrap_or(BUFFER_LEN).min(BUFFER_LEN)];
        while at < end {
            let count = usize::try_from(end - at).unwrap_or(BUFFER_LEN).min(buffer.len());
            let piece = buffer.get_mut(..count).unwrap_or_default();
            read_back(at, piece)?;
            hasher.update(piece);
            at += piece.len() as u64;
        }
        Ok(hasher.finish().0)
    }

    fn hashed(&self, offset: u64, len: u64) -> Hashed {
        let mut state = self.lock();
        let nothing = || Hashed::First(BodyHasher::new(DigestMode::AtEnd), 0);
        let piece = state.piece_at(offset).filter(|(_, span)| span.offset == offset);
        let Some((index, span)) = piece else { return nothing() };
        if let Some(sha1) = state.done.get(&index).filter(|_| span.len == len) {
            return Hashed::All(*sha1);
        }
        if state.running.get(&index).is_none_or(|it| it.len > len || it.hasher.is_none()) {
            return nothing();
        }
        match state.running.remove(&index) {
            Some(Running { hasher: Some(hasher), len, .. }) => Hashed::First(hasher, len),
            Some(_) | None => nothing(),
        }
    }

    fn piece_at(&self, offset: u64) -> Option<(u64, Span)> {
        self.lock().piece_at(offset)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Hashed {
    All(Sha1),
    /// The first so many bytes.
    First(BodyHasher, u64),
}

impl State {
    fn piece_at(&self, offset: u64) -> Option<(u64, Span)> {
        let Some(pieces) = &self.pieces else {
            return Some((0, Span { offset: 0, len: u64::MAX }));
        };
        let index = pieces.index_of(offset)?;
        pieces.span(index).map(|span| (index, span))
    }

    /// Gives the hasher of a piece to whoever has its next bytes.
    fn begin(&mut self, index: u64, at: u64, len: u64) -> Option<BodyHasher> {
        if self.done.remove(&index).is_some() {
            // Written again: read back in the end.
            return None;
        }
        if at == 0 && self.running.len() < RUNNING_MAX {
            let fresh = || Running {
                hasher: Some(BodyHasher::new(DigestMode::AtEnd)),
                len: 0,
                is_broken: false,
            };
            self.running.entry(index).or_insert_with(fresh);
        }
        let running = self.running.get_mut(&index)?;
        if at < running.len {
            running.is_broken = true;
            if running.hasher.is_some() {
                self.running.remove(&index);
            }
            return None;
        }
        let hasher = if at == running.len { running.hasher.take() } else { None };
        if hasher.is_some() {
            running.len += len;
        }
        hasher
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(len: usize) -> Vec<u8> {
        (0..=250).cycle().take(len).collect()
    }

    /// The digest of a piece, and how many bytes had to be read back for it.
    fn digest(digests: &Digests, data: &[u8], offset: usize, len: usize) -> (Sha1, usize) {
        let mut count = 0;
        let sha1 = digests.digest(offset as u64, len as u64, |at, buf| {
            let at = usize::try_from(at).expect("small");
            buf.copy_from_slice(&data[at..at + buf.len()]);
            count += buf.len();
            Ok::<_, ()>(())
        });
        (sha1.expect("read"), count)
    }

    #[test]
    fn pieces_that_arrive_in_order_are_not_read_back() {
        let data = data(1_050);
        let digests = Digests::new();
        digests.pin(Pieces::new(1_050, 100, 10));
        // Two lanes, which take turns.
        for step in 0..12 {
            for lane in [0, 550] {
                let at = lane + step * 45;
                let end = (at + 45).min(if lane == 0 { 550 } else { 1_050 });
                if at < end {
                    digests.wrote(at as u64, &data[at..end]);
                }
            }
        }
        for index in 0..10 {
            let (at, len) = (index * 100, if index == 9 { 150 } else { 100 });
            let (sha1, read) = digest(&digests, &data, at, len);
            assert_eq!(sha1, Sha1::of(&data[at..at + len]), "{index}");
            // Its first half was to come from the first lane, which ended with step 12.
            assert_eq!(read > 0, index == 5, "{index} {read}");
        }
    }

    #[test]
    fn what_is_written_again_is_read_back() {
        let data = data(200);
        let digests = Digests::new();
        digests.pin(Pieces::new(200, 100, 2));
        digests.wrote(0, &data[..150]);
        digests.wrote(50, &data[50..60]);
        digests.wrote(120, &data[120..200]);
        assert_eq!(digest(&digests, &data, 0, 100), (Sha1::of(&data[..100]), 100));
        assert_eq!(digest(&digests, &data, 100, 100), (Sha1::of(&data[100..]), 100));
    }

    #[test]
    fn a_piece_that_begins_anew_is_hashed_anew() {
        let data = data(100);
        let digests = Digests::new();
        digests.pin(Pieces::whole(100));
        digests.wrote(0, b"damaged");
        digests.wrote(0, &data[..50]);
        assert_eq!(digest(&digests, &data, 0, 100).0, Sha1::of(&data));
    }

    #[test]
    fn nothing_is_hashed_that_nobody_asks_for() {
        let data = data(100);
        let digests = Digests::new();
        digests.pin(Pieces::none(100));
        digests.wrote(0, &data);
        assert!(digests.lock().running.is_empty());
        assert_eq!(digest(&digests, &data, 0, 100), (Sha1::of(&data), 100));
    }

    #[test]
    fn there_are_no_more_hashers_than_that() {
        let digests = Digests::new();
        digests.pin(Pieces::new(4_000, 2, 2_000));
        for piece in 0..2_000 {
            digests.wrote(piece * 2, b"x");
        }
        assert_eq!(digests.lock().running.len(), RUNNING_MAX);
    }
}
