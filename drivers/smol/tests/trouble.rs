//! What goes wrong, and that every job ends.

mod common;

use b2_proto::error::{Cause, ErrorKind};
use b2_sim::fault::{Rule, When};
use b2_smol::{Client, Source};
use common::{bucket, bytes, calls, client, on_each_executor, real_service, service, service_with};
use core::time::Duration;
use smol::channel::{Sender, bounded};
use smol::future::FutureExt as _;
use smol::io::AsyncReadExt as _;
use smol::net::TcpListener;
use std::fs;

on_each_executor!(
    a_service_that_is_gone,
    a_name_that_urls_would_change_is_refused_at_once,
    lost_answers_are_asked_for_again,
    a_refused_upload_does_not_send_everything,
    a_file_that_grows_is_not_stored,
    a_file_that_shrinks_is_not_stored,
    sources_that_cannot_be_read,
    targets_that_cannot_be_written,
    dropping_a_future_closes_its_connection,
    a_dropped_download_leaves_nothing_behind,
    a_name_that_urls_cannot_express_is_not_mistaken_for_another,
);

fn rule(op: &str) -> Rule {
    Rule { op: Some(op.into()), ..Rule::default() }
}

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

async fn lost_answers_are_asked_for_again() {
    let lost = Rule { nth: Some(1), reset: Some(When::After), ..rule("b2_upload_part") };
    let server = service_with(vec![lost]);
    let client = client(&server);
    let photos = bucket(&client).await;
    photos.upload("a", bytes(1_000)).await.expect("uploaded");
    let (_, got) = photos.download("a").to_bytes(1_000).await.expect("downloaded");
    assert_eq!(got, bytes(1_000));
}

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

async fn a_file_that_grows_is_not_stored() {
    change_between_attempts(|path| {
        use std::io::Write as _;
        let file = fs::File::options().append(true).open(path);
        file.and_then(|mut file| file.write_all(b"more")).expect("appended");
    })
    .await;
}

async fn a_file_that_shrinks_is_not_stored() {
    change_between_attempts(|path| {
        fs::File::options().write(true).open(path).and_then(|file| file.set_len(3)).expect("cut");
    })
    .await;
}

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
fn broken_reader() -> impl smol::io::AsyncRead + Send + 'static {
    struct Broken;
    impl smol::io::AsyncRead for Broken {
        fn poll_read(
            self: core::pin::Pin<&mut Self>,
            _cx: &mut core::task::Context<'_>,
            _buf: &mut [u8],
        ) -> core::task::Poll<std::io::Result<usize>> {
            core::task::Poll::Ready(Err(std::io::Error::other("cable pulled")))
        }
    }
    Broken
}

async fn targets_that_cannot_be_written() {
    let server = service();
    let client = client(&server);
    let photos = bucket(&client).await;
    photos.upload("a", bytes(1_000)).await.expect("uploaded");
    let folder = tempfile::tempdir().expect("a folder");
    let missing = folder.path().join("no/such/folder");
    let error = photos.download("a").save_to(missing).await.expect_err("no folder");
    assert_eq!(error.kind, ErrorKind::Sink);
    let mut room = [0; 10];
    let mut full = smol::io::Cursor::new(&mut room[..]);
    let error = photos.download("a").to_writer(&mut full).await.expect_err("no room");
    assert_eq!((error.kind, error.cause), (ErrorKind::Sink, Some(Cause::SinkFailed)));
}

/// A server that takes requests and never answers; it tells when one has arrived, and when its
/// connection was closed.
async fn silent(arrived: Sender<()>, closed: Sender<()>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    let serving = smol::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let mut head = [0; 4096];
        let _ = stream.read(&mut head).await.expect("a request");
        arrived.send(()).await.expect("somebody waits");
        while stream.read(&mut head).await.is_ok_and(|count| count > 0) {}
        closed.send(()).await.expect("somebody waits");
    });
    serving.detach();
    url
}

async fn dropping_a_future_closes_its_connection() {
    let ((arrive, arrived), (close, closed)) = (bounded(1), bounded(1));
    let url = silent(arrive, close).await;
    let client = Client::builder().credentials("id", "key").realm(url).build().expect("built");
    let asking = async { panic!("nobody answers: {:?}", client.buckets().await) };
    asking.or(async { arrived.recv().await.expect("a request") }).await;
    // The login belongs to the client, not to the job; it goes when the client does.
    drop(client);
    closed.recv().await.expect("closed");
}

async fn a_dropped_download_leaves_nothing_behind() {
    let slow = Rule { bytes_per_second: Some(100_000), ..rule("b2_download_file_by_name") };
    let server = real_service(vec![slow]);
    let client = client(&server);
    let photos = bucket(&client).await;
    photos.upload("a", bytes(3_000_000)).await.expect("uploaded");
    let folder = tempfile::tempdir().expect("a folder");
    let (begin, begun) = bounded(1);
    let download = photos.download("a").progress(move |_| {
        let _ = begin.try_send(());
    });
    let saving = download.save_to(folder.path().join("target"));
    let saving = async { panic!("it takes half a minute: {:?}", saving.await) };
    saving.or(async { begun.recv().await.expect("begun") }).await;
    let files = || fs::read_dir(folder.path()).expect("read").count();
    // What was just being written holds on to the temporary file for a moment.
    for _ in 0..24_000 {
        if files() == 0 {
            break;
        }
        smol::Timer::after(Duration::from_millis(5)).await;
    }
    assert_eq!(files(), 0);
    client.buckets().await.expect("the client goes on");
}

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
