//! What a request learns of the connection that the HTTP library makes for it.
//!
//! The library does not say when it begins to connect and when there is a connection. So a request
//! leaves a note of itself where the library works on it, and a [layer](Noticing) around the
//! library's connector finds it there. The library may also take a connection that another request
//! is done with, and goes on connecting in the background: that the note is not there any more
//! tells so, and that it asks for the [body](Begun).

use b2_local::exchange::Meter;
use b2_local::flow::body::{BodyStopped, SendBody};
use bytes::Bytes;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use http_body::{Body, Frame, SizeHint};
use std::sync::Arc;
use tower_layer::Layer;
use tower_service::Service;

tokio::task_local! {
    static NOTE: Note;
}

/// What is to be known about a request while it is made.
#[derive(Debug)]
pub(crate) struct Note {
    pub(crate) meter: Arc<Meter>,
    /// Longest time that making a connection may take.
    pub(crate) time_max: Duration,
    /// Whether the server wants TLS, and its port.
    pub(crate) is_tls: bool,
    pub(crate) port: u16,
}

impl Note {
    /// Does some work with the note at hand.
    pub(crate) fn during<T>(self, work: impl Future<Output = T>) -> impl Future<Output = T> {
        NOTE.scope(self, work)
    }

    /// Something about the request that is worked on; `None` in the background.
    pub(crate) fn read<T>(of: impl FnOnce(&Self) -> T) -> Option<T> {
        NOTE.try_with(of).ok()
    }
}

/// Has requests notice that connections are made for them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Noticing;

/// A connector that is noticed.
#[derive(Clone, Debug)]
pub(crate) struct Noticed<S>(S);

/// A connection while it is made.
pub(crate) struct Connecting<F> {
    inner: Pin<Box<F>>,
    /// That of the request it is made for.
    meter: Option<Arc<Meter>>,
}

impl<S> Layer<S> for Noticing {
    type Service = Noticed<S>;

    fn layer(&self, connector: S) -> Noticed<S> {
        Noticed(connector)
    }
}

impl<S: Service<R>, R> Service<R> for Noticed<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = Connecting<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, to: R) -> Self::Future {
        let meter = Note::read(|note| {
            note.meter.connecting(note.time_max);
            note.meter.clone()
        });
        Connecting { inner: Box::pin(self.0.call(to)), meter }
    }
}

impl<F> Connecting<F> {
    fn end(&mut self) {
        if let Some(meter) = self.meter.take() {
            meter.connected();
        }
    }
}

impl<F: Future> Future for Connecting<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        if Note::read(|_| ()).is_none() {
            // In the background: the request has another connection.
            self.end();
        }
        self.inner.as_mut().poll(cx)
    }
}

/// Whether it is there, could not be made or is not wanted any more.
impl<F> Drop for Connecting<F> {
    fn drop(&mut self) {
        self.end();
    }
}

/// A body that is asked for only when there is a connection.
pub(crate) struct Begun {
    pub(crate) body: SendBody,
    pub(crate) meter: Arc<Meter>,
}

impl Body for Begun {
    type Data = Bytes;
    type Error = BodyStopped;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyStopped>>> {
        self.meter.connected();
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use b2_local::exchange::Phase;
    use core::convert::Infallible;
    use core::future::{Pending, pending, poll_fn};
    use core::task::Waker;

    /// Never connects.
    struct Never;

    impl Service<()> for Never {
        type Response = ();
        type Error = Infallible;
        type Future = Pending<Result<(), Infallible>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, (): ()) -> Self::Future {
            pending()
        }
    }

    /// A connection that is made for a request, and the request's meter.
    async fn connecting() -> (Connecting<impl Future>, Arc<Meter>) {
        let meter = Arc::new(Meter::new());
        let time_max = Duration::from_secs(3_600);
        let note = Note { meter: meter.clone(), time_max, is_tls: false, port: 80 };
        let mut connector = Noticing.layer(Never);
        let begun = note.during(async {
            let mut connecting = connector.call(());
            poll_fn(|cx| Poll::Ready(Pin::new(&mut connecting).poll(cx).is_pending())).await;
            connecting
        });
        (begun.await, meter)
    }

    #[tokio::test]
    async fn a_request_connects_until_there_is_a_connection_or_none() {
        let (connecting, meter) = connecting().await;
        assert_eq!(meter.phase(), Phase::Connecting);
        drop(connecting);
        assert_eq!(meter.phase(), Phase::Waiting);
    }

    #[tokio::test]
    async fn what_goes_on_in_the_background_is_not_the_requests() {
        let (mut connecting, meter) = connecting().await;
        let mut cx = Context::from_waker(Waker::noop());
        assert!(Pin::new(&mut connecting).poll(&mut cx).is_pending());
        assert_eq!(meter.phase(), Phase::Waiting);
    }

    #[test]
    fn a_body_that_is_asked_for_has_a_connection() {
        let meter = Arc::new(Meter::new());
        meter.connecting(Duration::from_secs(3_600));
        let body = SendBody::Whole(Bytes::from_static(b"abc"));
        let mut body = Begun { body, meter: meter.clone() };
        assert_eq!((body.is_end_stream(), body.size_hint().exact()), (false, Some(3)));
        assert_eq!(meter.phase(), Phase::Connecting);
        let mut cx = Context::from_waker(Waker::noop());
        assert!(Pin::new(&mut body).poll_frame(&mut cx).is_ready());
        assert_eq!(meter.phase(), Phase::Waiting);
    }
}
