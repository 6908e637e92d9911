//! One request from its first to its last byte.

use super::body::PayloadBody;
use super::cause;
use super::headers::ReplyHeaders;
use super::meter::{Meter, Phase, Trouble};
use super::outcome::Outcome;
use super::pool::Pool;
use super::request::{Outgoing, Payload, slice};
use super::source::{FileRange, MemoryRange, SourceHandle};
use super::store::Store;
use crate::job::JobIo;
use b2_local::source::FileSource;
use b2_proto::error::Cause;
use b2_proto::id::ReqId;
use b2_proto::machine::engine::JobId;
use b2_proto::machine::{Accept, ReplyTo};
use b2_proto::wire::body::DigestMode;
use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use reqwest::{Body, Response};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};
use tokio::task::spawn_blocking;

/// The head of an answer whose body waits for the machine's decision.
pub(crate) struct Arrival {
    pub(crate) job: JobId,
    pub(crate) id: ReqId,
    pub(crate) status: u16,
    pub(crate) headers: ReplyHeaders,
    pub(crate) verdict: oneshot::Sender<Accept>,
}

/// What all requests use.
#[derive(Clone)]
pub(crate) struct Line {
    pub(crate) http: reqwest::Client,
    pub(crate) arrivals: mpsc::Sender<Arrival>,
    pub(crate) pool: Pool,
}

/// Sends a request and takes its answer.
pub(crate) async fn exchange(line: Line, job: JobId, io: Arc<JobIo>, out: Outgoing) -> Outcome {
    let (meter, silence_max) = (out.meter.clone(), out.silence_max);
    let (id, reply) = (out.id, out.reply);
    let stored = Stored::default();
    let work = async {
        let response = send(&line, out, &meter).await?;
        match reply {
            ReplyTo::Small { len_max } => collect(response, len_max, Excess::Refuse, &meter).await,
            ReplyTo::Sink => {
                let arrival = Place { line: &line, job, id, io: &io };
                arrival.receive(response, &meter, &stored).await
            }
        }
    };
    let outcome = match meter.watch(silence_max, work).await {
        Ok(Ok(outcome) | Err(outcome)) => outcome,
        Err(cause) => Outcome::failed(cause, ""),
    };
    // Nobody reads what would still be sent.
    meter.stop();
    outcome.with_stored(stored.get())
}

/// Bytes of the answer that have reached the sink.
#[derive(Default)]
pub(crate) struct Stored(core::sync::atomic::AtomicU64);

impl Stored {
    pub(crate) fn add(&self, bytes: u64) {
        self.0.fetch_add(bytes, core::sync::atomic::Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(core::sync::atomic::Ordering::Relaxed)
    }
}

/// Sends head and body until the head of the answer arrives.
async fn send(line: &Line, out: Outgoing, meter: &Arc<Meter>) -> Result<Response, Outcome> {
    let mut http = out.http;
    if let Payload::Range { source, offset, len, digest } = out.payload {
        *http.body_mut() = Some(payload(line, source, (offset, len), digest, meter).await?);
    }
    line.http.execute(http).await.map_err(|error| failed(&error, meter))
}

/// Bytes in memory up to which a body is hashed and sent as one piece.
const SHORT_LEN_MAX: u64 = 64 * 1024;

/// Opens a source as a body. A short one is read at once and needs no stream.
async fn payload(
    line: &Line,
    source: SourceHandle,
    (offset, len): (u64, u64),
    digest: DigestMode,
    meter: &Arc<Meter>,
) -> Result<Body, Outcome> {
    let wire_len = len.saturating_add(digest.trailer_len());
    match source {
        SourceHandle::Memory(bytes) => {
            let bytes = slice(&bytes, offset, len).ok_or_else(ended_early)?;
            let range = MemoryRange::new(bytes, digest);
            if len <= SHORT_LEN_MAX {
                let all = range.read_all();
                meter.add(all.bytes.len());
                meter.body_ended(all.sha1);
                return Ok(Body::from(all.bytes));
            }
            Ok(Body::wrap(PayloadBody::memory(range, wire_len, meter.clone())))
        }
        SourceHandle::File(file) => from_file(line, file, (offset, len), digest, meter).await,
        SourceHandle::Reader(_) => Err(Outcome::failed(
            Cause::SourceUnreadable,
            "a source that can be read once has no ranges",
        )),
    }
}

fn ended_early() -> Outcome {
    Outcome::failed(Cause::SourceChanged, "the source has fewer bytes than before")
}

async fn from_file(
    line: &Line,
    file: Arc<FileSource>,
    (offset, len): (u64, u64),
    digest: DigestMode,
    meter: &Arc<Meter>,
) -> Result<Body, Outcome> {
    meter.touch(Phase::Reading);
    let pool = line.pool.clone();
    let opened = spawn_blocking(move || {
        let mut range = FileRange::new(file, offset, len, digest, pool);
        let first = range.next()?;
        Ok::<_, Trouble>((range, first))
    });
    let broke_off = |_| Outcome::failed(Cause::SourceUnreadable, "reading the source broke off");
    let (range, first) = opened.await.map_err(broke_off)??;
    meter.touch(Phase::Waiting);
    if let Some(sha1) = first.ended {
        meter.add(first.bytes.len());
        meter.body_ended(sha1);
        return Ok(Body::from(first.bytes));
    }
    let wire_len = len.saturating_add(digest.trailer_len());
    Ok(Body::wrap(PayloadBody::file(range, first, wire_len, meter.clone())))
}

/// A source's trouble shows at the HTTP library as a body that broke off.
fn failed(error: &reqwest::Error, meter: &Meter) -> Outcome {
    match meter.trouble() {
        Some(trouble) => trouble.clone().into(),
        None => {
            let (cause, detail) = cause::of_http(error, meter.is_sending());
            Outcome::failed(cause, detail)
        }
    }
}

/// What to do with a body that is longer than wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Excess {
    Refuse,
    CutOff,
}

