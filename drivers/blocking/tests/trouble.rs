//! What goes wrong, and that every job ends.

mod common;

use b2_blocking::{Cancel, Client, Source};
use b2_local::sink::{FileSink, Sink as _};
use b2_proto::error::{Cause, ErrorKind};
use b2_proto::machine::{Phase, Progress};
use b2_sim::fault::{FaultPlan, Rule, When};
use b2_sim::server::Handle;
use common::{bucket, bytes, calls, client, real_service, service, service_with, settings};
use core::time::Duration;
use std::fs;
use std::io::{self, Read, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

fn rule(op: &str) -> Rule {
    Rule { op: Some(op.into()), ..Rule::default() }
}

#[test]
fn a_service_that_is_gone() {
    let server = service();
    let client = client(&server);
    client.authorize().expect("logged in");
    server.shutdown();
    let error = client.buckets().expect_err("nobody is there");
    assert_eq!(error.kind, ErrorKind::Network);
    assert_eq!(error.cause, Some(Cause::Refused));
    assert_eq!(error.attempts, 5);
}

#[test]
fn a_name_that_urls_would_change_is_refused_at_once() {
    let server = service();
    let client = client(&server);
    let photos = bucket(&client);
    let uploaded = photos.upload("a/../b", bytes(10)).send();
    let file = uploaded.expect("any name can be uploaded").file;
    let error = photos.download("a/../b").to_bytes(10).expect_err("another file");
    assert_eq!((error.kind, error.attempts), (ErrorKind::InvalidInput, 1), "{error}");
    let by_id = client.download_by_id(file.file_id.as_str()).to_bytes(10);
    assert_eq!(by_id.expect("by ID").1, bytes(10));
}

#[test]
fn lost_answers_are_asked_for_again() {
    let lost = Rule { nth: Some(1), reset: Some(When::After), ..rule("b2_upload_part") };
    let server = service_with(vec![lost]);
    let client = client(&server);
    let photos = bucket(&client);
    photos.upload("a", bytes(1_000)).send().expect("uploaded");
    let (_, got) = photos.download("a").to_bytes(1_000).expect("downloaded");
    assert_eq!(got, bytes(1_000));
}

/// Nobody is left who works on the upload while all its lanes wait.
#[test]
fn lanes_that_are_put_off_go_on() {
    let later = Rule { status: Some(429), retry_after_s: Some(1), ..rule("b2_upload_part") };
    let later = [1, 2, 3].map(|nth| Rule { nth: Some(nth), ..later.clone() });
    let server = service_with(later.to_vec());
    let client = client(&server);
    let photos = bucket(&client);
    let upload = photos.upload("a", bytes(600)).part_len(200).lanes(3);
    upload.send().expect("uploaded");
}

/// A job waits for a login that waits for its next attempt.
#[test]
fn a_login_that_is_put_off_goes_on() {
    let later = |nth| Rule { nth: Some(nth), status: Some(503), ..rule("b2_authorize_account") };
    let server = service_with(vec![later(1), later(2)]);
    client(&server).buckets().expect("listed");
}

/// A job that was put off when another one took its place knows when to go on.
#[test]
fn a_call_that_is_put_off_behind_another_goes_on() {
    let slow = |op| Rule { latency_ms: 300, ..rule(op) };
    let later = Rule { status: Some(503), retry_after_s: Some(1), ..slow("b2_list_buckets") };
    let later = Rule { nth: Some(1), ..later };
    let server = service_with(vec![later, slow("b2_list_keys"), slow("b2_get_file_info")]);
    let client = settings(&server).connections(2).build().expect("built");
    client.authorize().expect("logged in");
    thread::scope(|scope| {
        let listing = scope.spawn(|| client.buckets());
        let moment = || thread::sleep(Duration::from_millis(50));
        moment();
        let asking = scope.spawn(|| client.file_info("4_z1"));
        moment();
        client.keys().collect_at_most(9).expect("listed, once one of the others has ended");
        asking.join().expect("no panic").expect_err("no such file");
        listing.join().expect("no panic").expect("listed");
    });
    assert_eq!(calls(&server, "b2_list_buckets"), [503, 200]);
}

#[test]
fn a_refused_upload_does_not_send_everything() {
    let no = Rule { status: Some(403), ..rule("b2_upload_file") };
    let server = real_service(vec![no]);
    let client = client(&server);
    let photos = bucket(&client);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("file");
    fs::write(&path, bytes(20_000_000)).expect("written");
    let sources = [Source::from(bytes(20_000_000)), Source::from(path)];
    for source in sources {
        let error = photos.upload("a", source).send().expect_err("refused");
        assert_eq!(error.status, 403, "{error}");
    }
    assert_eq!(calls(&server, "b2_upload_file"), [403, 403]);
}

/// Changes a file between the first attempt, which the service puts off, and the second.
fn change_between_attempts(change: fn(&std::path::Path)) {
    for len in [100_000, 1_000_000] {
        let later =
            |op| Rule { nth: Some(1), status: Some(429), retry_after_s: Some(1), ..rule(op) };
        let server = service_with(vec![later("b2_upload_file"), later("b2_upload_part")]);
        let client = client(&server);
        let photos = bucket(&client);
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
        let error = upload.send().expect_err("the file changed");
        assert_eq!((error.kind, error.cause), (ErrorKind::Source, Some(Cause::SourceChanged)));
        photos.head("a").expect_err("nothing was stored");
    }
}

#[test]
fn a_file_that_grows_is_not_stored() {
    change_between_attempts(|path| {
        let file = fs::File::options().append(true).open(path);
        file.and_then(|mut file| file.write_all(b"more")).expect("appended");
    });
}

#[test]
fn a_file_that_shrinks_is_not_stored() {
    change_between_attempts(|path| {
        fs::File::options().write(true).open(path).and_then(|file| file.set_len(3)).expect("cut");
    });
}

/// Something to read that does what the test says.
struct Reads<F>(F);

impl<F: FnMut(&mut [u8]) -> io::Result<usize>> Read for Reads<F> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        (self.0)(buf)
    }
}

