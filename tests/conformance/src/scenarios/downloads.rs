//! Downloads, and what becomes of their targets.

use b2_proto::error::{Cause, ErrorKind};
use b2_proto::machine::Progress;
use b2_proto::machine::download::Verified;
use b2_proto::wire::text::Sha1;
use b2_sim::fault::Rule;
use std::fs;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use crate::face::{Bucket as _, Client as _, Face};
use crate::peer;
use crate::scenario::{Scenario, list};
use crate::tools::{Written, bytes, on};
use crate::transfer::{Fetch, Target, Upload};
use crate::world::World;

pub(super) fn all<F: Face>() -> Vec<Scenario<F>> {
    let mut all = list![
        to_memory_a_path_and_a_writer,
        a_path_gets_the_time_of_the_source,
        more_bytes_than_allowed,
        what_is_not_there,
        the_digest_the_caller_expects,
        damage_is_noticed,
        a_wrong_digest_in_the_answer_is_noticed,
        a_failure_leaves_the_target_as_it_was,
        a_target_that_cannot_be_written,
        a_writer_that_fails,
        listeners_hear_of_everything,
    ];
    // Somebody else's request is written without a client.
    all.push(Scenario::new("file_info_of_other_clients", file_info_of_other_clients).over_plain());
    all
}

/// One file goes to every kind of target.
fn to_memory_a_path_and_a_writer<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket) = service.bucket();
    let data = bytes(1_000);
    let upload = Upload { part_len: Some(100_000), ..data.clone().into() };
    let file = bucket.upload("a", upload).expect("uploaded").file;
    let (path, written) = (world.path("target"), Written::default());
    let fetched = bucket.download("a", Fetch::default()).expect("downloaded");
    assert_eq!(fetched.bytes, data);
    bucket.download("a", Fetch { to: Target::Path(path.clone()), ..Fetch::default() }).expect("ok");
    assert_eq!(fs::read(path).expect("read"), data);
    let to = Target::Writer(Box::new(written.clone()));
    client.download_by_id(file.file_id.as_str(), Fetch { to, ..Fetch::default() }).expect("ok");
    assert_eq!(written.bytes(), data);
}

/// The time the uploader noted becomes that of the target.
fn a_path_gets_the_time_of_the_source<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    let upload = Upload { modified_ms: Some(1_500_000_000_123), ..b"abc".into() };
    bucket.upload("a", upload).expect("uploaded");
    let path = world.path("target");
    bucket.download("a", Fetch { to: Target::Path(path.clone()), ..Fetch::default() }).expect("ok");
    let modified = fs::metadata(path).and_then(|it| it.modified()).expect("known");
    let since = modified.duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    assert_eq!(since.as_millis(), 1_500_000_000_123);
}

/// A bound on bytes in memory is an error, to the byte.
fn more_bytes_than_allowed<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    bucket.upload("a", bytes(150).into()).expect("uploaded");
    let fetched = bucket.download("a", Fetch { to: Target::Bytes(149), ..Fetch::default() });
    service.said(&fetched);
    assert_eq!(fetched.expect_err("one too many").kind, ErrorKind::Limit);
    let fetch = Fetch { to: Target::Bytes(150), ..Fetch::default() };
    assert_eq!(bucket.download("a", fetch).expect("downloaded").bytes.len(), 150);
}

/// A file that is not there makes no target.
fn what_is_not_there<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket) = service.bucket();
    let path = world.path("target");
    let to = Target::Path(path);
    let fetched = bucket.download("nothing", Fetch { to, ..Fetch::default() });
    service.said(&fetched);
    assert_eq!(fetched.expect_err("not there").kind, ErrorKind::NotFound);
    world.wait_for_files(0);
    let fetched = client.download_by_id("4_nothing", Fetch::default());
    service.said(&fetched);
    fetched.expect_err("not there");
}

/// The caller's own digest is checked, and told as the proof.
fn the_digest_the_caller_expects<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    let data = bytes(150);
    bucket.upload("a", data.clone().into()).expect("uploaded");
    let sha1 = Sha1::of(&data);
    let expecting = |sha1| Fetch { expect_sha1: Some(sha1), ..Fetch::default() };
    let fetched = bucket.download("a", expecting(sha1)).expect("downloaded");
    assert_eq!(fetched.downloaded.verified, Verified::ExpectedSha1(sha1));
    let fetched = bucket.download("a", expecting(Sha1([1; 20])));
    service.said(&fetched);
    assert_eq!(fetched.expect_err("another digest").kind, ErrorKind::Corrupted);
}

/// A byte that changed on the way is noticed, and the target is as it was (S8, S11).
fn damage_is_noticed<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    bucket.upload("a", bytes(150).into()).expect("uploaded");
    service.faults([Rule { corrupt: true, ..on("b2_download_file_by_name") }]);
    let path = world.file("target", b"old");
    let to = Target::Path(path.clone());
    let fetched = bucket.download("a", Fetch { to, ..Fetch::default() });
    service.said(&fetched);
    assert_eq!(fetched.expect_err("damaged").kind, ErrorKind::Corrupted);
    world.wait_for_files(1);
    assert_eq!(fs::read(path).expect("read"), b"old");
}

/// Bytes that do not have the digest the service tells are not given out.
fn a_wrong_digest_in_the_answer_is_noticed<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    bucket.upload("a", bytes(150).into()).expect("uploaded");
    service.faults([Rule { wrong_digest: true, ..on("b2_download_file_by_name") }]);
    let fetched = bucket.download("a", Fetch::default());
    service.said(&fetched);
    assert_eq!(fetched.expect_err("another digest").kind, ErrorKind::Corrupted);
}