/// Collects a small answer.
async fn collect(
    mut response: Response,
    len_max: u32,
    excess: Excess,
    meter: &Meter,
) -> Result<Outcome, Outcome> {
    let (status, headers) = head(&mut response);
    let len_max = usize::try_from(len_max).unwrap_or(usize::MAX);
    let mut first = Bytes::new();
    let mut all = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| failed(&error, meter))? {
        let phase = if meter.is_sending() { Phase::Sending } else { Phase::Waiting };
        meter.touch(phase);
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
    Ok(Outcome::Response { status, headers, body, sent: meter.sent() })
}

fn head(response: &mut Response) -> (u16, ReplyHeaders) {
    let headers: HeaderMap = core::mem::take(response.headers_mut());
    (response.status().as_u16(), ReplyHeaders(headers))
}

/// Where the body of an answer may go.
struct Place<'a> {
    line: &'a Line,
    job: JobId,
    id: ReqId,
    io: &'a JobIo,
}

impl Place<'_> {
    /// Asks what becomes of the body, and does it.
    async fn receive(
        &self,
        mut response: Response,
        meter: &Meter,
        stored: &Stored,
    ) -> Result<Outcome, Outcome> {
        let status = response.status().as_u16();
        let headers = ReplyHeaders(response.headers().clone());
        let (verdict, decided) = oneshot::channel();
        let arrival = Arrival { job: self.job, id: self.id, status, headers, verdict };
        let gave_up = || Outcome::failed(Cause::Closed, "nobody waits for the answer");
        self.line.arrivals.send(arrival).await.map_err(|_| gave_up())?;
        match decided.await.map_err(|_| gave_up())? {
            Accept::Collect { len_max } => collect(response, len_max, Excess::CutOff, meter).await,
            Accept::Store { sink, offset, len } => {
                let sink = self
                    .io
                    .sink(sink)
                    .ok_or_else(|| Outcome::failed(Cause::SinkFailed, "the target is not there"))?;
                let mut store = Store::new(sink, offset, meter, stored);
                let result = take(&mut response, len, &mut store, meter).await;
                // What has arrived counts also when the rest did not.
                store.flush().await?;
                result.map(|()| Outcome::Stored)
            }
        }
    }
}

/// Takes exactly `len` bytes of the body.
async fn take(
    response: &mut Response,
    len: u64,
    store: &mut Store<'_>,
    meter: &Meter,
) -> Result<(), Outcome> {
    let mut left = len;
    while left > 0 {
        meter.touch(Phase::Waiting);
        let chunk = response.chunk().await.map_err(|error| failed(&error, meter))?;
        let Some(mut chunk) = chunk else {
            return Err(Outcome::failed(Cause::Closed, "the answer ended early"));
        };
        chunk.truncate(usize::try_from(left).unwrap_or(usize::MAX));
        left -= chunk.len() as u64;
        store.push(chunk).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