#[test]
fn sources_that_cannot_be_read() {
    let server = service();
    let client = client(&server);
    let photos = bucket(&client);
    let folder = tempfile::tempdir().expect("a folder");
    for path in [folder.path().to_owned(), folder.path().join("missing")] {
        let error = photos.upload("a", path).send().expect_err("not a file");
        assert_eq!(error.kind, ErrorKind::Source);
    }
    let broken = Reads(|_: &mut [u8]| Err(io::Error::other("cable pulled")));
    let error = photos.upload("a", Source::reader(broken, 10)).send().expect_err("broken");
    assert_eq!((error.kind, error.cause), (ErrorKind::Source, Some(Cause::SourceUnreadable)));
    assert!(error.to_string().contains("cable"), "{error}");
}

#[test]
fn a_reader_that_panics_ends_its_upload_only() {
    let server = service();
    let client = client(&server);
    let photos = bucket(&client);
    let panics = Reads(|_: &mut [u8]| panic!("as the test wants it"));
    photos.upload("a", Source::reader(panics, 10)).send().expect_err("it panicked");
    photos.upload("a", bytes(1_000)).send().expect("the client goes on");
}

#[test]
fn targets_that_cannot_be_written() {
    let server = service();
    let client = client(&server);
    let photos = bucket(&client);
    photos.upload("a", bytes(1_000)).send().expect("uploaded");
    let folder = tempfile::tempdir().expect("a folder");
    let missing = folder.path().join("no/such/folder");
    let error = photos.download("a").save_to(missing).expect_err("no folder");
    assert_eq!(error.kind, ErrorKind::Sink);
    let mut full = io::Cursor::new([0; 10]);
    let error = photos.download("a").to_writer(&mut full).expect_err("no room");
    assert_eq!((error.kind, error.cause), (ErrorKind::Sink, Some(Cause::SinkFailed)));
}

/// A server that takes requests and never answers; it tells when one has arrived, and when its
/// connection was closed.
fn silent() -> (String, Receiver<&'static str>) {
    let (listener, url) = listen();
    let (tell, told): (Sender<&str>, _) = mpsc::channel();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let mut head = [0; 4096];
        let _ = stream.read(&mut head).expect("a request");
        tell.send("arrived").expect("waited for");
        while stream.read(&mut head).is_ok_and(|count| count > 0) {}
        tell.send("closed").expect("waited for");
    });
    (url, told)
}

