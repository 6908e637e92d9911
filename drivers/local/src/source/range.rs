//! A range of a source as the body of a request.

use core::ops::Deref;

use b2_proto::wire::body::{BodyHasher, DigestMode};
use b2_proto::wire::text::Sha1;

use super::ReadAt;
use crate::Error;

/// Most bytes that one call of [`RangeReader::read`] gives.
pub const CHUNK_LEN_MAX: usize = 256 * 1024;

/// The bytes of a request's body, pulled piece by piece: those of the range and, for a digest at
/// the end, its 40 digits.
///
/// Before the last byte of the range is given out, or the digest of an empty one, the source is
/// checked once more, so that a request with bytes of a changed source never becomes complete
/// (S15).
///
/// ```
/// use b2_local::source::{MemorySource, RangeReader};
/// use b2_proto::wire::body::DigestMode;
///
/// let source = MemorySource::new(b"0123456789");
/// let mut range = RangeReader::new(&source, 2, 5, DigestMode::AtEnd);
/// let (mut body, mut buf) = (Vec::new(), [0; 16]);
/// while let count @ 1.. = range.read(&mut buf)? {
///     body.extend_from_slice(&buf[..count]);
/// }
/// assert_eq!(body.len(), 45);
/// assert!(body.starts_with(b"23456"));
/// assert_eq!(range.sent_sha1().unwrap().hex(), body[5..]);
/// # Ok::<(), b2_local::Error>(())
/// ```
pub struct RangeReader<S> {
    source: S,
    offset: u64,
    left: u64,
    digest: Digest,
    /// Whether the source is still to be checked before the last byte that comes from it, or before
    /// the digest of none.
    is_unchecked: bool,
}

enum Digest {
    Running(BodyHasher, DigestMode),
    Done { sha1: Sha1, trailer: [u8; 40], trailer_left: usize },
}

impl<S: Deref<Target: ReadAt>> RangeReader<S> {
    /// The bytes `offset..offset + len` of the source, with their digest as `digest` says.
    pub fn new(source: S, offset: u64, len: u64, digest: DigestMode) -> Self {
        let digest = Digest::Running(BodyHasher::new(digest), digest);
        let mut new = Self { source, offset, left: len, digest, is_unchecked: true };
        if len == 0 {
            new.finish_digest();
        }
        new
    }

    /// Fills the front of `buf` with the next bytes and gives their number: at most
    /// [`CHUNK_LEN_MAX`], and 0 when the body is complete or `buf` has no space.
    ///
    /// # Errors
    /// Whatever the source gives; the request cannot be completed then.
    pub fn read(&mut self, buf: &mut [u8]) -> Result<usize, Error> {
        let count = usize::try_from(self.left).unwrap_or(CHUNK_LEN_MAX);
        let count = count.min(CHUNK_LEN_MAX).min(buf.len());
        if self.left == 0 {
            self.check_unchanged()?;
            return Ok(self.read_trailer(buf));
        }
        let Some(chunk @ [_, ..]) = buf.get_mut(..count) else { return Ok(0) };
        self.source.read_exact_at(self.offset, chunk)?;
        if chunk.len() as u64 == self.left {
            self.check_unchanged()?;
        }
        if let Digest::Running(hasher, _) = &mut self.digest {
            hasher.update(chunk);
        }
        self.offset += chunk.len() as u64;
        self.left -= chunk.len() as u64;
        if self.left == 0 {
            self.finish_digest();
        }
        Ok(count)
    }

    /// Bytes still to come, with the digest's.
    pub const fn remaining(&self) -> u64 {
        match &self.digest {
            Digest::Running(_, mode) => self.left.saturating_add(mode.trailer_len()),
            Digest::Done { trailer_left, .. } => *trailer_left as u64,
        }
    }

    /// The SHA-1 of the range, once its last byte was given out.
    pub const fn sent_sha1(&self) -> Option<Sha1> {
        match &self.digest {
            Digest::Running(..) => None,
            Digest::Done { sha1, .. } => Some(*sha1),
        }
    }

    fn check_unchanged(&mut self) -> Result<(), Error> {
        if self.is_unchecked {
            self.source.check_unchanged()?;
            self.is_unchecked = false;
        }
        Ok(())
    }

