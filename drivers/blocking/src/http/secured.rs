//! TLS over a connection, which is a connection again.

use core::time::Duration;
use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustls::ClientConnection;

use crate::connector::{Readiness, Stream};

/// An encrypted connection, once the two have shaken hands.
pub(super) struct Secured {
    stream: Arc<dyn Stream>,
    /// One thread at a time reads and writes; another one only shuts `stream` down.
    tls: Mutex<ClientConnection>,
}

impl Secured {
    pub(super) const fn new(stream: Arc<dyn Stream>, tls: ClientConnection) -> Self {
        Self { stream, tls: Mutex::new(tls) }
    }

    fn tls(&self) -> MutexGuard<'_, ClientConnection> {
        self.tls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands on what was encrypted.
    fn hand_on(&self, tls: &mut ClientConnection) -> io::Result<()> {
        while tls.wants_write() {
            tls.write_tls(&mut Raw(&*self.stream))?;
        }
        Ok(())
    }

    /// Sends what was encrypted and not sent yet.
    fn send(&self, tls: &mut ClientConnection) -> io::Result<()> {
        self.hand_on(tls)?;
        self.stream.flush()
    }
}

impl Stream for Secured {
    fn read(&self, buf: &mut [u8]) -> io::Result<usize> {
        let mut tls = self.tls();
        loop {
            match tls.reader().read(buf) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                read => return read,
            }
            tls.read_tls(&mut Raw(&*self.stream))?;
            let processed = tls.process_new_packets();
            processed.map_err(|error| io::Error::new(ErrorKind::InvalidData, error))?;
        }
    }

    fn write(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut tls = self.tls();
        self.send(&mut tls)?;
        let count = tls.writer().write_vectored(bufs)?;
        // Without a flush: that it fails does not say that nothing has arrived.
        match self.hand_on(&mut tls) {
            Err(error) if error.kind() != ErrorKind::WouldBlock => Err(error),
            Ok(()) | Err(_) => Ok(count),
        }
    }

    fn flush(&self) -> io::Result<()> {
        self.send(&mut self.tls())
    }

    fn wait(&self, wanted: Readiness, at_most: Duration) -> io::Result<Readiness> {
        // What is held back leaves meanwhile, whatever is waited for.
        let (is_holding, has_bytes) = {
            let tls = self.tls();
            (tls.wants_write(), !tls.wants_read())
        };
        if wanted.read && has_bytes && !is_holding {
            return Ok(Readiness { read: true, write: false });
        }
        let asked = Readiness { write: wanted.write || is_holding, ..wanted };
        let ready = self.stream.wait(asked, at_most)?;
        if is_holding && ready.write {
            // The next use of the connection tells what is wrong.
            let _ = self.flush();
        }
        Ok(Readiness { write: wanted.write && ready.write, ..ready })
    }

    fn shutdown(&self) {
        self.stream.shutdown();
    }
}

/// A stream as the standard library and rustls know it.
pub(super) struct Raw<'a>(pub(super) &'a dyn Stream);

impl Read for Raw<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read(buf)
    }
}

impl Write for Raw<'_> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.0.write(&[IoSlice::new(buf)])
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.write(bufs)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
