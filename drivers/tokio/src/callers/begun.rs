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
