//! A stream as a sink: a pipe, a socket, standard output.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use b2_proto::machine::Version;
use b2_proto::wire::text::Sha1;

use super::Sink;
use super::digests::Digests;
use crate::{Error, Reason};

/// A writer that takes bytes only in order. What it took cannot be taken back.
pub struct WriterSink<W> {
    /// The writer, and how many bytes went into it.
    writer: Mutex<(W, u64)>,
    path: PathBuf,
    digests: Digests,
}

impl<W: Write + Send> WriterSink<W> {
    /// Bytes go to `writer`.
    pub fn new(writer: W) -> Self {
        Self::named(writer, Path::new(""))
    }

    /// As [`new`](Self::new); errors name `path`.
    pub fn named(writer: W, path: &Path) -> Self {
        let digests = Digests::new();
        Self { writer: Mutex::new((writer, 0)), path: path.to_owned(), digests }
    }

    /// Gives the writer back.
    pub fn into_inner(self) -> W {
        self.writer.into_inner().unwrap_or_else(PoisonError::into_inner).0
    }

    fn failed(&self, error: &io::Error) -> Error {
        Error::writing(error, &self.path)
    }
}

impl<W: Write + Send> Sink for WriterSink<W> {
    /// Bytes that went out before are not written again: a repeated range has the same ones.
    fn write_at(&self, offset: u64, bytes: &[u8]) -> Result<(), Error> {
        let mut guard = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let (writer, written) = &mut *guard;
        let Some(known) = written.checked_sub(offset) else {
            return Err(Error::new(Reason::TargetInOrderOnly, &self.path));
        };
        let known = usize::try_from(known).unwrap_or(usize::MAX);
        let mut fresh = bytes.get(known..).unwrap_or_default();
        while !fresh.is_empty() {
            match writer.write(fresh) {
                Ok(0) => return Err(self.failed(&io::ErrorKind::WriteZero.into())),
                Ok(count) => {
                    let (done, rest) = fresh.split_at(count.min(fresh.len()));
                    self.digests.wrote(*written, done);
                    *written += done.len() as u64;
                    fresh = rest;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.failed(&error)),
            }
        }
        Ok(())
    }

    fn pin(&self, version: &Version<'_>) {
        self.digests.pin(version.pieces);
    }

    /// Only of what was hashed on the way: nothing can be read back.
    fn digest(&self, offset: u64, len: u64) -> Result<Sha1, Error> {
        let unknown = || Error::new(Reason::TargetInOrderOnly, &self.path);
        self.digests.digest(offset, len, |_, _| Err(unknown()))
    }

    fn commit(&self, len: u64, _modified_ms: Option<u64>) -> Result<(), Error> {
        let mut guard = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        if guard.1 != len {
            return Err(Error::new(Reason::TargetFailed, &self.path));
        }
        guard.0.flush().map_err(|e| self.failed(&e))
    }

    fn is_in_order_only(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes three bytes at a time.
    struct Slow(Vec<u8>);

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let count = bytes.len().min(3);
            self.0.extend_from_slice(&bytes[..count]);
            Ok(count)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn repeats_are_skipped_and_gaps_refused() {
        let sink = WriterSink::new(Slow(Vec::new()));
        sink.write_at(0, b"01234").expect("start");
        sink.write_at(3, b"3456789").expect("overlap");
        sink.write_at(0, b"012").expect("all known");
        let error = sink.write_at(11, b"x").expect_err("gap");
        assert_eq!(error.reason, Reason::TargetInOrderOnly);
        assert!(sink.digest(0, 9).is_err());
        assert_eq!(sink.digest(0, 10), Ok(Sha1::of(b"0123456789")));
        for other in [9, 11] {
            sink.commit(other, None).expect_err("it has 10 bytes");
        }
        sink.commit(10, None).expect("commit");
        assert_eq!(sink.into_inner().0, b"0123456789");
    }
}
