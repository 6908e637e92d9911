//! Ranges of sources, read and hashed piece by piece while they are handed out.

use b2_proto::wire::body::{BodyHasher, DigestMode};
use b2_proto::wire::text::Sha1;
use bytes::Bytes;
use std::collections::VecDeque;

use super::outcome::Trouble;
use super::pool::{PIECE_LEN, Pool, SPARE_LEN};
use crate::source::{Filled, RangeReader, SharedSource};

/// Part of a source while it is read and hashed, piece by piece, on a thread that may block.
pub struct SourceRange {
    reader: RangeReader<SharedSource>,
    pool: Pool,
}

/// One piece of a body; the last one carries the digest of all.
#[derive(Debug)]
pub struct Read {
    /// The bytes.
    pub bytes: Bytes,
    /// The SHA-1 of all, with the last piece.
    pub ended: Option<Sha1>,
}

impl SourceRange {
    /// `len` bytes from `offset` on.
    pub fn new(
        source: SharedSource,
        offset: u64,
        len: u64,
        digest: DigestMode,
        pool: Pool,
    ) -> Self {
        Self { reader: RangeReader::new(source, offset, len, digest), pool }
    }

    /// Reads the next piece. Behind the last byte follows what the digest's way asks for, but
    /// only if the source did not change meanwhile.
    ///
    /// # Errors
    /// The source cannot be read, or has changed.
    pub fn read(&mut self) -> Result<Read, Trouble> {
        let mut piece = self.pool.take();
        let mut len = 0;
        // Once for the bytes, once for the digits behind the last one, once for the end.
        while len < PIECE_LEN || self.reader.remaining() <= SPARE_LEN as u64 {
            let space = piece.space().get_mut(len..).unwrap_or_default();
            match self.reader.read(space).map_err(Trouble::from)? {
                0 => break,
                count => len += count,
            }
        }
        Ok(Read { bytes: piece.into_bytes(len), ended: self.reader.sent_sha1() })
    }
}

/// Bytes in memory while they are hashed and handed out.
pub struct MemoryRange {
    bytes: Bytes,
    /// What follows, in pieces of which none is empty.
    rest: VecDeque<Bytes>,
    hasher: Option<BodyHasher>,
    trailer: Option<Bytes>,
}

/// A whole body.
#[derive(Debug)]
pub struct Whole {
    /// The bytes, digits of the digest included.
    pub bytes: Bytes,
    /// Their SHA-1, without the digits.
    pub sha1: Sha1,
}

/// Bytes `offset..offset + len` of a memory source; `None` when there are fewer.
pub fn slice(bytes: &Bytes, offset: u64, len: u64) -> Option<Bytes> {
    let start = usize::try_from(offset).ok()?;
    let end = start.checked_add(usize::try_from(len).ok()?)?;
    (end <= bytes.len()).then(|| bytes.slice(start..end))
}

/// Bytes of memory that are hashed at a time, between two looks at the connection.
const MEMORY_PIECE_LEN: usize = 128 * 1024;

impl MemoryRange {
    /// All of `bytes`.
    pub fn new(bytes: Bytes, digest: DigestMode) -> Self {
        Self::in_pieces(VecDeque::from([bytes]), digest)
    }

    /// All of a buffer.
    pub fn of_buffer(filled: &Filled, digest: DigestMode) -> Self {
        Self::in_pieces(filled.pieces().cloned().collect(), digest)
    }

    fn in_pieces(mut rest: VecDeque<Bytes>, digest: DigestMode) -> Self {
        let bytes = rest.pop_front().unwrap_or_default();
        Self { bytes, rest, hasher: Some(BodyHasher::new(digest)), trailer: None }
    }