    fn finish_digest(&mut self) {
        let done = Digest::Done { sha1: Sha1([0; 20]), trailer: [0; 40], trailer_left: 0 };
        if let Digest::Running(hasher, _) = core::mem::replace(&mut self.digest, done) {
            let (sha1, trailer) = hasher.finish();
            let trailer_left = trailer.map_or(0, |digits| digits.len());
            let trailer = trailer.unwrap_or([0; 40]);
            self.digest = Digest::Done { sha1, trailer, trailer_left };
        }
    }

    fn read_trailer(&mut self, buf: &mut [u8]) -> usize {
        let Digest::Done { trailer, trailer_left, .. } = &mut self.digest else { return 0 };
        let unsent = trailer.get(trailer.len() - *trailer_left..).unwrap_or_default();
        let count = unsent.len().min(buf.len());
        for (to, from) in buf.iter_mut().zip(unsent) {
            *to = *from;
        }
        *trailer_left -= count;
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Reason;
    use crate::source::{FileSource, MemorySource};

    fn body(range: &mut RangeReader<&dyn ReadAt>, piece_len: usize) -> Result<Vec<u8>, Error> {
        let (mut out, mut buf) = (Vec::new(), vec![0; piece_len]);
        loop {
            let announced = range.remaining();
            let count = range.read(&mut buf)?;
            assert_eq!(range.remaining(), announced - count as u64);
            match buf.get(..count) {
                Some(piece @ [_, ..]) => out.extend_from_slice(piece),
                Some([]) | None => return Ok(out),
            }
        }
    }

    #[test]
    fn pieces_of_any_length_make_the_same_body() {
        let data: Vec<u8> = (0..=255).cycle().take(600_000).collect();
        let source = MemorySource::new(&data);
        let want = |offset: usize, len: usize| {
            let range = &data[offset..offset + len];
            [range, &Sha1::of(range).hex()].concat()
        };
        for (offset, len) in [(0, 600_000), (1, 0), (599_999, 1), (17, 300_001_usize)] {
            for piece_len in [7, 40, 4096, 1 << 20] {
                let mut range = RangeReader::new(
                    &source as &dyn ReadAt,
                    offset as u64,
                    len as u64,
                    DigestMode::AtEnd,
                );
                assert_eq!(body(&mut range, piece_len).expect("body"), want(offset, len));
                assert_eq!(range.sent_sha1(), Some(Sha1::of(&data[offset..offset + len])));
            }
        }
    }

    #[test]
    fn a_known_digest_is_neither_computed_nor_sent() {
        let source = MemorySource::new(b"abc");
        let known = Sha1([9; 20]);
        let mut range = RangeReader::new(&source as &dyn ReadAt, 0, 3, DigestMode::Known(known));
        assert_eq!(body(&mut range, 2).expect("body"), b"abc");
        assert_eq!(range.sent_sha1(), Some(known));
    }

    #[test]
    fn an_empty_range_of_a_changed_source_never_becomes_complete() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("a");
        std::fs::write(&path, b"").expect("write");
        let source = FileSource::open(&path).expect("open");
        let mut range = RangeReader::new(&source as &dyn ReadAt, 0, 0, DigestMode::AtEnd);
        std::fs::write(&path, b"0123").expect("grow");
        let error = body(&mut range, 6).expect_err("changed");
        assert_eq!(error.reason, Reason::SourceChanged);
        assert_eq!(range.remaining(), 40);
    }

    #[test]
    fn the_last_byte_of_a_changed_source_is_never_given_out() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("a");
        let steps: [fn(&std::path::Path); 2] = [
            |path| std::fs::write(path, b"01234").expect("shrink"),
            |path| std::fs::write(path, b"0123456789abc").expect("grow"),
        ];
        for step in steps {
            std::fs::write(&path, b"0123456789").expect("write");
            let source = FileSource::open(&path).expect("open");
            let mut range = RangeReader::new(&source as &dyn ReadAt, 0, 10, DigestMode::AtEnd);
            assert_eq!(range.read(&mut [0; 4]), Ok(4));
            step(&path);
            let error = body(&mut range, 6).expect_err("changed");
            assert_eq!(error.reason, Reason::SourceChanged);
            assert!(range.remaining() > 40);
        }
    }
}
