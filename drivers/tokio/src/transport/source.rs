//! Where the bytes of an upload come from.

use super::cause;
use super::meter::Trouble;
use super::pool::{PIECE_LEN, Pool};
use b2_proto::error::Cause;
use b2_proto::wire::body::{BodyHasher, DigestMode};
use b2_proto::wire::text::Sha1;
use bytes::Bytes;
use core::pin::Pin;
use std::fs::{File, Metadata};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;
use tokio::io::AsyncRead;
use tokio::sync::Mutex;

/// A reader that can be read once.
pub(crate) type BoxedReader = Pin<Box<dyn AsyncRead + Send>>;

/// A source of a job, as its requests share it.
#[derive(Clone)]
pub(crate) enum SourceHandle {
    /// Bytes at hand.
    Memory(Bytes),
    /// A file, opened by each request that reads a part of it.
    File(Arc<FileSource>),
    /// Something that can be read once; it is read into buffers.
    Reader(Arc<Mutex<BoxedReader>>),
}

/// A file as it was when its upload began.
#[derive(Debug)]
pub(crate) struct FileSource {
    path: PathBuf,
    identity: Identity,
}

/// What would differ if the file had been changed or replaced (S15).
#[derive(Clone, PartialEq, Eq, Debug)]
struct Identity {
    len: u64,
    modified: Option<SystemTime>,
    place: Option<(u64, u64)>,
}

impl Identity {
    fn of(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        let place = {
            use std::os::unix::fs::MetadataExt as _;
            Some((metadata.dev(), metadata.ino()))
        };
        #[cfg(not(unix))]
        let place = None;
        Self { len: metadata.len(), modified: metadata.modified().ok(), place }
    }
}

impl FileSource {
    /// Looks at the file; it must be a regular one.
    pub(crate) fn look(path: PathBuf) -> io::Result<Self> {
        let metadata = std::fs::metadata(&path)?;
        if !metadata.is_file() {
            return Err(io::Error::other("not a regular file"));
        }
        let identity = Identity::of(&metadata);
        Ok(Self { path, identity })
    }

    pub(crate) fn len(&self) -> u64 {
        self.identity.len
    }

    /// The modification time in milliseconds since 1970; none before that.
    pub(crate) fn modified_ms(&self) -> Option<u64> {
        let since = self.identity.modified?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
        u64::try_from(since.as_millis()).ok()
    }

    fn check(&self, file: &File) -> Result<(), Trouble> {
        let metadata = file.metadata().map_err(trouble)?;
        if Identity::of(&metadata) == self.identity {
            return Ok(());
        }
        Err(changed())
    }
}

fn changed() -> Trouble {
    Trouble {
        cause: Cause::SourceChanged,
        detail: "the source changed while it was read".to_owned(),
    }
}

fn trouble(error: io::Error) -> Trouble {
    let (cause, detail) = cause::of_source(&error);
    Trouble { cause, detail }
}

/// Part of a file while it is read and hashed, piece by piece, on a thread that may block.
pub(crate) struct FileRange {
    source: Arc<FileSource>,
    file: File,
    left: u64,
    hasher: Option<BodyHasher>,
    pool: Pool,
}

/// One piece of a body; the last one carries the digest of all.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) bytes: Bytes,
    pub(crate) ended: Option<Sha1>,
}

impl FileRange {
    /// Opens the file, which must still be the one that was looked at.
    pub(crate) fn open(
        source: Arc<FileSource>,
        offset: u64,
        len: u64,
        digest: DigestMode,
        pool: Pool,
    ) -> Result<Self, Trouble> {
        let mut file = File::open(&source.path).map_err(trouble)?;
        source.check(&file)?;
        if offset > 0 {
            file.seek(SeekFrom::Start(offset)).map_err(trouble)?;
        }
        let hasher = Some(BodyHasher::new(digest));
        Ok(Self { source, file, left: len, hasher, pool })
    }

