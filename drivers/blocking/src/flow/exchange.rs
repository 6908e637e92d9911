//! One order from its first to its last byte.

use core::task::{Poll, Waker};
use core::time::Duration;
use std::sync::Arc;
use std::time::Instant;

use b2_local::claims::Claims;
use b2_local::exchange::pipe::Pipe;
use b2_local::exchange::pool::{PIECE_LEN, Pool};
use b2_local::exchange::{Meter, Outcome, Outgoing, Pace, Phase, ReplyHeaders, Trouble};
use b2_local::hub::{Flight, Order, Work};
use b2_local::sink::Sink;
use b2_proto::error::Cause;
use b2_proto::id::SinkId;
use b2_proto::machine::{Accept, ReplyTo};
use bytes::{Bytes, BytesMut};

use super::io::{JobIo, SinkHandle};
use super::local;
use super::payload::Body;
use crate::http::watch::{Hand, Unpark, Watch};
use crate::http::{Head, Http, Reply};

/// What all requests use.
pub(crate) struct Line {
    pub(crate) http: Http,
    /// Buffers for pieces of files.
    pub(crate) pool: Pool,
    /// How many bytes may pass in a second.
    pub(crate) pace: Pace,
    /// Where unfinished large files are claimed.
    pub(crate) claims: Claims,
}

/// The circumstances in which an order is carried out.
pub(super) struct Place<'a> {
    pub(super) line: &'a Line,
    pub(super) hand: &'a mut dyn Hand,
    /// When the hand wants to look after something else for the first time.
    pub(super) next_look: Option<Instant>,
    /// The sink that only this thread has.
    pub(super) own_sink: Option<&'a dyn Sink>,
}

/// Carries an order out; its flight is still to be told how it ended.
pub(super) fn carry_out(place: Place<'_>, order: Order<JobIo>) -> (Flight<JobIo>, Outcome) {
    let Order { work, io, flight, .. } = order;
    let outcome = match work {
        Work::Send(out) => exchange(place, &io, &flight, *out),
        Work::Fill { slot, source, len } => {
            local::fill(&io, slot, io.source(source).as_ref(), (len, &place.line.pool))
        }
        Work::Hash { source, offset, len } => {
            local::hash(&io, source, (offset, len), &place.line.pool, flight.meter())
        }
        Work::HashJoined { pieces } => {
            local::hash_joined(&io, &pieces, &place.line.pool, flight.meter())
        }
        Work::Take { closed, len, count } => local::take(&io, &closed, (len, count)),
        Work::Claim { file } => {
            Outcome::Claimed { granted: io.claim.claim(&place.line.claims, &file) }
        }
        Work::Digest { sink, offset, len } => {
            local::digest(sink_of(&io, sink, place.own_sink), offset, len)
        }
    };
    (flight, outcome)
}

fn sink_of<'a>(io: &'a JobIo, id: SinkId, own: Option<&'a dyn Sink>) -> Option<&'a dyn Sink> {
    match io.sink(id)? {
        SinkHandle::Shared(sink) => Some(&**sink),
        SinkHandle::Owners => own.inspect(|sink| io.tell(*sink)),
    }
}

/// Sends a request and takes its answer.
fn exchange(place: Place<'_>, io: &JobIo, flight: &Flight<JobIo>, out: Outgoing) -> Outcome {
    let Place { line, hand, next_look, own_sink } = place;
    let meter = flight.meter();
    let mut watch = Watch::new(meter, out.silence_max, hand, next_look, &line.pace);
    let (reply_to, fed) = (out.reply, out.fed.clone());
    let head = Head { method: out.method, url: out.url, headers: out.headers };
    let body = Body::open(out.payload, io, &line.pool, meter);
    let sent = body.and_then(|mut body| line.http.send(head, &mut body, &mut watch));
    let taken = sent.and_then(|mut reply| {
        meter.note_status(reply.status);
        let taken = match reply_to {
            ReplyTo::Small { len_max } => collect(&mut reply, len_max, Excess::Refuse, &mut watch),
            ReplyTo::Sink => {
                let sink = |id| sink_of(io, id, own_sink);
                receive(&mut reply, flight, (sink, fed.as_deref()), &line.pool, &mut watch)
            }
        }?;
        reply.finish(&line.http, &watch);
        Ok(taken)
    });
    // Nobody takes what would still be brought for the body.
    meter.stop_body();
    match taken {
        Ok(outcome) => outcome,
        Err(trouble) => Outcome::from(trouble).with_progress(meter),
    }
}

/// What to do with a body that is longer than wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Excess {
    Refuse,
    CutOff,
}

/// Longest sleep of a thread that waits to be unparked.
const PARK_MAX: Duration = Duration::from_secs(10);

