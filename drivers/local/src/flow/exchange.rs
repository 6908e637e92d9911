//! One order from its first to its last byte.

use core::future::{Future, poll_fn};
use core::pin::{Pin, pin};
use core::task::Poll;
use core::time::Duration;
use std::sync::Arc;

use b2_proto::error::Cause;
use b2_proto::machine::{Accept, ReplyTo};
use bytes::{Bytes, BytesMut};
use http::Response;
use http_body::Body as _;

use super::io::JobIo;
use super::store::Store;
use super::turn::pass;
use super::{Driver, Line, WireRequest, local, payload};
use crate::exchange::pipe::Pipe;
use crate::exchange::{Meter, Outcome, Outgoing, Payload, Phase, ReplyHeaders};
use crate::hub::{Flight, Order, Work};

/// Carries an order out and tells the engine how it ended. Gives the job's next order, if there
/// is one.
pub async fn carry_out<D: Driver>(line: Arc<Line<D>>, order: Order<JobIo>) -> Option<Order<JobIo>> {
    let Order { work, io, flight, .. } = order;
    let outcome = match work {
        Work::Send(out) => exchange(&line, &io, &flight, out).await,
        Work::Fill { slot, source, len } => {
            let filling = pin!(local::fill(&io, slot, io.source(source), (len, &line.pool)));
            unless_aborted(flight.meter(), filling).await
        }
        Work::Hash { source, offset, len } => {
            let hashing = pin!(local::hash(&line, &io, source, (offset, len), flight.meter()));
            unless_aborted(flight.meter(), hashing).await
        }
        Work::HashJoined { pieces } => {
            let hashing = pin!(local::hash_joined(&line, &io, &pieces, flight.meter()));
            unless_aborted(flight.meter(), hashing).await
        }
        Work::Take { closed, len, count } => {
            let taking = pin!(local::take(&line, &io, closed, (len, count)));
            unless_aborted(flight.meter(), taking).await
        }
        Work::Claim { file } => local::claim(&line, &io, file).await,
        Work::Digest { sink, offset, len } => {
            local::digest(&line.driver, io.sink(sink), (offset, len)).await
        }
    };
    flight.finish(&outcome)
}

/// A reader may give nothing for ever, and whoever has one waits for it to be dropped.
async fn unless_aborted(
    meter: &Meter,
    mut work: Pin<&mut impl Future<Output = Outcome>>,
) -> Outcome {
    poll_fn(|cx| {
        if meter.is_aborted(cx.waker()) {
            return Poll::Ready(Outcome::failed(Cause::Closed, "given up"));
        }
        work.as_mut().poll(cx)
    })
    .await
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
    // In place: given away by value it would be there twice, and be copied with each request.
    let work = pin!(async {
        let response = send(line, io, out, meter).await?;
        meter.note_status(response.status().as_u16());
        match reply {
            ReplyTo::Small { len_max } => {
                collect::<D>(response, len_max, Excess::Refuse, meter).await
            }
            ReplyTo::Sink => receive(line, io, flight, fed.as_deref(), response).await,
        }
    });
    let outcome = match watch(&line.driver, meter, silence_max, work).await {
        Ok(Ok(outcome) | Err(outcome)) => outcome,
        Err(cause) => Outcome::failed(cause, ""),
    };
    // Nobody reads what would still be sent.
    meter.stop_body();
    outcome.with_progress(meter)
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
) -> Result<Response<D::Body>, Outcome> {
    let payload = core::mem::replace(&mut out.payload, Payload::Empty);
    let body = payload::open(line, io, payload, meter).await?;
    let Outgoing { method, url, headers, .. } = *out;
    let request = WireRequest { method, url, headers, body };
    let sent = line.driver.send(request, meter).await;
    // A source's trouble shows at the HTTP library as a body that broke off.
    sent.map_err(|trouble| meter.trouble().cloned().unwrap_or(trouble).into())
}

/// What to do with a body that is longer than wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Excess {
    Refuse,
    CutOff,
}

