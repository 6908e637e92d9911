//! What goes wrong, and that every job ends.

mod common;

use b2_local::sink::{FileSink, Sink as _};
use b2_proto::error::{Cause, ErrorKind};
use b2_sim::fault::{Rule, When};
#[cfg(feature = "reqwest")]
use b2_sim::server::{Server, ServerConfig, Transcript};
use b2_tokio::{Client, Source};
use common::{bucket, bytes, calls, client, real_service, service, service_with};
use core::time::Duration;
use std::fs;
use std::sync::Arc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::Notify;

fn rule(op: &str) -> Rule {
    Rule { op: Some(op.into()), ..Rule::default() }
}

#[tokio::test]
async fn a_service_that_is_gone() {
    let server = service();
    let client = client(&server);
    client.authorize().await.expect("logged in");
    server.shutdown();
    let error = client.buckets().await.expect_err("nobody is there");
    assert_eq!(error.kind, ErrorKind::Network);
    assert_eq!(error.cause, Some(Cause::Refused));
    assert_eq!(error.attempts, 5);
}

#[tokio::test]
async fn a_name_that_urls_would_change_is_refused_at_once() {
    let server = service();
    let client = client(&server);
    let photos = bucket(&client).await;
    let file = photos.upload("a/../b", bytes(10)).await.expect("any name can be uploaded").file;
    let error = photos.download("a/../b").to_bytes(10).await.expect_err("another file");
    assert_eq!((error.kind, error.attempts), (ErrorKind::InvalidInput, 1), "{error}");
    let by_id = client.download_by_id(file.file_id.as_str()).to_bytes(10).await;
    assert_eq!(by_id.expect("by ID").1, bytes(10));
}

#[tokio::test]
async fn lost_answers_are_asked_for_again() {
    let lost = Rule { nth: Some(1), reset: Some(When::After), ..rule("b2_upload_part") };
    let server = service_with(vec![lost]);
    let client = client(&server);
    let photos = bucket(&client).await;
    photos.upload("a", bytes(1_000)).await.expect("uploaded");
    let (_, got) = photos.download("a").to_bytes(1_000).await.expect("downloaded");
    assert_eq!(got, bytes(1_000));
}

/// Nobody is left who works on the upload while all its lanes wait.
#[tokio::test]
async fn lanes_that_are_put_off_go_on() {
    let later = Rule { status: Some(429), retry_after_s: Some(1), ..rule("b2_upload_part") };
    let later = [1, 2, 3].map(|nth| Rule { nth: Some(nth), ..later.clone() });
    let server = service_with(later.to_vec());
    let client = client(&server);
    let photos = bucket(&client).await;
    let upload = photos.upload("a", bytes(600)).part_len(200).lanes(3);
    upload.await.expect("uploaded");
}

/// A job waits for a login that waits for its next attempt.
#[tokio::test]
async fn a_login_that_is_put_off_goes_on() {
    let later = |nth| Rule { nth: Some(nth), status: Some(503), ..rule("b2_authorize_account") };
    let server = service_with(vec![later(1), later(2)]);
    client(&server).buckets().await.expect("listed");
}

#[tokio::test]
async fn a_refused_upload_does_not_send_everything() {
    let no = Rule { status: Some(403), ..rule("b2_upload_file") };
    let server = real_service(vec![no]);
    let client = client(&server);
    let photos = bucket(&client).await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("file");
    fs::write(&path, bytes(20_000_000)).expect("written");
    let sources = [Source::from(bytes(20_000_000)), Source::from(path)];
    for source in sources {
        let error = photos.upload("a", source).await.expect_err("refused");
        assert_eq!(error.status, 403, "{error}");
    }
    assert_eq!(calls(&server, "b2_upload_file"), [403, 403]);
}

