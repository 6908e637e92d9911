//! One connection, encrypted or not, and what has arrived on it.

use core::time::Duration;
use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::sync::Arc;

use b2_local::exchange::{Phase, Trouble};
use rustls::ClientConnection;

use super::input::Input;
use super::watch::Watch;
use crate::cause;
use crate::connect::{Readiness, Stream};

/// How sending ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Sent {
    /// Everything was sent.
    All,
    /// The peer has answered already, or takes no more: the rest is of no use.
    Answered,
}

/// A connection to a peer, ready for a request.
pub(super) struct Connection {
    stream: Arc<dyn Stream>,
    tls: Option<Box<ClientConnection>>,
    /// What has arrived and was not taken yet.
    pub(super) input: Input,
}

impl Connection {
    pub(super) fn new(stream: Arc<dyn Stream>, tls: Option<Box<ClientConnection>>) -> Self {
        Self { stream, tls, input: Input::default() }
    }

    pub(super) const fn stream(&self) -> &Arc<dyn Stream> {
        &self.stream
    }

    /// Sends all of `bufs`, unless the peer answers before.
    pub(super) fn send(
        &mut self,
        mut bufs: &mut [IoSlice<'_>],
        watch: &mut Watch<'_>,
    ) -> Result<Sent, Trouble> {
        loop {
            IoSlice::advance_slices(&mut bufs, 0);
            let pushed = if bufs.is_empty() { self.flush() } else { self.push(bufs) };
            match pushed {
                Ok(_) if bufs.is_empty() => return Ok(Sent::All),
                Ok(0) => return Err(cause::ended(true)),
                Ok(count) => {
                    IoSlice::advance_slices(&mut bufs, count);
                    watch.meter().touch(Phase::Sending);
                    watch.look_if_due()?;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    let ready = watch.wait(&*self.stream, Readiness::BOTH)?;
                    if ready.read && self.has_answer() {
                        return Ok(Sent::Answered);
                    }
                }
                // A peer that has answered and hung up: what has arrived can still be read.
                Err(_) if self.has_answer() && !self.input.is_empty() => return Ok(Sent::Answered),
                Err(error) => return Err(cause::of_exchange(&error, true)),
            }
        }
    }

    /// Whether the peer has said something already, or will not say anything any more. Does not
    /// wait.
    pub(super) fn has_answer(&mut self) -> bool {
        let is_ready = self.stream.wait(Readiness::READ, Duration::ZERO);
        if !is_ready.is_ok_and(|ready| ready.read) {
            return false;
        }
        loop {
            if self.input.is_full() {
                return true;
            }
            match self.fill() {
                // Interim answers come without being asked for; the real one follows the body.
                Ok(count) => return count == 0 || !self.input.bytes().starts_with(b"HTTP/1.1 1"),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // Sending will tell what is wrong.
                Err(_) => return false,
            }
        }
    }

    /// Whether it can still be used after a time in which nobody looked.
    pub(super) fn is_usable(&mut self) -> bool {
        match self.stream.wait(Readiness::READ, Duration::ZERO) {
            Ok(ready) if !ready.read => true,
            // Session tickets may lie there; anything else is the end, or nobody knows what.
            Ok(_) if self.tls.is_some() => {
                self.fill().is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
            }
            Ok(_) | Err(_) => false,
        }
    }

    /// Waits for bytes and adds them to the input; how many, none at the end.
    pub(super) fn fill_input(&mut self, watch: &mut Watch<'_>) -> Result<usize, Trouble> {
        self.waiting(watch, Self::fill)
    }

    /// Waits for bytes that follow those of the input; how many, none at the end.
    pub(super) fn read(&mut self, buf: &mut [u8], watch: &mut Watch<'_>) -> Result<usize, Trouble> {
        self.waiting(watch, |this| pull(&*this.stream, this.tls.as_deref_mut(), buf))
    }

    /// Tries to read until there is something.
    fn waiting(
        &mut self,
        watch: &mut Watch<'_>,
        mut read: impl FnMut(&mut Self) -> io::Result<usize>,
    ) -> Result<usize, Trouble> {
        loop {
            match read(self) {
                Ok(count) => {
                    let is_sending = watch.meter().is_sending();
                    watch.meter().touch(if is_sending { Phase::Sending } else { Phase::Waiting });
                    watch.look_if_due()?;
                    return Ok(count);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    watch.wait(&*self.stream, Readiness::READ)?;
                }
                Err(error) => return Err(cause::of_exchange(&error, watch.meter().is_sending())),
            }
        }
    }

    fn fill(&mut self) -> io::Result<usize> {
        let Self { stream, tls, input } = self;
        input.fill(|space| pull(&**stream, tls.as_deref_mut(), space))
    }

    /// Hands over as many bytes as are taken at once.
    fn push(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        if self.tls.is_none() {
            return self.stream.write(bufs);
        }
        self.flush()?;
        let count = match &mut self.tls {
            Some(tls) => tls.writer().write_vectored(bufs)?,
            None => 0,
        };
        match self.flush() {
            Err(error) if error.kind() != ErrorKind::WouldBlock => Err(error),
            Ok(_) | Err(_) => Ok(count),
        }
    }

    /// Sends what was encrypted and not sent yet.
    fn flush(&mut self) -> io::Result<usize> {
        let mut count = 0;
        if let Some(tls) = &mut self.tls {
            while tls.wants_write() {
                count += tls.write_tls(&mut Raw(&*self.stream))?;
            }
        }
        Ok(count)
    }
}

/// Takes bytes that have arrived.
fn pull(
    stream: &dyn Stream,
    tls: Option<&mut ClientConnection>,
    buf: &mut [u8],
) -> io::Result<usize> {
    let Some(tls) = tls else { return stream.read(buf) };
    loop {
        match tls.reader().read(buf) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            read => return read,
        }
        tls.read_tls(&mut Raw(stream))?;
        tls.process_new_packets().map_err(|error| io::Error::new(ErrorKind::InvalidData, error))?;
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
        Ok(())
    }
}
