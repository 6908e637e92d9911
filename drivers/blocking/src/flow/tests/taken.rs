//! Streams of the caller's, which take what a test says.

use super::*;
use crate::connector::Readiness;
use crate::http::watch::{Hand, Watch};
use crate::http::{Head as HttpHead, NextPiece, Pieces};
use b2_local::exchange::{HeaderList, Meter, Pace, Trouble};
use core::sync::atomic::{AtomicBool, Ordering};
use std::io::{self, ErrorKind, IoSlice};

/// What a peer says when it has a whole request: the end of the connection, if nothing.
#[derive(Clone)]
struct Line {
    answer: &'static str,
    /// Whether it never says that what it has taken has left.
    is_mum: bool,
    /// The bytes that end a request, and whether they are there.
    end: Vec<u8>,
    has_all: Arc<AtomicBool>,
    /// Whether it takes nothing behind the first request.
    is_full: Arc<AtomicBool>,
}

impl Line {
    fn new(answer: &'static str, end: &[u8]) -> Self {
        let (has_all, is_full) = Default::default();
        Self { answer, is_mum: false, end: end.to_vec(), has_all, is_full }
    }
}

impl Connector for Line {
    fn connect(&self, _: &Origin, _: Duration) -> Result<Box<dyn Stream>, ConnectError> {
        Ok(Box::new(self.clone()))
    }
}

impl Stream for Line {
    fn read(&self, buf: &mut [u8]) -> io::Result<usize> {
        if !self.has_all.load(Ordering::Relaxed) {
            return Err(ErrorKind::WouldBlock.into());
        }
        let bytes = self.answer.as_bytes();
        // What is said is said once, and the end stays.
        self.has_all.store(bytes.is_empty(), Ordering::Relaxed);
        buf[..bytes.len()].copy_from_slice(bytes);
        Ok(bytes.len())
    }

    fn write(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        if self.is_full.load(Ordering::Relaxed) {
            return Err(ErrorKind::WouldBlock.into());
        }
        let bytes: Vec<u8> = bufs.iter().flat_map(|buf| buf.iter().copied()).collect();
        if bytes.ends_with(&self.end) {
            self.has_all.store(true, Ordering::Relaxed);
            self.is_full.store(true, Ordering::Relaxed);
        }
        Ok(bytes.len())
    }

    fn flush(&self) -> io::Result<()> {
        if self.is_mum { Err(ErrorKind::WouldBlock.into()) } else { Ok(()) }
    }

    fn wait(&self, wanted: Readiness, at_most: Duration) -> io::Result<Readiness> {
        let read = wanted.read && self.has_all.load(Ordering::Relaxed);
        if !read {
            std::thread::sleep(at_most);
        }
        Ok(Readiness { read, write: false })
    }

    fn shutdown(&self) {}
}

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

/// A stream of the caller's may have told nobody yet that all has left, when the service has it.
#[test]
fn what_was_taken_may_have_left_before_the_stream_says_so() {
    let sha1 = Sha1::of(&[7; 10]);
    for answer in [OK, ""] {
        let line = Line { is_mum: true, ..Line::new(answer, &sha1.hex()) };
        let http = http(&settings(), Some(Arc::new(line))).expect("settings");
        let flow = Flow::new(settings().hub("test", "0").expect("settings"), http);
        let (is_answered, sent) = match send(&flow, "http://b2.test/", memory(10), FOREVER) {
            End::Response { sent, .. } => (true, sent),
            End::Failed(_, sent) => (false, sent),
            End::Other => panic!("neither"),
        };
        assert_eq!(is_answered, answer == OK);
        assert_eq!(sent, Some(sha1), "{answer}");
    }
}

/// A body that another request never brings, or none.
struct Waits(bool);

impl Pieces for Waits {
    fn is_payload(&self) -> bool {
        true
    }

    fn next(&mut self, meter: &Meter) -> Result<NextPiece, Trouble> {
        if !self.0 {
            return Ok(NextPiece::End);
        }
        meter.hold_body();
        Ok(NextPiece::Later)
    }

    fn sent(&mut self, _: usize, _: &Meter) {}
}

struct Idle;

impl Hand for Idle {
    fn look(&mut self) -> Option<std::time::Instant> {
        None
    }
}

/// What waits for another request is no reason to wait for this peer without an end.
#[test]
fn a_body_that_waits_excuses_nobody_who_does_not_take_the_head() {
    let http = http(&settings(), Some(Arc::new(Line::new(OK, b"\r\n\r\n")))).expect("settings");
    let pace = Pace::new(None, None);
    let send = |waits| {
        let (meter, mut hand) = (Meter::new(), Idle);
        let mut watch = Watch::new(&meter, MOMENT, &mut hand, None, &pace);
        let (url, headers) = ("http://b2.test/".to_owned(), HeaderList::new());
        let head = HttpHead { method: ::http::Method::POST, url, headers };
        let reply = http.send(head, &mut Waits(waits), &mut watch);
        reply.map(|reply| reply.finish(&http, &watch)).map_err(|trouble| trouble.cause)
    };
    assert_eq!(send(false), Ok(()), "the connection is kept");
    assert_eq!(send(true), Err(Cause::SendTimeout));
}