#[test]
fn cancelling_ends_a_wait_at_once() {
    let (url, told) = silent();
    let client = Client::builder().credentials("id", "key").realm(url).build().expect("built");
    let cancel = Cancel::new();
    let stopped = client.cancel_with(&cancel);
    let waiting = thread::spawn(move || stopped.buckets());
    assert_eq!(told.recv(), Ok("arrived"));
    cancel.cancel();
    let error = waiting.join().expect("no panic").expect_err("nobody answers");
    assert_eq!(error.kind, ErrorKind::Cancelled);
    // The login belongs to the client, not to the job; it goes when the client does.
    told.recv_timeout(Duration::from_millis(50)).expect_err("the login goes on");
    drop(client);
    assert_eq!(told.recv(), Ok("closed"));
}

/// Cancels once bytes move.
fn when_moving(cancel: &Cancel) -> impl Fn(Progress) + Send + 'static {
    let cancel = cancel.clone();
    move |progress| {
        if progress.bytes_done > 0 && progress.phase == Phase::Moving {
            cancel.cancel();
        }
    }
}

/// Transfers that take ten minutes.
fn slow_down(server: &Handle) {
    let slow = |op| Rule { bytes_per_second: Some(6_000), ..rule(op) };
    let slow = ["b2_upload_file", "b2_upload_part", "b2_download_file_by_name"].map(slow);
    server.host().set_faults(FaultPlan::new(1, slow.to_vec()).expect("a plan"));
}

#[test]
fn cancelling_ends_transfers_of_every_kind() {
    let server = real_service(Vec::new());
    let client = client(&server);
    let photos = bucket(&client);
    let data = bytes(4_000_000);
    photos.upload("there", data.clone()).send().expect("uploaded");
    slow_down(&server);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("file");
    fs::write(&path, bytes(12_000_000)).expect("written");
    for source in [Source::from(data), path.as_path().into()] {
        let cancel = Cancel::new();
        let upload = photos.upload("a", source).part_len(5_000_000).cancel_with(&cancel);
        let error = upload.progress(when_moving(&cancel)).send().expect_err("cancelled");
        assert_eq!(error.kind, ErrorKind::Cancelled, "{error}");
    }
    let cancel = Cancel::new();
    let download = photos.download("there").cancel_with(&cancel).progress(when_moving(&cancel));
    let error = download.save_to(folder.path().join("target")).expect_err("cancelled");
    assert_eq!(error.kind, ErrorKind::Cancelled, "{error}");
    assert_eq!(fs::read_dir(folder.path()).expect("read").count(), 1, "nothing is left over");
    client.buckets().expect("the client goes on");
}

/// The job does not wait for whoever reads for it.
#[test]
fn cancelling_leaves_a_reader_that_is_stuck() {
    let server = service();
    let photos = bucket(&client(&server));
    let (release, until) = mpsc::channel::<()>();
    let cancel = Cancel::new();
    let when_asked = cancel.clone();
    let stuck = Reads(move |_: &mut [u8]| {
        when_asked.cancel();
        // Until the job has ended.
        let _ = until.recv();
        Err(io::Error::other("nobody wants it any more"))
    });
    let upload = photos.upload("a", Source::reader(stuck, 1_000)).cancel_with(&cancel);
    let error = upload.send().expect_err("cancelled");
    assert_eq!(error.kind, ErrorKind::Cancelled, "{error}");
    drop(release);
}

#[test]
fn a_cancelled_upload_can_leave_nothing_behind() {
    use b2_proto::machine::large::Leftover;
    let server = real_service(Vec::new());
    let client = client(&server);
    let photos = bucket(&client);
    slow_down(&server);
    for (leftover, count) in [(Leftover::Keep, 1), (Leftover::Remove, 1)] {
        // Of another name, or it would continue the one before.
        let name = format!("{leftover:?}");
        let cancel = Cancel::new();
        let upload = photos.upload(name, bytes(12_000_000)).part_len(5_000_000).leftover(leftover);
        let upload = upload.cancel_with(&cancel).progress(when_moving(&cancel));
        let error = upload.send().expect_err("cancelled");
        assert_eq!(error.kind, ErrorKind::Cancelled, "{error}");
        assert_eq!(
            photos.unfinished().collect_at_most(9).expect("listed").len(),
            count,
            "{leftover:?}"
        );
    }
}

