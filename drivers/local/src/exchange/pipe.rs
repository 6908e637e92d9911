//! Bytes on their way from the answer of one request into the body of another.

use core::task::{Poll, Waker};
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use b2_proto::error::Cause;
use bytes::Bytes;

use super::outcome::Trouble;
use super::pool::SPARSE_LEN_MAX;

/// A queue of bytes with a bound. What is short is copied behind what was short before it, so that
/// neither the number of pieces nor the buffers they are in can be many more than the bytes. One
/// request puts bytes in at a time, and one takes them out.
///
/// It serves futures and threads: who cannot go on leaves a waker.
#[derive(Debug, Default)]
pub struct Pipe {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    queue: VecDeque<Bytes>,
    /// What is behind the queue: bytes that came in short pieces.
    gathered: Vec<u8>,
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
            state.gathered = Vec::new();
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
            state.put(bytes.split_to(room));
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
            let Some(mut bytes) = state.next() else {
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

impl State {
    fn put(&mut self, bytes: Bytes) {
        self.len += bytes.len();
        if bytes.len() <= SPARSE_LEN_MAX {
            self.gathered.extend_from_slice(&bytes);
            return;
        }
        let before = self.take_gathered();
        self.queue.extend(before);
        self.queue.push_back(bytes);
    }

    fn next(&mut self) -> Option<Bytes> {
        self.queue.pop_front().or_else(|| self.take_gathered())
    }

    fn take_gathered(&mut self) -> Option<Bytes> {
        let gathered = core::mem::take(&mut self.gathered);
        (!gathered.is_empty()).then(|| gathered.into())
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
    use super::super::pool::{PIECE_LEN, Pool};
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
    /// Each piece is a whole buffer of the client's, however little is in it.
    #[test]
    fn short_pieces_are_gathered_and_long_ones_are_not_copied() {
        let pool = Pool::default();
        let pipe = Pipe::default();
        pipe.open(2 * PIECE_LEN as u64);
        let put = |len: usize, byte: u8| {
            let mut piece = pool.take();
            piece.space()[..len].fill(byte);
            let (at, mut bytes) = (piece.space().as_ptr(), piece.into_bytes(len));
            assert_eq!(pipe.poll_put(&mut bytes, Waker::noop()), Poll::Ready(Ok(len)));
            at
        };
        let took = |len: usize, byte: u8| {
            let taken = pipe.poll_take(u64::MAX, Waker::noop());
            assert_eq!(taken, Poll::Ready(Bytes::from(vec![byte; len])));
            let Poll::Ready(bytes) = taken else { return core::ptr::null() };
            bytes.as_ptr()
        };
        for _ in 0..1_000 {
            put(1, b'a');
        }
        assert_eq!((pool.on_loan(), pipe.lock().queue.len()), (0, 0));
        let at = put(PIECE_LEN, b'b');
        put(1_448, b'c');
        put(1_448, b'c');
        assert_eq!((pool.on_loan(), pipe.lock().queue.len()), (1, 2));
        took(1_000, b'a');
        assert_eq!(took(PIECE_LEN, b'b'), at, "it is the same buffer");
        took(2 * 1_448, b'c');
        assert!(pipe.poll_take(1, Waker::noop()).is_pending());
        assert_eq!((pool.on_loan(), pipe.lock().len), (0, 0));
    }
}
