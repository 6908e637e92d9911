//! Jobs of a sync that are given up when it is told to stop.

use core::convert::Infallible;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use async_channel::Receiver;
use b2_proto::error::{Error, ErrorKind};
use futures_core::Stream;

use super::BoxFuture;
use crate::sync::{Ended, Job, Listening, Run};

/// Gives jobs up when their run is told to stop; does nothing where nobody can tell it.
#[derive(Debug)]
pub struct Brake(Option<(Receiver<Infallible>, Listening)>);

impl Brake {
    /// The brake of a run.
    pub fn of(run: &Run) -> Self {
        Self(run.stop_signal().map(|stop| {
            // Nothing ever comes; closed by the signal.
            let (signal, signalled) = async_channel::bounded(1);
            let listening = stop.listen(move || {
                signal.close();
            });
            (signalled, listening)
        }))
    }

    /// How a job ends that `carry_out` does, unless it is given up.
    pub fn around(
        &self,
        job: Job,
        carry_out: impl FnOnce(Job) -> BoxFuture<Ended>,
    ) -> BoxFuture<Ended> {
        let Some((signalled, _)) = self.0.as_ref().filter(|_| !job.outlives_a_stop()) else {
            return carry_out(job);
        };
        let failing = job.failing();
        let braked = {
            let (work, signalled) = (carry_out(job), Box::pin(signalled.clone()));
            Braked { work, has_begun: false, signalled }
        };
        Box::pin(async move {
            let given_up = || failing(Error::new(ErrorKind::Cancelled, "the sync was stopped"));
            braked.await.unwrap_or_else(given_up)
        })
    }
}

/// What comes of some work, or nothing when the signal comes first.
struct Braked {
    work: BoxFuture<Ended>,
    has_begun: bool,
    signalled: Pin<Box<Receiver<Infallible>>>,
}

impl Future for Braked {
    type Output = Option<Ended>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Ended>> {
        let this = self.get_mut();
        // What has not begun when the signal comes never does.
        if !this.has_begun && this.signalled.as_mut().poll_next(cx).is_ready() {
            return Poll::Ready(None);
        }
        this.has_begun = true;
        if let Poll::Ready(ended) = this.work.as_mut().poll(cx) {
            return Poll::Ready(Some(ended));
        }
        this.signalled.as_mut().poll_next(cx).map(|_| None)
    }
}
