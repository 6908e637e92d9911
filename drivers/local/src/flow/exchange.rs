//! One order from its first to its last byte.

use core::future::{Future, poll_fn};
use core::pin::{Pin, pin};
use core::task::Poll;
use core::time::Duration;
use std::sync::Arc;

use b2_proto::error::Cause;
use bytes::{Bytes, BytesMut};
use http_body::Body as _;

use super::io::JobIo;
use super::sink::SinkHandle;
use super::store::Store;
use super::turn::pass;
use super::{Driver, Line, WireReply, WireRequest, local, payload};
use crate::exchange::pipe::Pipe;
use crate::exchange::{Meter, Outcome, Outgoing, Payload, Phase, Trouble};
use crate::hub::{Flight, Order, Work};
use crate::job::{Answer, Room, work};

/// Carries an order out. The engine is to be told how it ended.
pub async fn carry_out<D: Driver>(
    line: Arc<Line<D>>,
    order: Order<JobIo>,
) -> (Flight<JobIo>, Outcome) {
    let Order { work, io, flight, .. } = order;
    let meter = flight.meter();
    let outcome = match work {
        Work::Send(out) => exchange(&line, &io, &flight, out).await,
        Work::Fill { slot, source, len } => {
            local::fill(&line, &io, (slot, source, len), meter).await
        }
        Work::Hash { source, offset, len } => {
            let range = (offset, len);
            let hash =
                move |io: &_, pool: &_, meter: &_| work::hash(io, source, range, pool, meter);
            local::read(&line, &io, meter, hash).await
        }
        Work::HashJoined { pieces } => {
            let hash =
                move |io: &_, pool: &_, meter: &_| work::hash_joined(io, &pieces, pool, meter);
            local::read(&line, &io, meter, hash).await
        }
        Work::Take { closed, len, count } => {
            let take = move |io: &_, _: &_, _: &_| work::take(io, &closed, (len, count));
            local::read(&line, &io, meter, take).await
        }
        Work::Claim { file } => local::claim(&line, &io, file).await,
        Work::Digest { sink, offset, len } => {
            local::digest(&line.driver, &io, (sink, offset, len)).await
        }
    };
    (flight, outcome)
}

/// Sends a request and takes its answer.
async fn exchange<D: Driver>(
    line: &Line<D>,
    io: &JobIo,
    flight: &Flight<JobIo>,
    out: Box<Outgoing>,
) -> Outcome {
    let meter = flight.meter();
    let (silence_max, reply, fed) = (out.silence_max, out.reply, out.fed.clone());
    after_others().await;
    // In place: given away by value it would be there twice, and be copied with each request.
    let work = pin!(async {
        let WireReply { status, headers, mut body } = send(line, io, out, meter).await?;
        flight.answered(status);
        // Whoever waits for the job is woken for what else there is.
        let (answer, _) = Answer::of(reply, (status, &headers), flight, (io, fed.as_deref()))?;
        match answer {
            Answer::Small(room) => {
                let body = collect::<D>(&mut body, room, meter).await?;
                Ok(Outcome::Response { status, headers, body, sent: meter.sent() })
            }
            Answer::Fed(pipe, len) => {
                take(line, &mut body, len, &mut Into::Pipe(pipe), meter).await?;
                Ok(Outcome::Stored { status })
            }
            Answer::Stored { sink, offset, len } => {
                let store = Store::new(line, sink.clone(), offset, meter);
                let mut into = Into::Sink(store);
                let taken = {
                    let taking = pin!(take(line, &mut body, len, &mut into, meter));
                    unless_failed(sink, taking).await
                };
                // What has arrived counts also when the rest did not.
                into.flush().await?;
                taken.map(|()| Outcome::Stored { status })
            }
        }
    });
    let outcome = match watch(&line.driver, meter, silence_max, work).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(trouble)) => Outcome::from(trouble),
        Err(cause) => Outcome::failed(cause, ""),
    };
    // Nobody reads what would still be sent.
    meter.stop_body();
    outcome.with_progress(meter)
}

