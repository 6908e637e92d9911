//! What is told of a request on its way out, by a connection that takes what a test says.

use super::*;
use crate::exchange::Phase;
use crate::exchange::range::Whole;
use crate::flow::body::SendBody;
use crate::flow::whole::WholePayload;
use b2_proto::wire::text::Sha1;
use bytes::Bytes;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use core::task::{Context, Poll};
use core::time::Duration;
use futures_io::{AsyncRead, AsyncWrite};
use std::io::ErrorKind;
use std::sync::Mutex;

/// Takes a request, and says how many bytes of it.
type Take = dyn Fn(&[u8]) -> io::Result<usize> + Send + Sync;
/// The answer, once it can be read.
type Say = dyn Fn() -> Option<&'static str> + Send + Sync;

/// Connections to a peer that does this.
#[derive(Clone)]
struct Line {
    take: Arc<Take>,
    say: Arc<Say>,
    is_looked: Arc<AtomicBool>,
}

struct Stream {
    line: Line,
    has_spoken: bool,
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready((self.line.take)(bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        space: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        match (self.line.say)() {
            Some(words) if !self.has_spoken => {
                self.has_spoken = true;
                let bytes = words.as_bytes();
                space[..bytes.len()].copy_from_slice(bytes);
                Poll::Ready(Ok(bytes.len()))
            }
            _ => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
        }
    }
}

impl Sockets for Line {
    type Stream = Stream;

    async fn connect(&self, _: SocketAddr) -> io::Result<Stream> {
        Ok(Stream { line: self.clone(), has_spoken: false })
    }

    async fn sleep_until(&self, at: Instant) {
        Timer::at(at).await;
    }

    async fn look(&self) {
        self.is_looked.store(true, Ordering::Relaxed);
    }

    fn spawn(&self, task: BoxFuture<()>) {
        smol::spawn(task).detach();
    }
}

/// Bytes of a body, in one piece.
const LEN: usize = 100_000;
/// What a connection takes of them at a time.
const SOME: usize = 10_000;

fn payload(meter: &Arc<Meter>) -> (SendBody, Sha1) {
    let bytes = Bytes::from(vec![7; LEN]);
    let sha1 = Sha1::of(&bytes);
    (WholePayload::body(Whole { bytes, sha1 }, meter), sha1)
}

/// Status of the answer to an upload, or why there is none.
fn upload(line: Line, body: SendBody, meter: &Meter) -> Result<u16, Cause> {
    let settings = Settings { realm: "http://localhost".to_owned(), ..Settings::default() };
    let http = super::super::Http::new(&settings, line, None, Pieces::default()).expect("a client");
    let request =
        WireRequest { method: Method::POST, body: Some(body), ..request("http://127.0.0.1:9/") };
    let sent = smol::block_on(http.send(request, meter));
    sent.map(|reply| reply.status).map_err(|trouble| trouble.cause)
}

/// One piece may take its time on a slow line: what counts is that bytes leave.
#[test]
fn the_meter_hears_of_all_that_the_connection_takes() {
    let meter = Arc::new(Meter::new());
    let (body, sha1) = payload(&meter);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let taken = Arc::new(AtomicUsize::new(0));
    let take = {
        let (meter, seen, taken) = (meter.clone(), seen.clone(), taken.clone());
        move |bytes: &[u8]| {
            seen.lock().expect("whole").push((meter.phase(), meter.last(), meter.sent()));
            // So that the clock moves on.
            std::thread::sleep(Duration::from_millis(1));
            let count = bytes.len().min(SOME);
            taken.fetch_add(count, Ordering::Relaxed);
            Ok(count)
        }
    };
    let say = move || {
        (taken.load(Ordering::Relaxed) > LEN)
            .then_some("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    };
    let line = Line { take: Arc::new(take), say: Arc::new(say), is_looked: Arc::default() };
    assert_eq!(upload(line, body, &meter), Ok(200));
    assert_eq!((meter.sent(), meter.phase()), (Some(sha1), Phase::Waiting));
    let seen = seen.lock().expect("whole");
    assert!(seen.len() > LEN / SOME, "{seen:?}");
    assert!(seen.iter().all(|(_, _, sent)| sent.is_none()), "not all was sent: {seen:?}");
    assert!(seen.iter().skip(1).all(|(phase, ..)| *phase == Phase::Sending), "{seen:?}");
    assert!(seen.is_sorted_by(|(_, last, _), (_, next, _)| last < next), "{seen:?}");
}

/// Takes half of a request, and then nothing any more.
fn half(kind: ErrorKind) -> Arc<Take> {
    let left = AtomicUsize::new(LEN / 2);
    Arc::new(move |bytes| {
        let count = bytes.len().min(left.load(Ordering::Relaxed));
        left.fetch_sub(count, Ordering::Relaxed);
        if count == 0 { Err(kind.into()) } else { Ok(count) }
    })
}

/// The service cannot have taken what has not left, so nobody need ask it.
#[test]
fn half_a_body_is_not_sent() {
    let meter = Arc::new(Meter::new());
    let take = half(ErrorKind::ConnectionReset);
    let line = Line { take, say: Arc::new(|| None), is_looked: Arc::default() };
    assert_eq!(upload(line, payload(&meter).0, &meter), Err(Cause::Reset));
    assert_eq!((meter.sent(), meter.phase()), (None, Phase::Sending));
}

/// Some runtimes know only what had come when they looked at their sockets last.
#[test]
fn an_answer_that_came_meanwhile_counts_more_than_a_write_that_fails() {
    let meter = Arc::new(Meter::new());
    let is_looked: Arc<AtomicBool> = Arc::default();
    let looked = is_looked.clone();
    let say = move || {
        let is_there = looked.load(Ordering::Relaxed);
        is_there.then_some("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n")
    };
    let line = Line { take: half(ErrorKind::BrokenPipe), say: Arc::new(say), is_looked };
    assert_eq!(upload(line, payload(&meter).0, &meter), Ok(403));
    assert_eq!(meter.sent(), None);
}
