//! Short payloads, which need no stream.

use std::sync::Arc;

use bytes::Bytes;

use super::body::SendBody;
use crate::exchange::Meter;
use crate::exchange::range::Whole;

/// All bytes of a payload, which count once a connection takes them.
#[derive(Debug)]
pub struct WholePayload {
    whole: Whole,
    meter: Arc<Meter>,
}

impl WholePayload {
    /// A body of these bytes.
    pub(super) fn body(whole: Whole, meter: &Arc<Meter>) -> SendBody {
        if whole.bytes.is_empty() {
            // Nobody asks for them.
            meter.body_ended(whole.sha1);
            return SendBody::Whole(whole.bytes);
        }
        SendBody::Payload(Box::new(Self { whole, meter: meter.clone() }))
    }

    /// Bytes that were not handed out so far.
    pub(super) const fn len(&self) -> usize {
        self.whole.bytes.len()
    }

    /// Hands them out, once.
    pub(super) fn take(&mut self) -> Option<Bytes> {
        let bytes = core::mem::take(&mut self.whole.bytes);
        if bytes.is_empty() {
            return None;
        }
        self.meter.add(bytes.len());
        self.meter.body_ended(self.whole.sha1);
        Some(bytes)
    }
}