/// Changes a file between the first attempt, which the service puts off, and the second.
async fn change_between_attempts(change: fn(&std::path::Path)) {
    for len in [100_000, 1_000_000] {
        let later =
            |op| Rule { nth: Some(1), status: Some(429), retry_after_s: Some(1), ..rule(op) };
        let server = service_with(vec![later("b2_upload_file"), later("b2_upload_part")]);
        let client = client(&server);
        let photos = bucket(&client).await;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        fs::write(&path, bytes(len)).expect("written");
        let target = path.clone();
        let upload =
            photos.upload("a", path).part_len(400_000).lanes(1).progress(move |progress| {
                if progress.retries == 1
                    && fs::metadata(&target).is_ok_and(|it| it.len() == len as u64)
                {
                    change(&target);
                }
            });
        let error = upload.await.expect_err("the file changed");
        assert_eq!((error.kind, error.cause), (ErrorKind::Source, Some(Cause::SourceChanged)));
        photos.head("a").await.expect_err("nothing was stored");
    }
}

#[tokio::test]
async fn a_file_that_grows_is_not_stored() {
    change_between_attempts(|path| {
        use std::io::Write as _;
        let file = fs::File::options().append(true).open(path);
        file.and_then(|mut file| file.write_all(b"more")).expect("appended");
    })
    .await;
}

#[tokio::test]
async fn a_file_that_shrinks_is_not_stored() {
    change_between_attempts(|path| {
        fs::File::options().write(true).open(path).and_then(|file| file.set_len(3)).expect("cut");
    })
    .await;
}

#[tokio::test]
async fn sources_that_cannot_be_read() {
    let server = service();
    let client = client(&server);
    let photos = bucket(&client).await;
    let folder = tempfile::tempdir().expect("a folder");
    for path in [folder.path().to_owned(), folder.path().join("missing")] {
        let error = photos.upload("a", path).await.expect_err("not a file");
        assert_eq!(error.kind, ErrorKind::Source);
    }
    let broken = broken_reader();
    let error = photos.upload("a", Source::reader(broken, 10)).await.expect_err("broken");
    assert_eq!((error.kind, error.cause), (ErrorKind::Source, Some(Cause::SourceUnreadable)));
    assert!(error.to_string().contains("cable"), "{error}");
}

/// A reader that fails.
fn broken_reader() -> impl tokio::io::AsyncRead + Send + 'static {
    struct Broken;
    impl tokio::io::AsyncRead for Broken {
        fn poll_read(
            self: core::pin::Pin<&mut Self>,
            _cx: &mut core::task::Context<'_>,
            _buf: &mut tokio::io::ReadBuf<'_>,
        ) -> core::task::Poll<std::io::Result<()>> {
            core::task::Poll::Ready(Err(std::io::Error::other("cable pulled")))
        }
    }
    Broken
}

#[tokio::test]
async fn targets_that_cannot_be_written() {
    let server = service();
    let client = client(&server);
    let photos = bucket(&client).await;
    photos.upload("a", bytes(1_000)).await.expect("uploaded");
    let folder = tempfile::tempdir().expect("a folder");
    let missing = folder.path().join("no/such/folder");
    let error = photos.download("a").save_to(missing).await.expect_err("no folder");
    assert_eq!(error.kind, ErrorKind::Sink);
    let (mut full, reader) = tokio::io::duplex(10);
    drop(reader);
    let error = photos.download("a").to_writer(&mut full).await.expect_err("no room");
    assert_eq!((error.kind, error.cause), (ErrorKind::Sink, Some(Cause::SinkFailed)));
}

/// A server that takes requests and never answers; it tells when one has arrived, and when its
/// connection was closed.
async fn silent(arrived: Arc<Notify>, closed: Arc<Notify>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let mut head = [0; 4096];
        let _ = stream.read(&mut head).await.expect("a request");
        arrived.notify_one();
        while stream.read(&mut head).await.is_ok_and(|count| count > 0) {}
        closed.notify_one();
    });
    url
}

