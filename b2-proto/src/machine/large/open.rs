//! The parts of a source whose end is found while it is read.

use super::cut::Cut;
use crate::error::{Cause, Error, ErrorKind};
use crate::limits::{LARGE_FILE_LEN_MAX, PARTS_MAX};
use crate::machine::session::Session;
use crate::machine::upload::Payload;
use crate::op::upload_part;
use crate::plan::Span;
use crate::plan::growth::Growth;
use crate::wire::text::Decimal;

/// A plan that goes on until the source ends.
///
/// Parts grow as [`Growth`] says. A part is begun only when its buffer fits beside those that are
/// in use, so the longer the parts, the fewer of them are on their way. One lane more than parts
/// are sent lets the source be read meanwhile.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OpenPlan {
    growth: Growth,
    buffer_len_max: u64,
    sending_max: usize,
    /// Where the next part begins, and its index.
    next: (u64, u64),
    has_ended: bool,
}

impl OpenPlan {
    /// Parts that grow like this, of which so many are sent at the same time, from buffers of
    /// `buffer_len_max` bytes in all; that must be enough for the longest part.
    #[must_use]
    pub const fn new(growth: Growth, sending_max: usize, buffer_len_max: u64) -> Self {
        Self { growth, buffer_len_max, sending_max, next: (0, 0), has_ended: false }
    }

    /// Whether the service takes no further part. Whether the source has ended there is still to
    /// be found out.
    const fn is_full(&self) -> bool {
        self.next.0 >= LARGE_FILE_LEN_MAX || self.next.1 >= PARTS_MAX as u64
    }

    fn too_long(&self) -> Error {
        let (len, count) = (Decimal(self.next.0), Decimal(self.next.1));
        let (longest, allowed) = (Decimal(self.growth.longest), Decimal(self.buffer_len_max));
        Error::with_message(
            ErrorKind::Limit,
            format_args!(
                "the source goes on after {len} bytes in {count} parts of at most {longest}, and \
                 the service takes no more; parts are longer if buffers may have more than \
                 {allowed} bytes in all"
            ),
        )
    }
}

impl Cut for OpenPlan {
    const IS_OPEN: bool = true;
    const CLAIMS: bool = true;

    fn parts_total(&self) -> Option<u64> {
        self.has_ended.then_some(self.next.1)
    }

    fn bytes_total(&self) -> Option<u64> {
        self.has_ended.then_some(self.next.0)
    }

    fn parts_max(&self) -> u64 {
        PARTS_MAX.into()
    }

    fn sending_max(&self) -> usize {
        self.sending_max
    }

    /// Only the next part is known.
    fn part(&self, index: u64, held: u64) -> Option<Span> {
        let offset = self.next.0;
        let room = LARGE_FILE_LEN_MAX.saturating_sub(offset);
        // A source that has filled everything may have ended there; one byte more tells.
        let len = if self.is_full() { 1 } else { self.growth.len_at(offset).min(room) };
        let fits = held.saturating_add(len) <= self.buffer_len_max;
        (fits && !self.has_ended && index == self.next.1).then_some(Span { offset, len })
    }

    fn note_filled(
        &mut self,
        cx: &mut Session,
        _index: u64,
        planned: Span,
        len: u64,
    ) -> Option<u64> {
        let operation = upload_part::SPEC.name;
        if len > planned.len {
            let detail = "a buffer has more bytes than were asked for";
            cx.fault.set_cause(operation, Cause::SourceUnreadable, detail);
            return None;
        }
        if len > 0 && self.is_full() {
            cx.fault.set_fatal(operation, self.too_long());
            return None;
        }
        self.has_ended = len < planned.len;
        self.next = (self.next.0 + len, self.next.1 + u64::from(len > 0));
        Some(len)
    }

    fn check_for(&self, payload: &Payload) -> Result<(), Error> {
        if payload.len.is_some() || payload.can_reread {
            return Err(Error::invalid("an open plan is for a source that is read to its end"));
        }
        Ok(())
    }
}
