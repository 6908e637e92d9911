//! One order from its first to its last byte.

use core::task::{Poll, Waker};
use core::time::Duration;
use std::sync::Arc;
use std::time::Instant;

use b2_local::claims::Claims;
use b2_local::exchange::pipe::Pipe;
use b2_local::exchange::pool::{PIECE_LEN, Pool};
use b2_local::exchange::{Outcome, Outgoing, Pace, Phase, Trouble};
use b2_local::hub::{Flight, Order, Work};
use b2_local::job::{Answer, Room, work};
use b2_local::sink::Sink;
use b2_proto::error::Cause;
use bytes::{Bytes, BytesMut};

use super::io::JobIo;
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
    let (pool, meter) = (&place.line.pool, flight.meter());
    let outcome = match work {
        Work::Send(out) => exchange(place, &io, &flight, *out),
        Work::Fill { slot, source, len } => {
            local::fill(&io, (slot, source, len), pool).unwrap_or_else(Outcome::from)
        }
        Work::Hash { source, offset, len } => work::hash(&io, source, (offset, len), pool, meter),
        Work::HashJoined { pieces } => work::hash_joined(&io, &pieces, pool, meter),
        Work::Take { closed, len, count } => work::take(&io, &closed, (len, count)),
        Work::Claim { file } => work::claim(&io, &place.line.claims, &file),
        Work::Digest { sink, offset, len } => {
            local::digest(&io, (sink, offset, len), place.own_sink)
        }
    };
    (flight, outcome)
}

/// Sends a request and takes its answer.
fn exchange(place: Place<'_>, io: &JobIo, flight: &Flight<JobIo>, out: Outgoing) -> Outcome {
    let Place { line, hand, next_look, own_sink } = place;
    let meter = flight.meter();
    let mut watch = Watch::new(meter, out.silence_max, hand, next_look, &line.pace);
    let (reply_to, fed) = (out.reply, out.fed.clone());
    let head = Head { method: out.method, url: out.url, headers: out.headers };
    let body = Body::open(out.payload, io, line);
    let sent = body.and_then(|mut body| line.http.send(head, &mut body, &mut watch));
    let taken = sent.and_then(|mut reply| {
        let (status, headers) = (reply.status, core::mem::take(&mut reply.headers));
        flight.answered(status);
        let (answer, has_news) =
            Answer::of(reply_to, (status, &headers), flight, (io, fed.as_deref()))?;
        if has_news {
            // The job wants more to be done at the same time.
            watch.look();
        }
        let outcome = match answer {
            Answer::Small(room) => {
                let body = collect(&mut reply, room, &mut watch)?;
                Outcome::Response { status, headers, body, sent: meter.sent() }
            }
            Answer::Fed(pipe, len) => {
                let feed = |bytes: &_, _, watch: &mut Watch<'_>| feed(pipe, bytes, watch);
                take(&mut reply, len, &line.pool, &mut watch, feed)?;
                Outcome::Stored { status }
            }
            Answer::Stored { sink, offset, len } => {
                let sink = sink.open(own_sink)?;
                let store = |bytes: &_, stored, watch: &mut Watch<'_>| {
                    watch.meter().touch(Phase::Storing);
                    Ok(sink.write_at(offset + stored, bytes)?)
                };
                take(&mut reply, len, &line.pool, &mut watch, store)?;
                Outcome::Stored { status }
            }
        };
        reply.finish(&line.http, &watch);
        Ok(outcome)
    });
    // Nobody takes what would still be brought for the body.
    meter.stop_body();
    match taken {
        Ok(outcome) => outcome,
        Err(trouble) => Outcome::from(trouble).with_progress(meter),
    }
}

/// Longest sleep of a thread that waits to be unparked.
const PARK_MAX: Duration = Duration::from_secs(10);

/// Bytes of a small answer that are read at a time.
const READ_LEN: usize = 8 * 1024;

/// Collects a small answer.
fn collect(reply: &mut Reply, mut room: Room, watch: &mut Watch<'_>) -> Result<Bytes, Trouble> {
    let known = reply.len_left().and_then(|len| usize::try_from(len).ok());
    // One more, so that the end is met where nobody told it before.
    let len = known.unwrap_or(READ_LEN).saturating_add(1).min(READ_LEN);
    let mut body = BytesMut::new();
    while !room.is_done() {
        let begin = body.len();
        body.resize(begin + len.min(room.left().saturating_add(1)), 0);
        let count = reply.read(body.get_mut(begin..).unwrap_or_default(), watch)?;
        let kept = room.take(count)?;
        body.truncate(begin + kept);
        if count == 0 {
            break;
        }
    }
    Ok(body.freeze())
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