    /// How many bytes there are.
    pub fn len(&self) -> u64 {
        self.rest.iter().fold(self.bytes.len() as u64, |sum, piece| sum + piece.len() as u64)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Everything at once, digits of the digest included.
    pub fn read_all(mut self) -> Whole {
        let mut hasher = self.hasher.take().unwrap_or_else(|| BodyHasher::new(DigestMode::AtEnd));
        if !self.rest.is_empty() {
            self.rest.push_front(self.bytes);
            self.bytes = self.rest.iter().flatten().copied().collect();
        }
        hasher.update(&self.bytes);
        let (sha1, trailer) = hasher.finish();
        let bytes = match trailer {
            None => self.bytes,
            Some(digits) => [&self.bytes[..], &digits].concat().into(),
        };
        Whole { bytes, sha1 }
    }

    /// The next piece; after the one with the digest there is none.
    #[allow(clippy::should_implement_trait, reason = "beside the one of files, which can fail")]
    pub fn next(&mut self) -> Option<Read> {
        if let Some(trailer) = self.trailer.take() {
            let (sha1, _) = self.hasher.take()?.finish();
            return Some(Read { bytes: trailer, ended: Some(sha1) });
        }
        let hasher = self.hasher.as_mut()?;
        let bytes = self.bytes.split_to(self.bytes.len().min(MEMORY_PIECE_LEN));
        hasher.update(&bytes);
        if self.bytes.is_empty()
            && let Some(next) = self.rest.pop_front()
        {
            self.bytes = next;
        }
        if !self.bytes.is_empty() {
            return Some(Read { bytes, ended: None });
        }
        let (sha1, trailer) = self.hasher.take()?.finish();
        match trailer {
            None => Some(Read { bytes, ended: Some(sha1) }),
            Some(digits) => {
                self.hasher = Some(BodyHasher::new(DigestMode::Known(sha1)));
                self.trailer = Some(Bytes::copy_from_slice(&digits));
                if bytes.is_empty() { self.next() } else { Some(Read { bytes, ended: None }) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{FileSource, ReadAt as _};
    use b2_proto::error::Cause;
    use std::sync::Arc;

    const ABC_HEX: &[u8] = b"a9993e364706816aba3e25717850c26c9cd0d89d";

    fn memory(bytes: &'static [u8], digest: DigestMode) -> (Vec<u8>, Option<Sha1>) {
        let range = || MemoryRange::new(Bytes::from_static(bytes), digest);
        let whole = range().read_all();
        let mut range = range();
        let (mut all, mut ended) = (Vec::new(), None);
        while let Some(read) = range.next() {
            assert!(ended.is_none(), "a piece follows the last one");
            all.extend_from_slice(&read.bytes);
            ended = read.ended;
        }
        assert_eq!((&whole.bytes[..], Some(whole.sha1)), (&all[..], ended));
        (all, ended)
    }

    #[test]
    fn digits_follow_the_bytes() {
        let (all, ended) = memory(b"abc", DigestMode::AtEnd);
        assert_eq!(all, [b"abc", ABC_HEX].concat());
        assert_eq!(ended, Some(Sha1::of(b"abc")));
        assert_eq!(memory(b"", DigestMode::AtEnd).0.len(), 40);
        let known = Sha1([7; 20]);
        assert_eq!(memory(b"abc", DigestMode::Known(known)), (b"abc".to_vec(), Some(known)));
    }

    fn file(bytes: &[u8]) -> (tempfile::TempDir, Arc<FileSource>) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        std::fs::write(&path, bytes).expect("written");
        let source = FileSource::open(path).expect("there");
        (folder, Arc::new(source))
    }

    #[test]
    fn short_ranges_of_a_file_are_one_piece() {
        let (_folder, source) = file(b"xxabcyy");
        let read = |digest| {
            let mut range = SourceRange::new(source.clone(), 2, 3, digest, Pool::default());
            range.read().expect("read")
        };
        let at_end = read(DigestMode::AtEnd);
        assert_eq!(&at_end.bytes[..], [b"abc", ABC_HEX].concat());
        assert!(at_end.ended.is_some());
        let known = Sha1([7; 20]);
        let with_known = read(DigestMode::Known(known));
        assert_eq!((&with_known.bytes[..], with_known.ended), (&b"abc"[..], Some(known)));
    }

    #[test]
    fn long_ranges_end_with_their_digest() {
        for len in [PIECE_LEN - 1, PIECE_LEN, PIECE_LEN + 1, 3 * PIECE_LEN] {
            let bytes: Vec<u8> = (0..=250).cycle().take(len).collect();
            let (_folder, source) = file(&bytes);
            let mut range =
                SourceRange::new(source, 0, len as u64, DigestMode::AtEnd, Pool::default());
            let mut all = Vec::new();
            let sha1 = loop {
                let read = range.read().expect("read");
                all.extend_from_slice(&read.bytes);
                if let Some(sha1) = read.ended {
                    break sha1;
                }
            };
            assert_eq!(sha1, Sha1::of(&bytes), "{len}");
            assert_eq!(all, [&bytes[..], &sha1.hex()].concat(), "{len}");
        }
    }

    #[test]
    fn a_file_that_grew_or_shrank_is_noticed() {
        for len in [PIECE_LEN - 1, 2 * PIECE_LEN] {
            let (_folder, source) = file(&vec![1; 3 * PIECE_LEN / 2]);
            let wanted = source.len();
            let mut range =
                SourceRange::new(source.clone(), 0, wanted, DigestMode::AtEnd, Pool::default());
            assert!(range.read().expect("first piece").ended.is_none());
            std::fs::write(source.path(), vec![2; len]).expect("written");
            let cause = range.read().map_err(|trouble| trouble.cause).err();
            assert_eq!(cause, Some(Cause::SourceChanged), "{len}");
        }
    }
}