/// However a download fails, the target is as it was and nothing lies beside it (S8).
fn a_failure_leaves_the_target_as_it_was<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    bucket.upload("a", bytes(150).into()).expect("uploaded");
    let path = world.file("target", b"old");
    let by_name = || on("b2_download_file_by_name");
    let by_id = || on("b2_download_file_by_id");
    let cut = || Rule { cut_after_bytes: Some(10), ..by_name() };
    let faults = [
        ("refused", vec![Rule { status: Some(403), ..by_name() }]),
        ("never answered", vec![Rule { refuse: true, ..by_name() }]),
        ("cut, then gone", vec![cut(), Rule { status: Some(404), ..by_id() }]),
        ("cut, then broken", vec![cut(), Rule { refuse: true, ..by_id() }]),
    ];
    for (what, rules) in faults {
        service.step(what);
        service.faults(rules);
        let to = Target::Path(path.clone());
        let fetched = bucket.download("a", Fetch { to, ..Fetch::default() });
        service.said(&fetched);
        fetched.expect_err(what);
        world.wait_for_files(1);
        assert_eq!(fs::read(&path).expect("read"), b"old", "{what}");
    }
}

/// A folder that is missing is the trouble of the target.
fn a_target_that_cannot_be_written<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    bucket.upload("a", bytes(150).into()).expect("uploaded");
    service.skip();
    let to = Target::Path(world.path("no/such/folder"));
    let fetched = bucket.download("a", Fetch { to, ..Fetch::default() });
    service.skip();
    service.said(&fetched);
    assert_eq!(fetched.expect_err("no folder").kind, ErrorKind::Sink);
}

/// The writer's error ends the download, and says which request it ended.
fn a_writer_that_fails<F: Face>(world: &World<'_, F>) {
    /// Fails after so many bytes.
    struct Failing(io::ErrorKind, usize);
    impl Write for Failing {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let len = bytes.len().min(self.1);
            self.1 -= len;
            if len == 0 { Err(self.0.into()) } else { Ok(len) }
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let service = world.service();
    let (_, bucket) = service.bucket();
    bucket.upload("a", bytes(150).into()).expect("uploaded");
    let causes = [
        (io::ErrorKind::BrokenPipe, 0, Cause::SinkFailed),
        (io::ErrorKind::StorageFull, 0, Cause::SinkFull),
        // The last byte is the last that anybody hears of.
        (io::ErrorKind::StorageFull, 149, Cause::SinkFull),
    ];
    for (what, room, cause) in causes {
        let to = Target::Writer(Box::new(Failing(what, room)));
        let fetched = bucket.download("a", Fetch { to, ..Fetch::default() });
        service.said(&fetched);
        let error = fetched.expect_err("failing");
        assert_eq!((error.kind, error.cause), (ErrorKind::Sink, Some(cause)), "{error}");
        let request = ("b2_download_file_by_name", 1);
        assert_eq!((error.operation, error.attempts), request, "{error}");
        assert!(error.to_string().contains(&io::Error::from(what).to_string()), "{error}");
    }
}

/// The last news of a transfer says that all of it is done.
fn listeners_hear_of_everything<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    let news: Arc<Mutex<Vec<Progress>>> = Arc::default();
    let listener = || {
        let news = news.clone();
        let tell = move |progress| news.lock().expect("sound").push(progress);
        Some(Box::new(tell) as crate::transfer::Listener)
    };
    let last = || news.lock().expect("sound").pop().expect("told");
    let upload = Upload { progress: listener(), ..bytes(1_000).into() };
    service.together(|| bucket.upload("a", upload)).expect("uploaded");
    let end = last();
    assert_eq!((end.bytes_done, end.bytes_total), (1_000, Some(1_000)));
    assert_eq!((end.parts_done, end.parts_total), (5, Some(5)));
    bucket.download("a", Fetch { progress: listener(), ..Fetch::default() }).expect("downloaded");
    assert_eq!(last().bytes_done, 1_000);
}

/// What other clients give a file can be read, although each entry is a header of its own: the
/// most that fit into 7,000 bytes, and a few more than some HTTP libraries take.
fn file_info_of_other_clients<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket) = service.bucket();
    let data = bytes(50);
    let source = bucket.upload("a", data.clone().into()).expect("uploaded").file.file_id;
    for count in [120, INFO_ENTRIES] {
        let info: Vec<String> = (0..count).map(|at| format!("\"{}\": \"v\"", two(at))).collect();
        let copy = format!(
            "{{\"sourceFileId\": \"{}\", \"fileName\": \"b\", \"metadataDirective\": \"REPLACE\", \
             \"contentType\": \"text/plain\", \"fileInfo\": {{{}}}}}",
            source.as_str(),
            info.join(", ")
        );
        let known = client.authorize().expect("logged in");
        let token = known.authorization_token.expose();
        peer::post(&known.storage_api.api_url, "/b2api/v4/b2_copy_file", token, &copy);
        let fetched = bucket.download("b", Fetch::default()).expect("downloaded");
        assert_eq!(fetched.bytes, data);
        assert_eq!(fetched.downloaded.info.file_info.len(), count);
        assert_eq!(bucket.head("b").expect("known").file_info.len(), count);
    }
}

/// As many entries with a value of one byte as there may be.
const INFO_ENTRIES: usize = 380;

/// A key of two characters.
fn two(number: usize) -> String {
    let digit = |number: usize| char::from_digit(u32::try_from(number % 36).unwrap_or(0), 36);
    [number / 36, number].into_iter().filter_map(digit).collect()
}
