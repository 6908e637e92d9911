//! Bodies that tell when there is a connection.

use b2_local::exchange::Meter;
use b2_local::flow::body::{BodyStopped, SendBody};
use bytes::Bytes;
use core::pin::Pin;
use core::task::{Context, Poll};
use http_body::{Body, Frame, SizeHint};
use std::sync::Arc;

/// A body that is asked for only when there is a connection.
pub(super) struct Begun {
    pub(super) body: SendBody,
    pub(super) meter: Arc<Meter>,
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
    use core::task::Waker;
    use core::time::Duration;

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
