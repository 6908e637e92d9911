//! What becomes of the body of an answer.

use b2_proto::error::Cause;
use b2_proto::machine::{Accept, ReplyTo};

use super::io::{JobIo, JobSink};
use crate::exchange::pipe::Pipe;
use crate::exchange::{HeaderList, Meter, Trouble};
use crate::hub::Flight;

/// Where the bytes go.
pub enum Answer<'a, K> {
    /// Into memory, all of them.
    Small(Room),
    /// Into the body of another request: so many.
    Fed(&'a Pipe, u64),
    /// Into a sink.
    Stored {
        /// The sink.
        sink: &'a K,
        /// Where the first one goes.
        offset: u64,
        /// How many.
        len: u64,
    },
}

impl<'a, K: JobSink> Answer<'a, K> {
    /// Decides it by what the request was for, or asks the job; `fed` is the request whose body the
    /// answer may go into. Tells, too, whether there is something for whoever waits for the job,
    /// such as further orders.
    ///
    /// # Errors
    /// There is nobody to feed, or no such sink.
    pub fn of<R: Send + Sync + 'static>(
        reply_to: ReplyTo,
        (status, headers): (u16, &HeaderList),
        flight: &Flight<JobIo<R, K>>,
        (io, fed): (&'a JobIo<R, K>, Option<&'a Meter>),
    ) -> Result<(Self, bool), Trouble> {
        let (accept, has_news) = match reply_to {
            ReplyTo::Small { len_max } => {
                return Ok((Self::Small(Room::new(len_max, true)), false));
            }
            ReplyTo::Sink => flight.accept(status, headers),
        };
        let nobody = || Trouble::new(Cause::SinkFailed, "there is nobody to feed");
        let answer = match accept {
            // What the service says about a refusal; its beginning is enough.
            Accept::Collect { len_max } => Self::Small(Room::new(len_max, false)),
            Accept::Feed { len } => Self::Fed(fed.ok_or_else(nobody)?.pipe(), len),
            Accept::Store { sink, offset, len } => {
                Self::Stored { sink: io.sink(sink)?, offset, len }
            }
        };
        Ok((answer, has_news))
    }
}

/// How much of a small answer is taken.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    left: usize,
    /// Whether a longer answer is refused, not cut off.
    refuses_more: bool,
}

impl Room {
    fn new(len_max: u32, refuses_more: bool) -> Self {
        Self { left: usize::try_from(len_max).unwrap_or(usize::MAX), refuses_more }
    }

    /// How many bytes there is room for.
    pub const fn left(&self) -> usize {
        self.left
    }

    /// Takes the next `len` bytes; so many of them are kept.
    ///
    /// # Errors
    /// There are more than allowed.
    pub fn take(&mut self, len: usize) -> Result<usize, Trouble> {
        if len > self.left && self.refuses_more {
            return Err(Trouble::new(Cause::BadReply, "the answer is longer than allowed"));
        }
        let kept = len.min(self.left);
        self.left -= kept;
        Ok(kept)
    }

    /// Whether nothing that follows is of interest.
    pub const fn is_done(&self) -> bool {
        self.left == 0 && !self.refuses_more
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_is_refused_or_cut_off() {
        let mut refusing = Room::new(5, true);
        assert_eq!(refusing.take(5), Ok(5));
        assert!(!refusing.is_done(), "the end is to follow");
        assert_eq!(refusing.take(1).map_err(|trouble| trouble.cause), Err(Cause::BadReply));
        let mut cutting = Room::new(5, false);
        assert_eq!((cutting.take(3), cutting.is_done()), (Ok(3), false));
        assert_eq!((cutting.take(9), cutting.is_done()), (Ok(2), true));
    }
}