/// Collects a small answer.
async fn collect<D: Driver>(
    response: Response<D::Body>,
    len_max: u32,
    excess: Excess,
    meter: &Meter,
) -> Result<Outcome, Outcome> {
    let (head, mut body) = response.into_parts();
    let len_max = usize::try_from(len_max).unwrap_or(usize::MAX);
    let mut first = Bytes::new();
    let mut all = BytesMut::new();
    while let Some(chunk) = next_chunk::<D>(&mut body, meter).await? {
        meter.touch(if meter.is_sending() { Phase::Sending } else { Phase::Waiting });
        let room = len_max - (first.len() + all.len()).min(len_max);
        if chunk.len() > room && excess == Excess::Refuse {
            return Err(Outcome::failed(Cause::BadReply, "the answer is longer than allowed"));
        }
        let is_full = chunk.len() >= room && excess == Excess::CutOff;
        let chunk = chunk.slice(..chunk.len().min(room));
        // Most answers are one chunk, which needs no copy.
        if first.is_empty() && all.is_empty() {
            first = chunk;
        } else {
            all.extend_from_slice(&core::mem::take(&mut first));
            all.extend_from_slice(&chunk);
        }
        if is_full {
            break;
        }
    }
    let body = if all.is_empty() { first } else { all.freeze() };
    let headers = ReplyHeaders(head.headers);
    Ok(Outcome::Response { status: head.status.as_u16(), headers, body, sent: meter.sent() })
}

async fn next_chunk<D: Driver>(
    body: &mut D::Body,
    meter: &Meter,
) -> Result<Option<Bytes>, Outcome> {
    let mut body = Pin::new(body);
    loop {
        let Some(frame) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await else {
            return Ok(None);
        };
        let broken = |error| {
            let broken = || D::broken(&error, meter.is_sending());
            Outcome::from(meter.trouble().cloned().unwrap_or_else(broken))
        };
        // Anything else would be trailers.
        if let Ok(data) = frame.map_err(broken)?.into_data() {
            return Ok(Some(data));
        }
    }
}

/// Asks what becomes of the body, and does it.
async fn receive<D: Driver>(
    line: &Line<D>,
    io: &JobIo,
    flight: &Flight<JobIo>,
    fed: Option<&Meter>,
    mut response: Response<D::Body>,
) -> Result<Outcome, Outcome> {
    let meter = flight.meter();
    let status = response.status().as_u16();
    let headers = ReplyHeaders(core::mem::take(response.headers_mut()));
    match flight.accept(status, &headers) {
        Accept::Collect { len_max } => {
            *response.headers_mut() = headers.0;
            collect::<D>(response, len_max, Excess::CutOff, meter).await
        }
        Accept::Feed { len } => {
            let missing = || Outcome::failed(Cause::SinkFailed, "there is nobody to feed");
            let mut into = Into::Pipe(fed.ok_or_else(missing)?.pipe());
            take(line, response.body_mut(), len, &mut into, meter).await?;
            Ok(Outcome::Stored { status })
        }
        Accept::Store { sink, offset, len } => {
            let missing = || Outcome::failed(Cause::SinkFailed, "the target is not there");
            let sink = io.sink(sink).ok_or_else(missing)?;
            let mut into = Into::Sink(Store::new(&line.driver, sink, offset, meter));
            let result = take(line, response.body_mut(), len, &mut into, meter).await;
            // What has arrived counts also when the rest did not.
            if let Into::Sink(mut store) = into {
                store.flush().await?;
            }
            result.map(|()| Outcome::Stored { status })
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
    async fn push(&mut self, mut bytes: Bytes, meter: &Meter) -> Result<(), Outcome> {
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
}

/// Takes exactly `len` bytes of the body, or fewer if that is said meanwhile.
async fn take<D: Driver>(
    line: &Line<D>,
    body: &mut D::Body,
    len: u64,
    into: &mut Into<'_, D>,
    meter: &Meter,
) -> Result<(), Outcome> {
    let mut taken = 0;
    while meter.left(taken, len) > 0 {
        meter.touch(Phase::Waiting);
        let Some(mut chunk) = next_chunk::<D>(body, meter).await? else {
            return Err(Outcome::failed(Cause::Closed, "the answer ended early"));
        };
        chunk.truncate(usize::try_from(meter.left(taken, len)).unwrap_or(usize::MAX));
        taken += chunk.len() as u64;
        // Who does not read on makes the peer wait.
        pass(&line.pace.down, &line.driver, meter, chunk.len()).await;
        into.push(chunk, meter).await?;
    }
    Ok(())
}
