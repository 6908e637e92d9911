//! Reading a source to find what it has of an earlier version, and running what follows.

use b2_proto::error::{Error, ErrorKind};
use b2_proto::machine::Machine;
use b2_proto::plan::blocks::Matcher;

use super::io::JobIo;
use super::owner::Listener;
use super::source::SourceHandle;
use super::{BoxFuture, Driver, Flow};
use crate::source::{SharedSource, match_slice};

impl<D: Driver> Flow<D> {
    /// Reads the next slice of a source, on a thread that may wait.
    ///
    /// # Errors
    /// Those of the source.
    pub fn match_next(
        &self,
        source: SharedSource,
        mut matcher: Matcher,
    ) -> BoxFuture<Result<Matcher, Error>> {
        let reading =
            self.driver().unblock(move || match_slice(&*source, &mut matcher).map(|()| matcher));
        let broke_off = || Error::new(ErrorKind::Source, "reading the source broke off");
        Box::pin(async move { reading.await.ok_or_else(broke_off)? })
    }

    /// Runs a job that reads from a source; `len` gives how many bytes it has moved.
    ///
    /// # Errors
    /// Those of the job.
    pub async fn run_reading<M>(
        &self,
        machine: M,
        source: SourceHandle,
        listener: Option<Listener>,
        len: fn(&M::Output) -> u64,
    ) -> Result<M::Output, Error>
    where
        M: Machine + Send + 'static,
        M::Output: Send + 'static,
    {
        let place = self.place().await;
        let running = self.begin(Box::new(machine), JobIo::reading(source), listener, place);
        running.attend(len).await
    }
}