#[tokio::test]
async fn dropping_a_future_closes_its_connection() {
    let (arrived, closed) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let url = silent(arrived.clone(), closed.clone()).await;
    let client = Client::builder().credentials("id", "key").realm(url).build().expect("built");
    tokio::select! {
        _ = client.buckets() => panic!("nobody answers"),
        () = arrived.notified() => {}
    }
    // The login belongs to the client, not to the job; it goes when the client does.
    drop(client);
    closed.notified().await;
}

#[tokio::test]
async fn a_dropped_download_leaves_nothing_behind() {
    let slow = Rule { bytes_per_second: Some(100_000), ..rule("b2_download_file_by_name") };
    let server = real_service(vec![slow]);
    let client = client(&server);
    let photos = bucket(&client).await;
    photos.upload("a", bytes(3_000_000)).await.expect("uploaded");
    let folder = tempfile::tempdir().expect("a folder");
    let begun = Arc::new(Notify::new());
    let tell = begun.clone();
    let download = photos.download("a").progress(move |_| tell.notify_one());
    let saving = download.save_to(folder.path().join("target"));
    tokio::select! {
        _ = saving => panic!("it takes half a minute"),
        () = begun.notified() => {}
    }
    let files = || fs::read_dir(folder.path()).expect("read").count();
    // What was just being written holds on to the temporary file for a moment.
    for _ in 0..24_000 {
        if files() == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(files(), 0);
    client.buckets().await.expect("the client goes on");
}

/// Requests that are breaking off have the target for a moment longer than the job.
#[tokio::test]
async fn a_download_that_failed_can_be_gone_on_with_at_once() {
    const MIB: usize = 1024 * 1024;
    let breaks = Rule {
        nth: Some(1),
        cut_after_bytes: Some(17 * MIB as u64),
        ..rule("b2_download_file_by_name")
    };
    let refused = Rule { nth: Some(1), status: Some(400), ..rule("b2_download_file_by_id") };
    let server = real_service(vec![breaks, refused]);
    let client = client(&server);
    let photos = bucket(&client).await;
    let data = bytes(18 * MIB);
    photos.upload("a", data.clone()).await.expect("uploaded");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("target");
    let sink = Arc::new(FileSink::continued(&path).expect("a sink"));
    let failed = photos.download("a").lanes(1).to_sink(sink.clone()).await;
    assert_eq!(failed.expect_err("refused").kind, ErrorKind::BadRequest);
    let done = photos.download("a").save_to(&path).await.expect("downloaded");
    assert_eq!(done.kept_len, 17 * MIB as u64);
    assert!(fs::read(&path).expect("read") == data);
    // Nor can they store anything any more.
    sink.write_at(0, b"late").expect_err("released");
    assert_eq!(fs::read_dir(folder.path()).expect("read").count(), 1);
}

#[cfg(feature = "reqwest")]
#[tokio::test]
async fn a_client_of_the_callers_own() {
    let transcript = Transcript::new();
    let config = ServerConfig { transcript: Some(transcript.clone()), ..ServerConfig::default() };
    let server = Server::start(config).expect("started");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    // By which its requests are known.
    let mark = [("x-own", "yes")].map(|(name, value)| {
        (name.parse().expect("a name"), reqwest::header::HeaderValue::from_static(value))
    });
    let http = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .default_headers(mark.into_iter().collect())
        .build();
    let client = common::settings(&server).http(http.expect("built")).build().expect("built");
    let photos = bucket(&client).await;
    photos.upload("a", bytes(1_000)).await.expect("uploaded");
    let (_, got) = photos.download("a").to_bytes(1_000).await.expect("downloaded");
    assert_eq!(got, bytes(1_000));
    while transcript.open() > 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let records = transcript.records();
    assert!(records.len() > 4, "{records:?}");
    for record in records {
        assert!(record.headers.iter().any(|name| name == "x-own"), "{record:?}");
    }
}

#[tokio::test]
async fn a_name_that_urls_cannot_express_is_not_mistaken_for_another() {
    let server = service();
    let client = client(&server);
    let photos = bucket(&client).await;
    photos.upload("b", b"other").await.expect("uploaded");
    let uploaded = photos.upload("a/../b", b"dots").await.expect("uploaded");
    photos.download("a/../b").to_bytes(9).await.expect_err("would be b");
    let by_id = client.download_by_id(uploaded.file.file_id.as_str());
    assert_eq!(by_id.to_bytes(9).await.expect("downloaded").1, b"dots");
}

/// The heads of the first requests that arrive, each answered with `answer`.
async fn heads(listener: TcpListener, answer: String, count: usize) -> Vec<String> {
    let mut heads = Vec::new();
    while heads.len() < count {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.expect("a head"));
        }
        stream.write_all(answer.as_bytes()).await.expect("answered");
        heads.push(String::from_utf8(head).expect("text"));
    }
    heads
}

