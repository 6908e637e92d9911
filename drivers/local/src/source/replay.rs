//! A source whose readers are opened as often as they are needed.

use std::fmt;
use std::io::{self, Read};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use b2_proto::machine::LANES_MAX;

use super::ReadAt;
use crate::{Error, Reason};

type Reader = Box<dyn Read + Send>;
type Open = Box<dyn Fn(u64) -> io::Result<Reader> + Send + Sync>;

/// Bytes that a function opens at any offset, as often as it is asked to: an object in another
/// store, a member of an archive, content that is computed.
///
/// Readers that were read to where the next request goes on are kept, one for each of the
/// [`LANES_MAX`] lanes a job may have, so a part costs one call of the function unless it has to
/// be sent again.
///
/// ```
/// use b2_local::source::{ReadAt as _, Replay};
/// use std::io::{Cursor, Read};
///
/// const TEXT: &[u8] = b"0123456789";
/// let replay = Replay::new(10, |offset| Ok(Cursor::new(&TEXT[offset as usize..])));
/// let mut bytes = [0; 4];
/// replay.read_exact_at(5, &mut bytes)?;
/// assert_eq!(&bytes, b"5678");
/// # Ok::<(), b2_local::Error>(())
/// ```
pub struct Replay {
    len: u64,
    open: Open,
    /// Where each of them goes on. The one that was used last is at the end.
    idle: Mutex<Vec<(u64, Reader)>>,
}

impl Replay {
    /// `len` bytes; `open` gives a reader of those from an offset on.
    ///
    /// Each time, the same bytes must come. If they do not, the service refuses a part that was
    /// read before; a small file, or one sent in [one pass](crate::upload_face), is what came when
    /// it was sent.
    pub fn new<R: Read + Send + 'static>(
        len: u64,
        open: impl Fn(u64) -> io::Result<R> + Send + Sync + 'static,
    ) -> Self {
        let open = move |offset| -> io::Result<Reader> { Ok(Box::new(open(offset)?)) };
        Self { len, open: Box::new(open), idle: Mutex::default() }
    }

    fn take(&self, offset: u64) -> Option<Reader> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let at = idle.iter().position(|(next, _)| *next == offset)?;
        Some(idle.remove(at).1)
    }

    fn keep(&self, next: u64, reader: Reader) {
        if next >= self.len {
            return;
        }
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() >= LANES_MAX {
            drop(idle.remove(0));
        }
        idle.push((next, reader));
    }
}

impl ReadAt for Replay {
    fn len(&self) -> u64 {
        self.len
    }

    fn modified_ms(&self) -> Option<u64> {
        None
    }

    fn path(&self) -> &Path {
        Path::new("")
    }

    fn read_exact_at(&self, offset: u64, buf: &mut [u8]) -> Result<(), Error> {
        let failed = |error: &io::Error| {
            let is_short = error.kind() == io::ErrorKind::UnexpectedEof;
            let reason = if is_short { Reason::SourceChanged } else { Reason::SourceUnreadable };
            Error::from_system(reason, error, self.path())
        };
        let mut reader = match self.take(offset) {
            Some(reader) => reader,
            None => (self.open)(offset).map_err(|error| failed(&error))?,
        };
        reader.read_exact(buf).map_err(|error| failed(&error))?;
        self.keep(offset + buf.len() as u64, reader);
        Ok(())
    }

    /// What a function gives cannot be told from what it gave before.
    fn check_unchanged(&self) -> Result<(), Error> {
        Ok(())
    }
}

impl fmt::Debug for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replay").field("len", &self.len).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::sync::atomic::{AtomicU64, Ordering};
    use std::io::Cursor;
    use std::sync::Arc;

    #[test]
    fn a_reader_is_opened_only_where_none_goes_on() {
        let opened = Arc::new(AtomicU64::new(0));
        let count = opened.clone();
        let replay = Replay::new(100, move |offset| {
            count.fetch_add(1, Ordering::Relaxed);
            let mut reader = Cursor::new((0..100).collect::<Vec<u8>>());
            reader.set_position(offset);
            Ok(reader)
        });
        let read = |offset: u8| {
            let mut buf = [0; 10];
            replay.read_exact_at(offset.into(), &mut buf).expect("read");
            assert_eq!(buf[9], offset + 9);
        };
        // Two lanes in turn, then a part of the first once more.
        for offset in [0, 50, 10, 60, 20, 70] {
            read(offset);
        }
        assert_eq!(opened.load(Ordering::Relaxed), 2);
        read(10);
        assert_eq!(opened.load(Ordering::Relaxed), 3);
    }

    #[test]
    fn readers_that_are_kept_are_bounded() {
        let replay = Replay::new(1 << 20, |_| Ok(io::repeat(7)));
        for lane in 0..3 * LANES_MAX as u64 {
            replay.read_exact_at(lane * 1000, &mut [0; 10]).expect("read");
        }
        assert_eq!(replay.idle.lock().expect("whole").len(), LANES_MAX);
    }

    #[test]
    fn trouble_is_told() {
        let short = Replay::new(10, |_| Ok(Cursor::new(b"123")));
        let error = short.read_exact_at(0, &mut [0; 10]).expect_err("too short");
        assert_eq!(error.reason, Reason::SourceChanged);
        let broken = Replay::new(10, |_| -> io::Result<io::Empty> {
            Err(io::Error::other("the archive is damaged"))
        });
        let error = broken.read_exact_at(0, &mut [0; 1]).expect_err("broken");
        assert_eq!(error.reason, Reason::SourceUnreadable);
        assert!(error.to_string().contains("the archive is damaged"));
    }
}
