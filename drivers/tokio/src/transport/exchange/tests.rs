//! Single requests against a peer that does just what the test says.

use super::*;
use crate::transport::meter::Meter;
use b2_proto::wire::text::Sha1;
use core::time::Duration;
use std::fs;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const ID: ReqId = ReqId { slot: 0, generation: 1 };
/// More than the buffers of a connection over loopback take.
const LONG: usize = 64 << 20;
/// Nobody waits this long: the test would hang, which is noticed.
const FOREVER: Duration = Duration::from_secs(3_600);
const MOMENT: Duration = Duration::from_millis(50);

struct Peer {
    listener: TcpListener,
    url: reqwest::Url,
}

impl Peer {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/", listener.local_addr().expect("bound"));
        Self { listener, url: url.parse().expect("a URL") }
    }

    /// The connection, after the head of the request.
    async fn accept(&self) -> TcpStream {
        let (mut stream, _) = self.listener.accept().await.expect("a connection");
        let mut last = [0; 4];
        while last != *b"\r\n\r\n" {
            last.rotate_left(1);
            last[3] = stream.read_u8().await.expect("a head");
        }
        stream
    }

    /// Sends `payload` and gives how that ended.
    fn send(&self, payload: Payload, len: u64, silence_max: Duration) -> Exchange {
        let mut http = reqwest::Request::new(http::Method::POST, self.url.clone());
        http.headers_mut().insert(http::header::CONTENT_LENGTH, len.into());
        let meter = Arc::new(Meter::new());
        let reply = ReplyTo::Small { len_max: 100 };
        let out = Outgoing { id: ID, http, payload, reply, silence_max, meter: meter.clone() };
        let tls = crate::tls::config(&[]).expect("settings");
        let client = reqwest::Client::builder().no_proxy().tls_backend_preconfigured(tls);
        let (arrivals, _) = mpsc::channel(1);
        let http = client.build().expect("a client");
        let line = Line { http, arrivals, pool: Pool::default() };
        let job = JobId::LOGIN;
        let task = tokio::spawn(exchange(line, job, Arc::default(), out));
        Exchange { task, meter }
    }
}

struct Exchange {
    task: tokio::task::JoinHandle<Outcome>,
    meter: Arc<Meter>,
}

impl Exchange {
    async fn cause(self) -> Cause {
        let outcome = self.task.await.expect("no panic");
        let Outcome::Failed { cause, .. } = outcome else { panic!("{outcome:?}") };
        cause
    }
}

fn memory(len: usize) -> (Payload, u64) {
    let source = SourceHandle::Memory(vec![7; len].into());
    let len = len as u64;
    (Payload::Range { source, offset: 0, len, digest: DigestMode::AtEnd }, len + 40)
}

#[tokio::test]
async fn a_peer_that_reads_nothing_is_left() {
    let peer = Peer::new().await;
    let (payload, len) = memory(LONG);
    let sending = peer.send(payload, len, MOMENT);
    let _stream = peer.accept().await;
    assert_eq!(sending.cause().await, Cause::SendTimeout);
}

#[tokio::test]
async fn a_peer_that_answers_nothing_is_left() {
    for len in [10, 300_000] {
        let peer = Peer::new().await;
        let (payload, wire_len) = memory(len);
        let sending = peer.send(payload, wire_len, MOMENT);
        let mut stream = peer.accept().await;
        let mut body = vec![0; len + 40];
        stream.read_exact(&mut body).await.expect("the whole body");
        assert_eq!(body[len..], Sha1::of(&body[..len]).hex());
        assert_eq!(sending.cause().await, Cause::ReadTimeout);
    }
}

#[tokio::test]
async fn an_early_answer_ends_the_body() {
    let peer = Peer::new().await;
    let (payload, len) = memory(LONG);
    let sending = peer.send(payload, len, FOREVER);
    let meter = sending.meter.clone();
    let mut stream = peer.accept().await;
    stream.write_all(b"HTTP/1.1 418 No\r\nContent-Length: 2\r\n\r\nno").await.expect("sent");
    let outcome = sending.task.await.expect("no panic");
    let Outcome::Response { status, body, sent, .. } = outcome else { panic!("{outcome:?}") };
    assert_eq!((status, &body[..], sent), (418, &b"no"[..], None));
    assert!(meter.moved() < len, "all of it was sent");
    // The rest of what was under way, and then the end of the connection.
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest).await;
    assert!(rest.len() < LONG);
}

#[tokio::test]
async fn an_answer_that_is_too_long_is_refused() {
    let peer = Peer::new().await;
    let (payload, len) = memory(1);
    let sending = peer.send(payload, len, FOREVER);
    let mut stream = peer.accept().await;
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n";
    stream.write_all(&[&head[..], &[b'x'; 101]].concat()).await.expect("sent");
    assert_eq!(sending.cause().await, Cause::BadReply);
}

#[tokio::test]
async fn a_peer_that_hangs_up_is_told_by_when() {
    let peer = Peer::new().await;
    let (payload, len) = memory(1);
    let sending = peer.send(payload, len, FOREVER);
    let mut stream = peer.accept().await;
    let mut body = [0; 41];
    stream.read_exact(&mut body).await.expect("the whole body");
    drop(stream);
    assert_eq!(sending.cause().await, Cause::Closed);

    let (payload, len) = memory(LONG);
    let sending = peer.send(payload, len, FOREVER);
    drop(peer.accept().await);
    let cause = sending.cause().await;
    assert!(matches!(cause, Cause::BrokenPipe | Cause::Reset), "{cause:?}");
}

#[tokio::test]
async fn a_file_that_changes_meanwhile_is_not_sent_to_the_end() {
    let peer = Peer::new().await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("file");
    fs::write(&path, vec![7; LONG]).expect("written");
    let file = Arc::new(FileSource::open(&path).expect("there"));
    let len = LONG as u64;
    let source = SourceHandle::File(file);
    let payload = Payload::Range { source, offset: 0, len, digest: DigestMode::AtEnd };
    let sending = peer.send(payload, len + 40, FOREVER);
    let mut stream = peer.accept().await;
    // Nothing is read yet, so the last piece cannot have been.
    let longer = fs::File::options().append(true).open(&path);
    longer.and_then(|mut file| std::io::Write::write_all(&mut file, b"more")).expect("appended");
    let mut all = Vec::new();
    let _ = stream.read_to_end(&mut all).await;
    assert!(all.len() < LONG, "a whole body was sent");
    assert_eq!(sending.cause().await, Cause::SourceChanged);
}