/// A lane whose request is put off goes on when its time has come, though the other one is stuck.
#[test]
fn a_retry_of_one_lane_does_not_wait_for_another() {
    const HALF: usize = 600_000;
    let first = Rule { nth: Some(1), ..rule("b2_download_file_by_name") };
    let second = Rule { nth: Some(1), ..rule("b2_download_file_by_id") };
    let rules = vec![
        Rule { stall_after_bytes: Some(10_000), ..first },
        Rule { status: Some(503), retry_after_s: Some(1), ..second },
    ];
    let server = real_service(rules);
    let client = client(&server);
    let photos = bucket(&client);
    photos.upload("a", bytes(2 * HALF)).send().expect("uploaded");
    let cancel = Cancel::new();
    let when_there = cancel.clone();
    let download = photos.download("a").lanes(2).lane_len_min(HALF as u64).cancel_with(&cancel);
    let download = download.progress(move |progress| {
        if progress.bytes_done >= HALF as u64 {
            when_there.cancel();
        }
    });
    let error = download.to_bytes(2 * HALF).expect_err("cancelled, for half of it is stuck");
    assert_eq!(error.kind, ErrorKind::Cancelled, "{error}");
    assert_eq!(calls(&server, "b2_download_file_by_id"), [503, 206]);
}

/// The heads of the first requests that arrive, each answered with `answer`.
fn heads(listener: TcpListener, answer: String, count: usize) -> thread::JoinHandle<Vec<String>> {
    thread::spawn(move || {
        let mut heads = Vec::new();
        while heads.len() < count {
            let (mut stream, _) = listener.accept().expect("a connection");
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                stream.read_exact(&mut byte).expect("a head");
                head.extend(byte);
            }
            stream.write_all(answer.as_bytes()).expect("answered");
            heads.push(String::from_utf8(head).expect("text"));
        }
        heads
    })
}

fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    (listener, url)
}

#[test]
fn a_redirect_takes_the_key_nowhere() {
    let (elsewhere, target) = listen();
    let (peer, realm) = listen();
    let head = "HTTP/1.1 307 Elsewhere\r\nContent-Length: 0\r\nConnection: close";
    let answering = heads(peer, format!("{head}\r\nLocation: {target}\r\n\r\n"), 1);
    let client = Client::builder().credentials("id", "key").realm(realm).build().expect("built");
    let error = client.authorize().expect_err("not an answer");
    assert_eq!((error.status, error.attempts), (307, 1), "{error}");
    answering.join().expect("no panic");
    elsewhere.set_nonblocking(true).expect("set");
    elsewhere.accept().expect_err("the redirect was followed");
}

/// Requests that are breaking off have the target for a moment longer than the job.
#[test]
fn a_download_that_failed_can_be_gone_on_with_at_once() {
    const MIB: usize = 1024 * 1024;
    let breaks = Rule {
        nth: Some(1),
        cut_after_bytes: Some(17 * MIB as u64),
        ..rule("b2_download_file_by_name")
    };
    let refused = Rule { nth: Some(1), status: Some(400), ..rule("b2_download_file_by_id") };
    let server = real_service(vec![breaks, refused]);
    let client = client(&server);
    let photos = bucket(&client);
    let data = bytes(18 * MIB);
    photos.upload("a", data.clone()).send().expect("uploaded");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("target");
    let sink = Arc::new(FileSink::continued(&path).expect("a sink"));
    let failed = photos.download("a").lanes(1).to_sink(sink.clone());
    assert_eq!(failed.expect_err("refused").kind, ErrorKind::BadRequest);
    let done = photos.download("a").save_to(&path).expect("downloaded");
    assert_eq!(done.kept_len, 17 * MIB as u64);
    assert!(fs::read(&path).expect("read") == data);
    // Nor can they store anything any more.
    sink.write_at(0, b"late").expect_err("released");
    assert_eq!(fs::read_dir(folder.path()).expect("read").count(), 1);
}
