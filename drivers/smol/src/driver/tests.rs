//! Single requests against a peer that does just what the test says.

use super::*;
use b2_local::exchange::pool::Pool;
use b2_local::face::Settings;
use b2_local::flow::Flow;
use b2_local::flow::io::JobIo;
use b2_local::flow::source::SourceHandle;
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
use smol::io::{AsyncReadExt as _, AsyncWriteExt as _};
use smol::net::{TcpListener, TcpStream};
use std::fs;

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

struct Peer {
    listener: TcpListener,
    url: String,
}

impl Peer {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/", listener.local_addr().expect("bound"));
        Self { listener, url }
    }

    /// The connection, after the head of the request.
    async fn accept(&self) -> TcpStream {
        let (mut stream, _) = self.listener.accept().await.expect("a connection");
        let mut last = [0; 4];
        while last != *b"\r\n\r\n" {
            last.rotate_left(1);
            stream.read_exact(&mut last[3..]).await.expect("a head");
        }
        stream
    }

    /// Sends `len` bytes of `source` and gives how that ended.
    fn send(&self, source: (SourceHandle, usize), timeout: Duration) -> Exchange {
        let settings = Settings { realm: self.url.clone(), ..Settings::default() };
        send(&driver(&settings), &self.url, source, timeout)
    }
}

fn driver(settings: &Settings) -> Smol {
    Smol::new(Http::new(settings, SmolSockets, None, Pool::default()).expect("a client"))
}

/// Sends `len` bytes of `source` to a URL and gives how that ended.
fn send(
    driver: &Smol,
    url: &str,
    (source, len): (SourceHandle, usize),
    timeout: Duration,
) -> Exchange {
    let key = Some(("id".to_owned(), "key".into()));
    let hub = Settings { key, ..Settings::default() }.hub("test", "0").expect("settings");
    let once = Once { url: url.to_owned(), len: len as u64, timeout, is_sent: false, end: None };
    let flow = Flow::new(hub, Pool::default(), driver.clone());
    let task =
        smol::spawn(async move { flow.run(once, JobIo::reading(source)).await.expect("an end") });
    Exchange { task }
}

struct Exchange {
    task: smol::Task<End>,
}

impl Exchange {
    async fn end(self) -> End {
        self.task.await
    }

    async fn cause(self) -> Cause {
        self.failed().await.0
    }

    /// The cause, and the digest if the whole body was handed over.
    async fn failed(self) -> (Cause, Option<Sha1>) {
        let end = self.end().await;
        let End::Failed(cause, sent) = end else { panic!("{end:?}") };
        (cause, sent)
    }
}

fn memory(len: usize) -> (SourceHandle, usize) {
    (SourceHandle::Memory(vec![7; len].into()), len)
}

#[test]
fn a_peer_that_reads_nothing_is_left() {
    smol::block_on(async {
        let peer = Peer::new().await;
        let sending = peer.send(memory(LONG), MOMENT);
        let _stream = peer.accept().await;
        assert_eq!(sending.cause().await, Cause::SendTimeout);
    });
}

#[test]
fn a_peer_that_answers_nothing_is_left() {
    smol::block_on(async {
        for len in [10, 300_000] {
            let peer = Peer::new().await;
            let sending = peer.send(memory(len), MOMENT);
            let mut stream = peer.accept().await;
            let mut body = vec![0; len + 40];
            stream.read_exact(&mut body).await.expect("the whole body");
            assert_eq!(body[len..], Sha1::of(&body[..len]).hex());
            assert_eq!(sending.cause().await, Cause::ReadTimeout);
        }
    });
}

#[test]
fn an_early_answer_ends_the_body() {
    smol::block_on(async {
        let peer = Peer::new().await;
        let sending = peer.send(memory(LONG), FOREVER);
        let mut stream = peer.accept().await;
        stream.write_all(b"HTTP/1.1 418 No\r\nContent-Length: 2\r\n\r\nno").await.expect("sent");
        let end = sending.end().await;
        let End::Response { status, body, sent } = end else { panic!("{end:?}") };
        assert_eq!((status, &body[..], sent), (418, &b"no"[..], None));
        // The rest of what was under way, and then the end of the connection.
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest).await;
        assert!(rest.len() < LONG);
    });
}

#[test]
fn an_answer_that_is_too_long_is_refused() {
    smol::block_on(async {
        let peer = Peer::new().await;
        let sending = peer.send(memory(1), FOREVER);
        let mut stream = peer.accept().await;
        let head = b"HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n";
        stream.write_all(&[&head[..], &[b'x'; 101]].concat()).await.expect("sent");
        assert_eq!(sending.cause().await, Cause::BadReply);
    });
}

#[test]
fn a_peer_that_hangs_up_is_told_by_when() {
    smol::block_on(async {
        let peer = Peer::new().await;
        let sending = peer.send(memory(1), FOREVER);
        let mut stream = peer.accept().await;
        let mut body = [0; 41];
        stream.read_exact(&mut body).await.expect("the whole body");
        drop(stream);
        assert_eq!(sending.failed().await, (Cause::Closed, Some(Sha1::of(&body[..1]))));

        let sending = peer.send(memory(LONG), FOREVER);
        drop(peer.accept().await);
        let (cause, sent) = sending.failed().await;
        assert!(matches!(cause, Cause::BrokenPipe | Cause::Reset), "{cause:?}");
        assert_eq!(sent, None, "the body was not handed over whole");
    });
}

#[test]
fn a_file_that_changes_meanwhile_is_not_sent_to_the_end() {
    smol::block_on(async {
        let peer = Peer::new().await;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        fs::write(&path, vec![7; LONG]).expect("written");
        let file = Arc::new(FileSource::open(&path).expect("there"));
        let sending = peer.send((SourceHandle::Seekable(file), LONG), FOREVER);
        let mut stream = peer.accept().await;
        // Nothing is read yet, so the last piece cannot have been.
        let longer = fs::File::options().append(true).open(&path);
        longer
            .and_then(|mut file| std::io::Write::write_all(&mut file, b"more"))
            .expect("appended");
        let mut all = Vec::new();
        let _ = stream.read_to_end(&mut all).await;
        assert!(all.len() < LONG, "a whole body was sent");
        assert_eq!(sending.cause().await, Cause::SourceChanged);
    });
}
