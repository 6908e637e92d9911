//! Single requests against a peer that does just what the test says.

use super::*;
use crate::builder::http;
use crate::connector::{ConnectError, Connector, Origin, Stream};
use b2_local::face::Settings;
use b2_local::source::FileSource;
use b2_proto::error::{Cause, Error};
use b2_proto::id::{ReqId, SourceId};
use b2_proto::machine::{Action, Input, Machine, ReplyTo, Request, Session};
use b2_proto::op::Class;
use b2_proto::time::{Deadline, Instant};
use b2_proto::wire::body::{Body, DigestMode};
use b2_proto::wire::head::{Head, Target};
use b2_proto::wire::text::Sha1;
use core::time::Duration;
use io::SourceHandle;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;

mod kept;
mod peers;
mod proxied;
mod secured;
mod taken;

const ID: ReqId = ReqId { slot: 0, generation: 1 };
/// More than the buffers of a connection over loopback take.
const LONG: usize = 64 << 20;
/// Nobody waits this long: the test would hang, which is noticed.
const FOREVER: Duration = Duration::from_secs(3_600);
const MOMENT: Duration = Duration::from_millis(50);

/// A machine that sends one request and gives what became of it.
struct Once {
    url: String,
    len: u64,
    timeout: Duration,
    is_sent: bool,
    end: Option<End>,
}

/// What became of a request.
#[derive(Debug)]
enum End {
    Response { status: u16, body: Vec<u8>, sent: Option<Sha1> },
    Failed(Cause, Option<Sha1>),
    Other,
}

impl Machine for Once {
    type Output = End;

    fn decide(&mut self, _cx: &mut Session, _now: Instant) -> bool {
        !core::mem::replace(&mut self.is_sent, true)
    }

    fn action<'a>(&'a mut self, _cx: &'a Session) -> Option<Action<'a>> {
        let head = Head { target: Target::Upload(&self.url), ..Head::json("", "test", "token") };
        let digest = DigestMode::AtEnd;
        let body = Body::Range { source: SourceId(0), offset: 0, len: self.len, digest };
        let reply = ReplyTo::Small { len_max: 100 };
        let timeout_ms = u32::try_from(self.timeout.as_millis()).expect("short");
        let (id, operation, class, attempt) = (ID, "test", Class::A, 1);
        Some(Action::Send(Request {
            id,
            operation,
            class,
            attempt,
            head,
            body,
            reply,
            timeout_ms,
            feeds: None,
        }))
    }

    fn handle_input(&mut self, _cx: &mut Session, _now: Instant, input: Input<'_>) {
        self.end = Some(match input {
            Input::Response { reply, sent, .. } => {
                End::Response { status: reply.status, body: reply.body.to_vec(), sent }
            }
            Input::Failed { cause, sent, .. } => End::Failed(cause, sent),
            Input::Stored { .. }
            | Input::Filled { .. }
            | Input::Digested { .. }
            | Input::Hashed { .. }
            | Input::Claimed { .. }
            | Input::Taken { .. }
            | Input::Moved { .. } => End::Other,
        });
    }

    fn poll_deadline(&self, _cx: &Session) -> Option<Deadline> {
        None
    }

    fn waits_for_login(&self, _cx: &Session) -> bool {
        false
    }

    fn cancel(&mut self, _now: Instant) {}

    fn outcome(&mut self) -> Option<Result<End, Error>> {
        self.end.take().map(Ok)
    }
}

fn settings() -> Settings {
    let key = Some(("id".to_owned(), "key".into()));
    Settings { key, realm: "http://127.0.0.1:1".to_owned(), ..Settings::default() }
}

fn flow(settings: &Settings) -> Flow {
    Flow::new(settings.hub("test", "0").expect("settings"), http(settings, None).expect("settings"))
}

/// Sends `len` bytes of `source` and gives how that ended.
fn send(flow: &Flow, url: &str, (source, len): (SourceHandle, usize), timeout: Duration) -> End {
    let once = Once { url: url.to_owned(), len: len as u64, timeout, is_sent: false, end: None };
    flow.run(once, JobIo::reading(source), Terms::default(), |_| None).expect("an end")
}

fn memory(len: usize) -> (SourceHandle, usize) {
    (SourceHandle::Memory(vec![7; len].into()), len)
}

/// The end of an exchange, in a thread of its own.
struct Exchange(JoinHandle<End>);

impl Exchange {
    fn end(self) -> End {
        self.0.join().expect("no panic")
    }

    fn cause(self) -> Cause {
        self.failed().0
    }

    /// The cause, and the digest if the whole body was handed over.
    fn failed(self) -> (Cause, Option<Sha1>) {
        let end = self.end();
        let End::Failed(cause, sent) = end else { panic!("{end:?}") };
        (cause, sent)
    }
}

struct Peer {
    listener: TcpListener,
    url: String,
}

impl Peer {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}/", listener.local_addr().expect("bound"));
        Self { listener, url }
    }

    /// The connection, after the head of the request.
    fn accept(&self) -> TcpStream {
        self.accept_with(|_| ())
    }

    /// The same, and somebody looks at the head.
    fn accept_with(&self, look: impl FnOnce(&str)) -> TcpStream {
        let (mut stream, _) = self.listener.accept().expect("a connection");
        look(&head(&mut stream));
        stream
    }

    fn send(&self, source: (SourceHandle, usize), timeout: Duration) -> Exchange {
        self.send_by(flow(&settings()), source, timeout)
    }

    fn send_by(&self, flow: Flow, source: (SourceHandle, usize), timeout: Duration) -> Exchange {
        let url = self.url.clone();
        Exchange(std::thread::spawn(move || send(&flow, &url, source, timeout)))
    }
}

/// The head of a request.
fn head(stream: &mut impl std::io::Read) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).expect("a head");
        head.extend(byte);
    }
    String::from_utf8(head).expect("text")
}
