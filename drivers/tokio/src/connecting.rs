//! What a request learns of the connection that the HTTP library makes for it.
//!
//! The library does not say when it begins to connect and when there is a connection. That it asks
//! for the [body](Begun) of a request tells that there is one. A request without a body leaves a
//! note of itself where the library works on it, and a [layer](Noticing) around the library's
//! connector finds it there. The library may also take a connection that another request is done
//! with, and goes on connecting in the background: that the note is not there any more tells so.

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
pub(crate) struct Note {
    pub(crate) meter: Arc<Meter>,
    /// Longest time that making a connection may take.
    pub(crate) time_max: Duration,
    /// Where the request goes. It may be a secret.
    pub(crate) url: String,
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
    /// The request has a connection, this or another one.
    fn end(&mut self) {
        if let Some(meter) = self.meter.take() {
            meter.connected();
        }
    }
}

impl<F: Future<Output = Result<T, E>>, T, E> Future for Connecting<F> {
    type Output = Result<T, E>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let polled = self.inner.as_mut().poll(cx);
        if matches!(polled, Poll::Ready(Ok(_))) || is_in_background() {
            self.end();
        }
        polled
    }
}

/// A request whose connection cannot be made, or not in time, never has one.
impl<F> Drop for Connecting<F> {
    fn drop(&mut self) {
        if is_in_background() {
            self.end();
        }
    }
}

fn is_in_background() -> bool {
    Note::read(|_| ()).is_none()
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
    use core::future::{PollFn, poll_fn};
    use core::task::Waker;

    /// Connects at once, or fails to, or never does.
    struct Connector(Poll<Result<(), ()>>);

    impl Service<()> for Connector {
        type Response = ();
        type Error = ();
        type Future = PollFn<Box<dyn FnMut(&mut Context<'_>) -> Poll<Result<(), ()>>>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ()>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, (): ()) -> Self::Future {
            let polled = self.0;
            poll_fn(Box::new(move |_| polled))
        }
    }

    /// What a request is told of a connection, in the request itself and then in the background.
    async fn phases(connector: Poll<Result<(), ()>>) -> [Phase; 2] {
        let meter = Arc::new(Meter::new());
        let time_max = Duration::from_secs(3_600);
        let note = Note { meter: meter.clone(), time_max, url: String::new() };
        let mut connector = Noticing.layer(Connector(connector));
        let begun = note.during(async {
            let mut connecting = connector.call(());
            assert_eq!(meter.phase(), Phase::Connecting);
            let polled = poll_fn(|cx| Poll::Ready(Pin::new(&mut connecting).poll(cx))).await;
            // Whatever has ended is dropped where it did.
            polled.is_pending().then_some(connecting)
        });
        let connecting = begun.await;
        let in_request = meter.phase();
        if let Some(mut connecting) = connecting {
            let mut cx = Context::from_waker(Waker::noop());
            assert!(Pin::new(&mut connecting).poll(&mut cx).is_pending());
        }
        [in_request, meter.phase()]
    }

    #[tokio::test]
    async fn a_request_learns_of_its_connection() {
        let connected = phases(Poll::Ready(Ok(()))).await;
        assert_eq!(connected, [Phase::Waiting; 2]);
        let failed = phases(Poll::Ready(Err(()))).await;
        assert_eq!(failed, [Phase::Connecting; 2], "there never was one");
        let overtaken = phases(Poll::Pending).await;
        assert_eq!(overtaken, [Phase::Connecting, Phase::Waiting], "it has another one");
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
