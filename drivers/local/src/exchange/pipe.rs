//! Bytes on their way from the answer of one request into the body of another.

use core::task::{Poll, Waker};
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use b2_proto::error::Cause;
use bytes::Bytes;

use super::outcome::Trouble;

/// A queue of bytes with a bound. One request puts bytes in at a time, and one takes them out.
///
/// It serves futures and threads: who cannot go on leaves a waker.
#[derive(Debug, Default)]
pub struct Pipe {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    queue: VecDeque<Bytes>,
    len: usize,
    /// Most bytes in it; none fit before it is opened.
    len_max: usize,
    is_closed: bool,
    /// Who waits for room, and who for bytes.
    writer: Option<Waker>,
    reader: Option<Waker>,
}

impl Pipe {
    /// From now on so many bytes fit in.
    pub fn open(&self, len_max: u64) {
        self.lock().len_max = usize::try_from(len_max).unwrap_or(usize::MAX);
    }

    /// Nobody takes bytes out any more.
    pub fn close(&self) {
        let (queue, writer) = {
            let mut state = self.lock();
            state.is_closed = true;
            state.len = 0;
            (core::mem::take(&mut state.queue), state.writer.take())
        };
        drop(queue);
        if let Some(writer) = writer {
            writer.wake();
        }
    }

    /// Puts the first of `bytes` in and leaves those that do not fit; how many fitted. With
    /// [`Poll::Pending`] none did, and the waker is woken when there is room.
    ///
    /// # Errors
    /// [`Cause::SinkFailed`] when the pipe is closed.
    pub fn poll_put(&self, bytes: &mut Bytes, waker: &Waker) -> Poll<Result<usize, Trouble>> {
        let reader = {
            let mut state = self.lock();
            if state.is_closed {
                let detail = "the request that the bytes were for has ended";
                return Poll::Ready(Err(Trouble::new(Cause::SinkFailed, detail)));
            }
            let room = state.len_max.saturating_sub(state.len).min(bytes.len());
            if room == 0 && !bytes.is_empty() {
                set(&mut state.writer, waker);
                return Poll::Pending;
            }
            let fitting = bytes.split_to(room);
            state.len += room;
            state.queue.push_back(fitting);
            (state.reader.take(), room)
        };
        let (reader, room) = reader;
        if let Some(reader) = reader {
            reader.wake();
        }
        Poll::Ready(Ok(room))
    }

    /// Takes the next bytes out, at most `len_max`. With [`Poll::Pending`] there are none, and the
    /// waker is woken when there are.
    pub fn poll_take(&self, len_max: u64, waker: &Waker) -> Poll<Bytes> {
        let (bytes, writer) = {
            let mut state = self.lock();
            let Some(mut bytes) = state.queue.pop_front() else {
                set(&mut state.reader, waker);
                return Poll::Pending;
            };
            let len = usize::try_from(len_max).map_or(bytes.len(), |max| max.min(bytes.len()));
            let rest = bytes.split_off(len);
            if !rest.is_empty() {
                state.queue.push_front(rest);
            }
            state.len = state.len.saturating_sub(len);
            (bytes, state.writer.take())
        };
        if let Some(writer) = writer {
            writer.wake();
        }
        Poll::Ready(bytes)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn set(place: &mut Option<Waker>, waker: &Waker) {
    match place {
        Some(known) => known.clone_from(waker),
        None => *place = Some(waker.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::Arc;
    use std::task::Wake;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn no_more_fits_than_it_may_hold() {
        let pipe = Pipe::default();
        pipe.open(4);
        let woken = Arc::new(Count::default());
        let waker = Waker::from(woken.clone());
        let mut bytes = Bytes::from_static(b"abcdefg");
        assert_eq!(pipe.poll_put(&mut bytes, &waker), Poll::Ready(Ok(4)));
        assert_eq!(pipe.poll_put(&mut bytes, &waker), Poll::Pending);
        assert_eq!(pipe.poll_take(3, Waker::noop()), Poll::Ready(Bytes::from_static(b"abc")));
        assert_eq!(woken.0.load(Ordering::Relaxed), 1, "there is room");
        assert_eq!(pipe.poll_put(&mut bytes, &waker), Poll::Ready(Ok(3)));
        assert_eq!(pipe.poll_take(9, Waker::noop()), Poll::Ready(Bytes::from_static(b"d")));
        assert_eq!(pipe.poll_take(9, Waker::noop()), Poll::Ready(Bytes::from_static(b"efg")));
        assert_eq!(pipe.poll_take(9, &waker), Poll::Pending);
        let mut more = Bytes::from_static(b"h");
        assert_eq!(pipe.poll_put(&mut more, Waker::noop()), Poll::Ready(Ok(1)));
        assert_eq!(woken.0.load(Ordering::Relaxed), 2, "there are bytes");
    }

    #[test]
    fn who_puts_bytes_into_a_closed_one_is_told() {
        let pipe = Pipe::default();
        pipe.open(1);
        let woken = Arc::new(Count::default());
        let waker = Waker::from(woken.clone());
        let mut bytes = Bytes::from_static(b"ab");
        assert!(pipe.poll_put(&mut bytes, &waker).is_ready());
        assert!(pipe.poll_put(&mut bytes, &waker).is_pending());
        pipe.close();
        assert_eq!(woken.0.load(Ordering::Relaxed), 1);
        let put = pipe.poll_put(&mut bytes, &waker).map_err(|trouble| trouble.cause);
        assert_eq!(put, Poll::Ready(Err(Cause::SinkFailed)));
    }
}