/// Lets tasks that are ready go first: what has arrived is taken before more is asked for. So
/// requests go out together, and a peer on the same machine is not woken for each of them.
async fn after_others() {
    let mut has_waited = false;
    poll_fn(|cx| {
        if core::mem::replace(&mut has_waited, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Runs `work` until it ends, is given up, nothing was touched for `silence_max`, or a connection
/// took longer than it may.
async fn watch<D: Driver, T>(
    driver: &D,
    meter: &Meter,
    silence_max: Duration,
    mut work: Pin<&mut impl Future<Output = T>>,
) -> Result<T, Cause> {
    let mut due = meter.last() + silence_max;
    let mut alarm = pin!(driver.sleep_until(due));
    poll_fn(|cx| {
        if meter.is_aborted(cx.waker()) {
            return Poll::Ready(Err(Cause::Closed));
        }
        if let Poll::Ready(output) = work.as_mut().poll(cx) {
            return Poll::Ready(Ok(output));
        }
        if let Some(until) = meter.connected_by().filter(|until| *until < due) {
            due = until;
            alarm.set(driver.sleep_until(due));
        }
        while alarm.as_mut().poll(cx).is_ready() {
            match meter.check_silence(silence_max) {
                Ok(until) => due = until,
                Err(cause) => return Poll::Ready(Err(cause)),
            }
            alarm.set(driver.sleep_until(due));
        }
        Poll::Pending
    })
    .await
}

/// Sends head and body until the head of the answer arrives.
async fn send<D: Driver>(
    line: &Line<D>,
    io: &JobIo,
    mut out: Box<Outgoing>,
    meter: &Arc<Meter>,
) -> Result<WireReply<D::Body>, Trouble> {
    let payload = core::mem::replace(&mut out.payload, Payload::Empty);
    let body = payload::open(line, io, (payload, out.body_len()), meter).await?;
    let Outgoing { method, url, headers, .. } = *out;
    let request = WireRequest { method, url, headers, body };
    let sent = line.driver.send(request, meter).await;
    // A source's trouble shows at the HTTP library as a body that broke off.
    sent.map_err(|trouble| meter.trouble().cloned().unwrap_or(trouble))
}

/// Collects a small answer.
async fn collect<D: Driver>(
    body: &mut D::Body,
    mut room: Room,
    meter: &Meter,
) -> Result<Bytes, Trouble> {
    let mut first = Bytes::new();
    let mut all = BytesMut::new();
    while !room.is_done()
        && let Some(mut chunk) = next_chunk::<D>(body, meter).await?
    {
        meter.touch(Phase::Waiting);
        chunk.truncate(room.take(chunk.len())?);
        // Most answers are one chunk, which needs no copy.
        if first.is_empty() && all.is_empty() {
            first = chunk;
        } else {
            all.extend_from_slice(&core::mem::take(&mut first));
            all.extend_from_slice(&chunk);
        }
    }
    Ok(if all.is_empty() { first } else { all.freeze() })
}

async fn next_chunk<D: Driver>(
    body: &mut D::Body,
    meter: &Meter,
) -> Result<Option<Bytes>, Trouble> {
    let mut body = Pin::new(body);
    loop {
        let Some(frame) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await else {
            return Ok(None);
        };
        let broken = |error| {
            let broken = || D::broken(&error, meter.is_sending());
            meter.trouble().cloned().unwrap_or_else(broken)
        };
        // Anything else would be trailers.
        if let Ok(data) = frame.map_err(broken)?.into_data() {
            return Ok(Some(data));
        }
    }
}

/// Where the bytes of an answer go.
enum Into<'a, D> {
    Sink(Store<'a, D>),
    /// Into the body of another request.
    Pipe(&'a Pipe),
}

impl<D: Driver> Into<'_, D> {
    async fn push(&mut self, mut bytes: Bytes, meter: &Meter) -> Result<(), Trouble> {
        match self {
            Self::Sink(store) => store.push(bytes).await?,
            Self::Pipe(pipe) => {
                while !bytes.is_empty() {
                    let put = poll_fn(|cx| {
                        let put = pipe.poll_put(&mut bytes, cx.waker());
                        if put.is_pending() {
                            // The other request is slow, and watched for itself.
                            meter.hold();
                        }
                        put
                    });
                    meter.add_stored(put.await?);
                }
            }
        }
        Ok(())
    }

    /// Waits until all bytes are there.
    async fn flush(&mut self) -> Result<(), Trouble> {
        match self {
            Self::Sink(store) => store.flush().await,
            Self::Pipe(_) => Ok(()),
        }
    }
}

/// Takes bytes until there are no more, or whoever writes them cannot.
async fn unless_failed(
    sink: &SinkHandle,
    mut taking: Pin<&mut impl Future<Output = Result<(), Trouble>>>,
) -> Result<(), Trouble> {
    let SinkHandle::Pipe(pipe) = sink else { return taking.await };
    let mut failed = pin!(pipe.failed());
    poll_fn(|cx| match failed.as_mut().poll(cx) {
        Poll::Ready(trouble) => Poll::Ready(Err(trouble)),
        Poll::Pending => taking.as_mut().poll(cx),
    })
    .await
}

/// Takes exactly `len` bytes of the body, or fewer if that is said meanwhile.
async fn take<D: Driver>(
    line: &Line<D>,
    body: &mut D::Body,
    len: u64,
    into: &mut Into<'_, D>,
    meter: &Meter,
) -> Result<(), Trouble> {
    let mut taken = 0;
    while meter.left(taken, len) > 0 {
        meter.touch(Phase::Waiting);
        let Some(mut chunk) = next_chunk::<D>(body, meter).await? else {
            return Err(Trouble::new(Cause::Closed, "the answer ended early"));
        };
        chunk.truncate(usize::try_from(meter.left(taken, len)).unwrap_or(usize::MAX));
        taken += chunk.len() as u64;
        // Who does not read on makes the peer wait.
        pass(&line.pace.down, &line.driver, meter, chunk.len()).await;
        into.push(chunk, meter).await?;
    }
    Ok(())
}
