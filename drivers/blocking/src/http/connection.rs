//! One connection, and what has arrived on it.

use std::io::{self, ErrorKind, IoSlice};
use std::sync::Arc;

use b2_local::exchange::http1::{Awaiting, ReplyHead, Unreadable};
use b2_local::exchange::{Phase, Trouble};
use http::Method;

use super::input::Input;
use super::watch::Watch;
use crate::cause;
use crate::connector::{Readiness, Stream};

/// How sending ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Sent {
    /// Everything.
    All,
    /// The peer has answered already, or takes no more: the rest is of no use.
    Answered,
}

/// A connection to a peer, ready for a request.
pub(super) struct Connection {
    stream: Arc<dyn Stream>,
    /// What has arrived and was not taken yet.
    pub(super) input: Input,
    /// The answer to the request that is being sent, and its head once that is there.
    awaiting: Awaiting,
    head: Option<ReplyHead>,
}

impl Connection {
    pub(super) fn new(stream: Arc<dyn Stream>) -> Self {
        let awaiting = Awaiting::new(Method::GET);
        Self { stream, input: Input::default(), awaiting, head: None }
    }

    /// The next answer is that to a request with this method.
    pub(super) fn expect(&mut self, method: Method) {
        self.awaiting = Awaiting::new(method);
    }

    pub(super) const fn stream(&self) -> &Arc<dyn Stream> {
        &self.stream
    }

    /// Has the connection take all of `bufs`, unless the peer answers before.
    pub(super) fn send(
        &mut self,
        mut bufs: &mut [IoSlice<'_>],
        watch: &mut Watch<'_>,
    ) -> Result<Sent, Trouble> {
        IoSlice::advance_slices(&mut bufs, 0);
        while !bufs.is_empty() {
            match self.sending(watch, |stream| stream.write(bufs))? {
                None => return Ok(Sent::Answered),
                Some(0) => return Err(cause::ended(true)),
                Some(count) => {
                    IoSlice::advance_slices(&mut bufs, count);
                    watch.meter().touch(Phase::Sending);
                    watch.look_if_due()?;
                }
            }
        }
        Ok(Sent::All)
    }

    /// Waits until nothing of what it has taken is held back, unless the peer answers before.
    pub(super) fn flush(&mut self, watch: &mut Watch<'_>) -> Result<Sent, Trouble> {
        let flushed = self.sending(watch, |stream| stream.flush())?;
        Ok(flushed.map_or(Sent::Answered, |()| Sent::All))
    }

    /// Tries to send until something comes of it; none if the peer answers before.
    fn sending<T>(
        &mut self,
        watch: &mut Watch<'_>,
        mut send: impl FnMut(&dyn Stream) -> io::Result<T>,
    ) -> Result<Option<T>, Trouble> {
        loop {
            match send(&*self.stream) {
                Ok(sent) => return Ok(Some(sent)),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    let ready = watch.wait(&*self.stream, Readiness::BOTH)?;
                    if ready.read && self.has_answer() {
                        return Ok(None);
                    }
                }
                Err(error) => {
                    self.has_answer();
                    // A peer that has answered and hung up: what has arrived can still be read.
                    return match self.head.is_none() && self.input.is_empty() {
                        true => Err(cause::of_exchange(&error, true)),
                        false => Ok(None),
                    };
                }
            }
        }
    }

    /// Whether the peer has answered already, or will not any more. Does not wait.
    pub(super) fn has_answer(&mut self) -> bool {
        while self.head.is_none() {
            match self.fill() {
                Ok(0) => return true,
                // Whoever reads the answer is told what is wrong with it.
                Ok(_) => {
                    if self.find_head().is_err() {
                        return true;
                    }
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // There is nothing more; or sending will tell what is wrong.
                Err(_) => return false,
            }
        }
        true
    }

    /// Waits for the head of the answer. One that comes bit by bit is not there before its end, so
    /// all of it has the time that a peer may be silent.
    pub(super) fn read_head(&mut self, watch: &mut Watch<'_>) -> Result<ReplyHead, Trouble> {
        loop {
            self.find_head()?;
            if let Some(head) = self.head.take() {
                return Ok(head);
            }
            // It takes longer than a look for it would.
            watch.wait(&*self.stream, Readiness::READ)?;
            if self.fill_input(watch)? == 0 {
                return Err(cause::ended(watch.meter().is_sending()));
            }
        }
    }

    /// Looks for the head of the answer in what has arrived.
    fn find_head(&mut self) -> Result<(), Unreadable> {
        if self.head.is_none() {
            let (len, head) = self.awaiting.find(self.input.bytes())?;
            self.input.consume(len);
            self.head = head;
        }
        Ok(())
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

    /// Tries to read until there is something. What that says about silence is the caller's to
    /// know.
    fn waiting(
        &mut self,
        watch: &mut Watch<'_>,
        mut read: impl FnMut(&mut Self) -> io::Result<usize>,
    ) -> Result<usize, Trouble> {
        loop {
            match read(self) {
                Ok(count) => {
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
        let Self { stream, input, .. } = self;
        input.fill(|space| stream.read(space))
    }
}
