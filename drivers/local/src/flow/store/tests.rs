//! What a request holds while its bytes trickle in.

use super::*;
use crate::exchange::Pace;
use crate::flow::body::SendBody;
use crate::flow::{WireReply, WireRequest};
use crate::sink::Sink;
use b2_proto::wire::text::Sha1;
use smol::{Timer, block_on};
use std::sync::{Arc, Mutex};
use std::time::Instant;

#[derive(Clone, Debug)]
pub(in crate::flow) struct Threads;

impl Threads {
    pub(in crate::flow) fn line() -> Line<Self> {
        let (pool, claims) = Default::default();
        Line { driver: Self, pool, pace: Pace::new(None, None), claims }
    }
}

impl Driver for Threads {
    type Sleep = BoxFuture<()>;
    type Body = SendBody;

    fn sleep_until(&self, at: Instant) -> BoxFuture<()> {
        Box::pin(async move {
            Timer::at(at).await;
        })
    }

    fn spawn(&self, task: BoxFuture<()>) {
        smol::spawn(task).detach();
    }

    fn unblock<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> impl Future<Output = Option<T>> + Send + 'static {
        smol::unblock(|| Some(work()))
    }

    fn yield_now(&self) -> impl Future<Output = ()> + Send + 'static {
        smol::future::yield_now()
    }

    async fn send(&self, _: WireRequest, _: &Arc<Meter>) -> Result<WireReply<SendBody>, Trouble> {
        Err(Trouble::new(Cause::Closed, ""))
    }

    fn broken(_: &<SendBody as http_body::Body>::Error, _: bool) -> Trouble {
        Trouble::new(Cause::Closed, "")
    }
}

/// Notes what is written, and where it was in memory.
#[derive(Default)]
struct Noting {
    all: Mutex<Vec<u8>>,
    writes: Mutex<Vec<(usize, usize)>>,
}

impl Sink for Noting {
    fn write_at(&self, offset: u64, bytes: &[u8]) -> Result<(), crate::Error> {
        let mut all = self.all.lock().expect("unpoisoned");
        assert_eq!(offset, all.len() as u64, "in order");
        all.extend_from_slice(bytes);
        self.writes.lock().expect("unpoisoned").push((bytes.as_ptr().addr(), bytes.len()));
        Ok(())
    }

    fn digest(&self, _: u64, _: u64) -> Result<Sha1, crate::Error> {
        Ok(Sha1::of(b""))
    }

    fn commit(&self, _: u64, _: Option<u64>) -> Result<(), crate::Error> {
        Ok(())
    }
}

/// Stores pieces of these lengths, as a connection gives them: each in a buffer of its own. Gives
/// most buffers on loan, the writes, and where the pieces were.
fn store(lens: impl IntoIterator<Item = usize>) -> (usize, Vec<(usize, usize)>, Vec<usize>) {
    let line = Threads::line();
    let sink = Arc::new(Noting::default());
    let meter = Meter::new();
    let mut store = Store::new(&line, SinkHandle::Blocking(sink.clone()), 0, &meter);
    let (mut most, mut sent, mut places) = (0, Vec::new(), Vec::new());
    for (len, byte) in lens.into_iter().zip((0..=250).cycle()) {
        let mut piece = line.pool.take();
        piece.space()[..len].fill(byte);
        sent.extend_from_slice(&piece.space()[..len]);
        places.push(piece.space().as_ptr().addr());
        most = most.max(line.pool.on_loan());
        block_on(store.push(piece.into_bytes(len))).expect("stored");
    }
    block_on(store.flush()).expect("stored");
    drop(store);
    assert!(*sink.all.lock().expect("unpoisoned") == sent, "the same bytes");
    assert_eq!(line.pool.on_loan(), 0);
    let writes = sink.writes.lock().expect("unpoisoned").clone();
    (most, writes, places)
}

/// Whatever a peer's rhythm, what waits for the disk is counted in buffers (S12).
#[test]
fn a_body_that_trickles_holds_no_more_buffers_than_one_that_flows() {
    let mixed = [1, PIECE_LEN, 7, SPARSE_LEN_MAX, SPARSE_LEN_MAX + 1, PIECE_LEN - 1, 16 * 1024];
    let rhythms: [(&str, Vec<usize>, usize); 4] = [
        ("a byte", vec![1; 5_000], 1),
        ("a packet", vec![1_448; 1_000], 6),
        ("a record", vec![16 * 1024; 100], 7),
        ("mixed", mixed.repeat(2), 11),
    ];
    for (what, lens, count) in rhythms {
        let (most, writes, _) = store(lens);
        assert!(most <= 3, "{what}: {most} buffers");
        assert_eq!(writes.len(), count, "{what}");
        assert!(writes.iter().all(|(_, len)| *len <= PIECE_LEN), "{what}");
    }
}

#[test]
fn what_is_full_is_written_from_where_it_was_read() {
    let (most, writes, places) = store([PIECE_LEN; 5].into_iter().chain([9]));
    let written: Vec<_> = writes.iter().map(|(place, _)| *place).collect();
    assert_eq!(written, places);
    assert!(most <= 2, "{most} buffers");
}