    /// Reads the next piece. Behind the last byte follows what the digest's way asks for, but
    /// only if the file did not change meanwhile.
    pub(crate) fn next(&mut self) -> Result<Read, Trouble> {
        let mut piece = self.pool.take();
        let len = usize::try_from(self.left).map_or(PIECE_LEN, |left| left.min(PIECE_LEN));
        let space = piece.space().get_mut(..len).unwrap_or_default();
        match self.file.read_exact(space) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Err(changed()),
            Err(error) => return Err(trouble(error)),
        }
        if let Some(hasher) = &mut self.hasher {
            hasher.update(space);
        }
        self.left -= len as u64;
        if self.left > 0 {
            return Ok(Read { bytes: piece.into_bytes(len), ended: None });
        }
        self.source.check(&self.file)?;
        let Some((sha1, trailer)) = self.hasher.take().map(BodyHasher::finish) else {
            return Err(changed());
        };
        let mut end = len;
        if let Some(digits) = trailer {
            end += digits.len();
            if let Some(space) = piece.space().get_mut(len..end) {
                space.copy_from_slice(&digits);
            }
        }
        Ok(Read { bytes: piece.into_bytes(end), ended: Some(sha1) })
    }
}

/// Bytes in memory while they are hashed and handed out.
pub(crate) struct MemoryRange {
    bytes: Bytes,
    hasher: Option<BodyHasher>,
    trailer: Option<Bytes>,
}

/// Bytes of memory that are hashed at a time, between two looks at the connection.
const MEMORY_PIECE_LEN: usize = 128 * 1024;

impl MemoryRange {
    pub(crate) fn new(bytes: Bytes, digest: DigestMode) -> Self {
        Self { bytes, hasher: Some(BodyHasher::new(digest)), trailer: None }
    }

    /// The next piece; after the one with the digest there is none.
    pub(crate) fn next(&mut self) -> Option<Read> {
        if let Some(trailer) = self.trailer.take() {
            let (sha1, _) = self.hasher.take()?.finish();
            return Some(Read { bytes: trailer, ended: Some(sha1) });
        }
        let hasher = self.hasher.as_mut()?;
        let bytes = self.bytes.split_to(self.bytes.len().min(MEMORY_PIECE_LEN));
        hasher.update(&bytes);
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

    const ABC_HEX: &[u8] = b"a9993e364706816aba3e25717850c26c9cd0d89d";

    fn memory(bytes: &'static [u8], digest: DigestMode) -> (Vec<u8>, Option<Sha1>) {
        let mut range = MemoryRange::new(Bytes::from_static(bytes), digest);
        let (mut all, mut ended) = (Vec::new(), None);
        while let Some(read) = range.next() {
            assert!(ended.is_none(), "a piece follows the last one");
            all.extend_from_slice(&read.bytes);
            ended = read.ended;
        }
        (all, ended)
    }

    #[test]
    fn digits_follow_the_bytes() {
        let (all, ended) = memory(b"abc", DigestMode::AtEnd);
        assert_eq!(all, [b"abc", ABC_HEX].concat());
        assert_eq!(ended.map(Sha1::hex).as_ref().map(<[u8; 40]>::as_slice), Some(ABC_HEX));
        assert_eq!(memory(b"", DigestMode::AtEnd).0.len(), 40);
        let known = Sha1([7; 20]);
        assert_eq!(memory(b"abc", DigestMode::Known(known)), (b"abc".to_vec(), Some(known)));
    }

    fn file(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        std::fs::write(&path, bytes).expect("written");
        (folder, path)
    }

    #[test]
    fn a_file_is_read_from_an_offset() {
        let (_folder, path) = file(b"xxabcyy");
        let source = Arc::new(FileSource::look(path).expect("there"));
        let mut range = FileRange::open(source, 2, 3, DigestMode::AtEnd, Pool::default())
            .expect("the same file");
        let read = range.next().expect("read");
        assert_eq!(&read.bytes[..], [b"abc", ABC_HEX].concat());
        assert!(read.ended.is_some());
    }

    #[test]
    fn a_file_that_grew_or_shrank_is_noticed() {
        let cause = |result: Result<Read, Trouble>| result.map_err(|trouble| trouble.cause).err();
        for len in [PIECE_LEN - 1, 2 * PIECE_LEN] {
            let (_folder, path) = file(&vec![1; 3 * PIECE_LEN / 2]);
            let source = Arc::new(FileSource::look(path.clone()).expect("there"));
            let wanted = source.len();
            let mut range =
                FileRange::open(source.clone(), 0, wanted, DigestMode::AtEnd, Pool::default())
                    .expect("the same file");
            assert!(range.next().expect("first piece").ended.is_none());
            std::fs::write(&path, vec![2; len]).expect("written");
            assert_eq!(cause(range.next()), Some(Cause::SourceChanged));
            let again = FileRange::open(source, 0, 1, DigestMode::AtEnd, Pool::default());
            assert_eq!(again.err().map(|trouble| trouble.cause), Some(Cause::SourceChanged));
        }
    }
}
