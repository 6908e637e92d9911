//! What is told of a request on its way out, by a connection that takes what a test says.

use super::*;
use crate::exchange::Phase;
use crate::exchange::joined::{Joined, JoinedPiece};
use crate::exchange::range::Whole;
use crate::flow::body::{PieceBody, SendBody};
use crate::flow::store::tests::Threads;
use crate::flow::whole::WholePayload;
use b2_proto::wire::body::DigestMode;
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
    /// Whether it never says that what it has taken has left.
    is_mum: bool,
}

impl Line {
    fn new(
        take: Arc<Take>,
        say: impl Fn() -> Option<&'static str> + Send + Sync + 'static,
    ) -> Self {
        Self { take, say: Arc::new(say), is_looked: Arc::default(), is_mum: false }
    }
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
        match (self.line.take)(bytes) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => Poll::Pending,
            taken => Poll::Ready(taken),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.line.is_mum { Poll::Pending } else { Poll::Ready(Ok(())) }
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
    let line = Line::new(Arc::new(take), say);
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
    let line = Line::new(take, || None);
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
    let line = Line { is_looked, ..Line::new(half(ErrorKind::BrokenPipe), say) };
    assert_eq!(upload(line, payload(&meter).0, &meter), Ok(403));
    assert_eq!(meter.sent(), None);
}

/// A stream of the caller's may have told nobody yet that all has left, when the service has it.
#[test]
fn what_was_taken_may_have_left_before_the_stream_says_so() {
    let ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    for (words, expected) in [(ok, Ok(200)), ("", Err(Cause::BrokenPipe))] {
        let meter = Arc::new(Meter::new());
        let (body, sha1) = payload(&meter);
        let taken = Arc::new(AtomicUsize::new(0));
        let take = {
            let (meter, taken) = (meter.clone(), taken.clone());
            move |bytes: &[u8]| {
                assert_eq!(meter.sent(), None, "not all was taken");
                taken.fetch_add(bytes.len(), Ordering::Relaxed);
                Ok(bytes.len())
            }
        };
        let say = move || (taken.load(Ordering::Relaxed) > LEN).then_some(words);
        let line = Line { is_mum: true, ..Line::new(Arc::new(take), say) };
        assert_eq!(upload(line, body, &meter), expected);
        assert_eq!(meter.sent(), Some(sha1), "{expected:?}");
    }
}

/// What waits for another request is no reason to wait for this peer without an end.
#[test]
fn a_body_that_waits_excuses_nobody_who_does_not_take_the_head() {
    let meter = Arc::new(Meter::new());
    let pieces =
        Joined::new(vec![JoinedPiece::Fed { len: 9 }], DigestMode::AtEnd, Pieces::default());
    let body = PieceBody::joined(&Threads::line(), pieces, 49, meter.clone());
    let body = SendBody::Pieces(Box::new(body));
    let line = Line::new(Arc::new(|_| Err(ErrorKind::WouldBlock.into())), || Some(""));
    assert_eq!(upload(line, body, &meter), Err(Cause::BrokenPipe));
    assert_eq!(meter.check_silence(Duration::ZERO), Err(Cause::SendTimeout));
}