/// Bytes of a small answer that are read at a time.
const READ_LEN: usize = 8 * 1024;

/// Collects a small answer.
fn collect(
    reply: &mut Reply,
    len_max: u32,
    excess: Excess,
    watch: &mut Watch<'_>,
) -> Result<Outcome, Trouble> {
    let len_max = usize::try_from(len_max).unwrap_or(usize::MAX);
    let known = reply.len_left().and_then(|len| usize::try_from(len).ok());
    // One more, so that the end is met where nobody told it before.
    let room = known.unwrap_or(READ_LEN).saturating_add(1);
    let mut body = BytesMut::new();
    loop {
        let begin = body.len();
        let too_many = (len_max - begin).saturating_add(1);
        body.resize(begin + room.clamp(1, READ_LEN).min(too_many), 0);
        let count = reply.read(body.get_mut(begin..).unwrap_or_default(), watch)?;
        body.truncate(begin + count);
        if body.len() > len_max && excess == Excess::Refuse {
            return Err(Trouble::new(Cause::BadReply, "the answer is longer than allowed"));
        }
        if count == 0 || body.len() > len_max {
            break;
        }
    }
    body.truncate(len_max);
    let headers = ReplyHeaders(core::mem::take(&mut reply.headers));
    let (status, body, sent) = (reply.status, Bytes::from(body), watch.meter().sent());
    Ok(Outcome::Response { status, headers, body, sent })
}

/// Asks what becomes of the body, and does it.
fn receive<'a>(
    reply: &mut Reply,
    flight: &Flight<JobIo>,
    (sink, fed): (impl FnOnce(SinkId) -> Option<&'a dyn Sink>, Option<&Meter>),
    pool: &Pool,
    watch: &mut Watch<'_>,
) -> Result<Outcome, Trouble> {
    let status = reply.status;
    let headers = ReplyHeaders(core::mem::take(&mut reply.headers));
    let accept = flight.accept(status, &headers);
    // The job may want more to be done at the same time.
    watch.look();
    match accept {
        Accept::Collect { len_max } => {
            reply.headers = headers.0;
            collect(reply, len_max, Excess::CutOff, watch)
        }
        Accept::Feed { len } => {
            let missing = || Trouble::new(Cause::SinkFailed, "there is nobody to feed");
            let pipe = fed.ok_or_else(missing)?.pipe();
            take(reply, len, pool, watch, |bytes, _, watch| feed(pipe, bytes, watch))?;
            Ok(Outcome::Stored { status })
        }
        Accept::Store { sink: id, offset, len } => {
            let missing = || Trouble::new(Cause::SinkFailed, "the target is not there");
            let sink = sink(id).ok_or_else(missing)?;
            take(reply, len, pool, watch, |bytes, stored, watch| {
                watch.meter().touch(Phase::Storing);
                Ok(sink.write_at(offset + stored, bytes)?)
            })?;
            Ok(Outcome::Stored { status })
        }
    }
}

/// Hands bytes to the body of another request, as fast as that takes them.
fn feed(pipe: &Pipe, bytes: &[u8], watch: &mut Watch<'_>) -> Result<(), Trouble> {
    let mut bytes = Bytes::copy_from_slice(bytes);
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    while !bytes.is_empty() {
        match pipe.poll_put(&mut bytes, &waker) {
            Poll::Ready(put) => drop(put?),
            Poll::Pending => {
                // The other request is slow, and watched for itself.
                watch.meter().hold();
                watch.park(Instant::now() + PARK_MAX)?;
            }
        }
    }
    Ok(())
}

/// Takes exactly `len` bytes of the body, or fewer if that is said meanwhile. `store` is given
/// them with the number of those before.
fn take(
    reply: &mut Reply,
    len: u64,
    pool: &Pool,
    watch: &mut Watch<'_>,
    mut store: impl FnMut(&[u8], u64, &mut Watch<'_>) -> Result<(), Trouble>,
) -> Result<(), Trouble> {
    let mut piece = pool.take();
    let mut stored = 0;
    let meter = watch.meter();
    while let left @ 1.. = meter.left(stored, len) {
        meter.touch(Phase::Waiting);
        let chunk_len = watch.chunk_len_down();
        let room = usize::try_from(left).map_or(PIECE_LEN, |left| left.min(PIECE_LEN));
        let room = room.min(chunk_len);
        let space = piece.space().get_mut(..room).unwrap_or_default();
        let count = reply.read(space, watch)?;
        watch.pass_down(count)?;
        if count == 0 {
            return Err(Trouble::new(Cause::Closed, "the answer ended early"));
        }
        store(space.get(..count).unwrap_or_default(), stored, watch)?;
        meter.add_stored(count);
        stored += count as u64;
    }
    Ok(())
}