async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    (listener, url)
}

#[tokio::test]
async fn a_redirect_takes_the_key_nowhere() {
    let (elsewhere, target) = listen().await;
    let (peer, realm) = listen().await;
    let head = "HTTP/1.1 307 Elsewhere\r\nContent-Length: 0\r\nConnection: close";
    let answer = format!("{head}\r\nLocation: {target}\r\n\r\n");
    let client = Client::builder().credentials("id", "key").realm(realm).build().expect("built");
    let (error, _) = tokio::join!(client.authorize(), heads(peer, answer, 1));
    let error = error.expect_err("not an answer");
    assert_eq!((error.status, error.attempts), (307, 1), "{error}");
    let waiting = tokio::time::timeout(Duration::ZERO, elsewhere.accept());
    assert!(waiting.await.is_err(), "the redirect was followed");
}

#[tokio::test]
async fn a_proxy_gets_the_requests() {
    let (proxy, url) = listen().await;
    let answer = "HTTP/1.1 400 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned();
    let builder = Client::builder().credentials("id", "key").realm("http://realm.invalid");
    let url = url.replace("http://", "http://me:a%40b@");
    let client = builder.proxy(url).build().expect("built");
    let (error, heads) = tokio::join!(client.authorize(), heads(proxy, answer, 1));
    assert_eq!(error.expect_err("refused").status, 400);
    let [head] = &heads[..] else { panic!("{heads:?}") };
    assert!(head.contains(" http://realm.invalid/b2api/"), "{head}");
    assert!(head.contains("proxy-authorization: Basic bWU6YUBi\r\n"), "{head}");
}

/// A reader that gives some bytes and then nothing for ever; it tells when it is dropped.
struct Stuck {
    given: usize,
    dropped: Arc<Notify>,
}

impl tokio::io::AsyncRead for Stuck {
    fn poll_read(
        mut self: core::pin::Pin<&mut Self>,
        _: &mut core::task::Context<'_>,
        buf: &mut tokio::io::ReadBuf<'_>,
    ) -> core::task::Poll<std::io::Result<()>> {
        if self.given == 0 {
            return core::task::Poll::Pending;
        }
        let count = self.given.min(buf.remaining());
        buf.put_slice(&vec![7; count]);
        self.given -= count;
        core::task::Poll::Ready(Ok(()))
    }
}

impl Drop for Stuck {
    fn drop(&mut self) {
        self.dropped.notify_one();
    }
}

#[tokio::test]
async fn a_dropped_upload_lets_go_of_a_reader_that_is_stuck() {
    let server = service();
    let client = client(&server);
    let photos = bucket(&client).await;
    let dropped = Arc::new(Notify::new());
    let stuck = Stuck { given: 200, dropped: dropped.clone() };
    let upload = photos.upload("a", Source::reader(stuck, 1_000)).part_len(200).lanes(3).send();
    let begun = tokio::time::timeout(Duration::from_millis(300), upload).await;
    assert!(begun.is_err(), "there are no more bytes");
    let gone = tokio::time::timeout(Duration::from_secs(120), dropped.notified()).await;
    gone.expect("the reader is held");
}
