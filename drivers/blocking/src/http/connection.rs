//! One connection, and what has arrived on it.

use std::io::{self, ErrorKind, IoSlice};
use std::sync::Arc;

use b2_local::exchange::{Phase, Trouble};

use super::input::Input;
use super::watch::Watch;
use crate::cause;
use crate::connector::{Readiness, Stream};

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
    /// What has arrived and was not taken yet.
    pub(super) input: Input,
}

impl Connection {
    pub(super) fn new(stream: Arc<dyn Stream>) -> Self {
        Self { stream, input: Input::default() }
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
            let sent = match bufs {
                [] => self.stream.flush().map(|()| 0),
                _ => self.stream.write(bufs),
            };
            match sent {
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
        loop {
            if self.input.is_full() {
                return true;
            }
            match self.fill() {
                // Interim answers come without being asked for; the real one follows the body.
                Ok(count) => return count == 0 || !self.input.bytes().starts_with(b"HTTP/1.1 1"),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // There is nothing; or sending will tell what is wrong.
                Err(_) => return false,
            }
        }
    }

    /// Whether it can still be used after a time in which nobody looked: whether nothing has
    /// arrived, neither the end of the connection nor bytes nobody asked for.
    pub(super) fn is_usable(&mut self) -> bool {
        self.fill().is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
    }

    /// Waits for bytes and adds them to the input; how many, none at the end.
    pub(super) fn fill_input(&mut self, watch: &mut Watch<'_>) -> Result<usize, Trouble> {
        self.waiting(watch, Self::fill)
    }

    /// Waits for bytes that follow those of the input; how many, none at the end.
    pub(super) fn read(&mut self, buf: &mut [u8], watch: &mut Watch<'_>) -> Result<usize, Trouble> {
        self.waiting(watch, |this| this.stream.read(buf))
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
        let Self { stream, input } = self;
        input.fill(|space| stream.read(space))
    }
}
