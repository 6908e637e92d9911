//! Files that are built of local data and of ranges of stored files.

use b2_proto::error::ErrorKind;
use b2_proto::machine::copy::{CopySource, NamedKey, TargetEncryption};
use b2_proto::machine::synthesis::Synthesized;
use b2_proto::machine::upload::Continued;
use b2_proto::model::{CustomerKey, FileVersion};
use b2_proto::plan::synthesis::Priority;
use b2_sim::fault::Rule;
use std::sync::{Arc, Mutex};

use crate::build::{Build, Bytes};
use crate::face::{Bucket, Client as _, Face};
use crate::scenario::{Scenario, list};
use crate::settings::Settings;
use crate::tools::{bytes, on};
use crate::transfer::{Fetch, Upload};
use crate::world::{Service, Setup, World};

mod concatenations;
mod streams;
mod told;

pub(super) fn all<F: Face>() -> Vec<Scenario<F>> {
    let mut all = list![
        an_append,
        a_change_in_the_middle,
        what_is_too_short_is_fetched,
        a_fetch_is_longer_than_the_pipe,
        a_short_file,
        one_copy,
        ranges_of_a_local_file,
        with_customer_keys,
        with_one_connection,
        a_fetch_that_breaks_off,
        a_part_that_is_sent_again,
        a_refusal_ends_what_feeds_it,
        a_source_that_is_gone,
        local_data_that_is_not_what_is_stored,
        the_least_that_can_be_moved,
        what_broke_off_goes_on,
        what_is_no_file,
    ];
    all.extend(concatenations::all());
    all.extend(streams::all());
    all.extend(told::all());
    all
}

/// A stored file of five parts' length.
const LEN: usize = 1_000;
const GET: &str = "b2_download_file_by_id";

fn stored<B: Bucket>(bucket: &B, upload: impl Into<Upload>) -> FileVersion {
    bucket.upload("old", Upload { lanes: Some(1), ..upload.into() }).expect("uploaded").file
}

fn of(version: &FileVersion, offset: usize, len: usize) -> CopySource {
    CopySource::new(version.file_id.clone()).range(offset as u64, len as u64)
}

fn build(pieces: Vec<Bytes>) -> Build {
    Build { lanes: Some(1), part_len_min: Some(100), ..pieces.into() }
}

/// Builds the file, and checks what is there then. Bodies and what they wait for are a group.
fn builds<F: Face>(
    service: &Service<'_, F>,
    bucket: &impl Bucket,
    data: &[u8],
    build: Build,
) -> Synthesized {
    let built = service.together(|| bucket.create_file("new", build));
    service.said(&built);
    let built = built.expect("built");
    let fetched = bucket.download("new", Fetch::default()).expect("downloaded");
    service.skip();
    assert!(fetched.bytes == data, "other bytes came down");
    assert!(bucket.unfinished().expect("listed").is_empty());
    service.skip();
    built
}

/// What is stored is copied, the rest is sent.
fn an_append<F: Face>(world: &World<'_, F>) {
    let data = bytes(LEN + 150);
    let service = world.service();
    let (_, bucket) = service.bucket();
    let old = stored(&bucket, &data[..LEN]);
    service.skip();
    let pieces =
        vec![Bytes::AppendCopy(CopySource::of_version(&old)), Bytes::Append(data[LEN..].to_vec())];
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (progress, started) = (seen.clone(), seen.clone());
    let build = Build {
        progress: Some(Box::new(move |told| {
            let text = format!("{} of them copied", told.bytes_copied);
            progress.lock().expect("whole").push(text);
        })),
        large_file_started: Some(Box::new(move |id| {
            started.lock().expect("whole").push(id.to_owned());
        })),
        ..build(pieces)
    };
    let built = builds(&service, &bucket, &data, build);
    assert_eq!((built.totals.copied, built.totals.sent), (LEN as u64, 150));
    let seen = seen.lock().expect("whole");
    assert!(seen.contains(&built.file.file_id.to_string()), "{seen:?}");
    assert_eq!(seen.last(), Some(&format!("{LEN} of them copied")));
}

/// The new bytes in the middle are long enough for a part.
fn a_change_in_the_middle<F: Face>(world: &World<'_, F>) {
    let mut data = bytes(LEN);
    let service = world.service();
    let (_, bucket) = service.bucket();
    let old = stored(&bucket, &data[..]);
    service.skip();
    data[400..520].fill(7);
    let pieces = vec![
        Bytes::Copy(0, of(&old, 0, 400)),
        Bytes::Copy(520, of(&old, 520, 480)),
        Bytes::Write(400, data[400..520].to_vec()),
    ];
    let plan = bucket.plan("new", build(Vec::new()));
    assert_eq!(plan.expect_err("no file").kind, ErrorKind::InvalidInput);
    let built = builds(&service, &bucket, &data, build(pieces));
    assert_eq!(service.of(GET).len(), 0, "nothing is fetched");
    assert_eq!((built.totals.copies, built.totals.uploads), (2, 1));
}

/// Two pieces that the service would not copy go up with local ones between and around them.
fn what_is_too_short_is_fetched<F: Face>(world: &World<'_, F>) {
    let data = bytes(LEN);
    let service = world.service();
    let (_, bucket) = service.bucket();
    let old = stored(&bucket, &data[..]);
    service.skip();
    let pieces = || {
        vec![
            Bytes::AppendCopy(of(&old, 0, 600)),
            Bytes::Append(data[600..650].to_vec()),
            Bytes::AppendCopy(of(&old, 650, 40)),
            Bytes::Append(data[690..700].to_vec()),
            Bytes::AppendCopy(of(&old, 700, 50)),
        ]
    };
    let plan = bucket.plan("new", build(pieces())).expect("a plan");
    let summary = plan.summary();
    assert_eq!((summary.parts, summary.bytes_fetched, summary.bytes_sent), (2, 90, 150));
    assert_eq!((summary.class_b, summary.class_c), (2, 1));
    service.skip();
    let built = builds(&service, &bucket, &data[..750], build(pieces()));
    assert_eq!((built.totals.fetches, built.totals.fetched), (2, 90));
}

/// More than the pipe between the two connections holds, in several lanes.
fn a_fetch_is_longer_than_the_pipe<F: Face>(world: &World<'_, F>) {
    let data = bytes(4 << 20);
    let service = world.service();
    let settings = Settings { buffer_bytes: Some(128 << 10), ..service.settings() };
    let (_, bucket) = service.bucket_with(settings);
    let old = stored(&bucket, Upload { part_len: Some(8 << 20), ..data[..].into() });
    service.skip();
    let mut pieces = Vec::new();
    for at in (0..data.len()).step_by(1 << 20) {
        let half = at + (1 << 19);
        pieces.push(Bytes::AppendCopy(of(&old, at, 1 << 19)));
        pieces.push(Bytes::Append(data[half..half + (1 << 19)].to_vec()));
    }
    let build = Build {
        part_len: Some(1 << 20),
        part_len_min: Some(1 << 20),
        lanes: Some(4),
        ..pieces.into()
    };
    let built = builds(&service, &bucket, &data, build);
    assert_eq!((built.totals.fetched, built.totals.copied), (2 << 20, 0));
    assert_eq!(built.totals.uploads, 4);
}

/// One part is no large file.
fn a_short_file<F: Face>(world: &World<'_, F>) {
    let data = bytes(150);
    let service = world.service();
    let (_, bucket) = service.bucket();
    let old = stored(&bucket, &data[..]);
    service.skip();
    let pieces = vec![Bytes::Append(data[..100].to_vec()), Bytes::AppendCopy(of(&old, 100, 50))];
    let built = builds(&service, &bucket, &data, build(pieces));
    assert_eq!(built.file.whole_sha1(), built.sha1);
    assert_eq!(service.of("b2_upload_file").len(), 2);
}

/// Nothing but a range of one version: one call.
fn one_copy<F: Face>(world: &World<'_, F>) {
    let data = bytes(LEN);
    let service = world.service();
    let (_, bucket) = service.bucket();
    let old = stored(&bucket, &data[..]);
    service.skip();
    let pieces = vec![Bytes::AppendCopy(of(&old, 100, 200))];
    builds(&service, &bucket, &data[100..300], build(pieces));
    assert_eq!(service.of("b2_copy_file").len(), 1);
}

/// Ranges of one local file, out of order; two of them are one part.
fn ranges_of_a_local_file<F: Face>(world: &World<'_, F>) {
    let data = bytes(LEN);
    let service = world.service();
    let (_, bucket) = service.bucket();
    let old = stored(&bucket, &data[..]);
    service.skip();
    let path = world.file("data", &data);
    let ranges = vec![(60, 500..560), (0, 900..960)];
    let pieces = vec![Bytes::Ranges(path, ranges), Bytes::Copy(120, of(&old, 0, 300))];
    let wanted = [&data[900..960], &data[500..560], &data[..300]].concat();
    let built = builds(&service, &bucket, &wanted, build(pieces));
    assert_eq!((built.totals.uploads, built.totals.fetched), (1, 0));
}

/// Each source has its key, and so has the new file.
fn with_customer_keys<F: Face>(world: &World<'_, F>) {
    let data = bytes(LEN);
    let key = |byte: u8| CustomerKey::new([byte; 32]);
    let service = world.service();
    let (_, bucket) = service.bucket();
    let encryption = Some(TargetEncryption::from(key(1)));
    let old = stored(&bucket, Upload { encryption, ..data[..].into() });
    service.skip();
    let with_key = |source: CopySource| source.customer_key(NamedKey::new(&key(1), None));
    let pieces = vec![
        Bytes::AppendCopy(with_key(of(&old, 0, 400))),
        Bytes::Append(data[400..500].to_vec()),
        Bytes::AppendCopy(with_key(of(&old, 500, 50))),
    ];
    let encryption = Some(TargetEncryption::from(key(2)));
    let build = Build { encryption, no_continue: true, ..build(pieces) };
    let built = service.together(|| bucket.create_file("new", build));
    service.said(&built);
    built.expect("built");
    let fetch = Fetch { customer_key: Some(key(2)), ..Fetch::default() };
    assert!(bucket.download("new", fetch).expect("downloaded").bytes == data[..550]);
    let without = vec![Bytes::AppendCopy(CopySource::of_version(&old))];
    let refused = bucket.create_file("new", super::synthesis::build(without));
    assert_eq!(refused.expect_err("no key").kind, ErrorKind::InvalidInput);
}

/// What a body waits for needs no second place among the connections.
fn with_one_connection<F: Face>(world: &World<'_, F>) {
    let data = bytes(LEN);
    let service = world.service();
    let (_, bucket) = service.bucket_with(Settings { connections: 1, ..service.settings() });
    let old = stored(&bucket, &data[..]);
    service.skip();
    let pieces = vec![
        Bytes::AppendCopy(of(&old, 0, 400)),
        Bytes::Append(data[400..500].to_vec()),
        Bytes::AppendCopy(of(&old, 500, 50)),
    ];
    service.faults([Rule { status: Some(503), count: Some(1), ..on(GET) }]);
    builds(&service, &bucket, &data[..550], Build { lanes: Some(4), ..build(pieces) });
}

fn mixed(old: &FileVersion, data: &[u8]) -> Vec<Bytes> {
    vec![
        Bytes::AppendCopy(of(old, 0, 400)),
        Bytes::Append(data[400..500].to_vec()),
        Bytes::AppendCopy(of(old, 500, 90)),
    ]
}

/// It goes on at the byte.
fn a_fetch_that_breaks_off<F: Face>(world: &World<'_, F>) {
    let data = bytes(LEN);
    let service = world.service();
    let (_, bucket) = service.bucket();
    let old = stored(&bucket, &data[..]);
    service.skip();
    service.faults([Rule { cut_after_bytes: Some(30), count: Some(1), ..on(GET) }]);
    builds(&service, &bucket, &data[..590], build(mixed(&old, &data)));
    assert_eq!(service.of("b2_upload_part").len(), 5 + 1, "the part was sent once");
}

/// Its pieces are fetched anew.
fn a_part_that_is_sent_again<F: Face>(world: &World<'_, F>) {
    let data = bytes(LEN);
    let service = world.service();
    let (_, bucket) = service.bucket();
    let old = stored(&bucket, &data[..]);
    service.skip();
    let after =
        Rule { status: Some(503), answer: Some(b2_sim::fault::When::After), ..Rule::default() };
    service.faults([Rule { op: on("b2_upload_part").op, count: Some(1), ..after }]);
    builds(&service, &bucket, &data[..590], build(mixed(&old, &data)));
    assert_eq!(service.of(GET).len(), 2);
}

/// An upload that is refused while it is fed ends the download that feeds it.
fn a_refusal_ends_what_feeds_it<F: Face>(world: &World<'_, F>) {
    const FETCHED: usize = 24 << 20;
    const PART: usize = 32 << 20;
    let data = bytes(PART);
    let service = world.service_with(Setup::real());
    let (_, bucket) = service.bucket();
    let old = stored(&bucket, Upload { part_len: Some(PART as u64), ..data[..].into() });
    // After a while, so that what feeds it has begun.
    let refuse = |operation| Rule { status: Some(403), latency_ms: 1_000, ..on(operation) };
    service.faults([refuse("b2_upload_file"), refuse("b2_upload_part")]);
    let pieces =
        vec![Bytes::AppendCopy(of(&old, 0, FETCHED)), Bytes::Append(data[FETCHED..].to_vec())];
    let (part_len, part_len_min) = (Some(PART as u64), Some(PART as u64));
    let built = bucket.create_file("new", Build { part_len, part_len_min, ..build(pieces) });
    assert_eq!(built.expect_err("refused").kind, ErrorKind::CapExceeded);
    // Waits for requests under way: one that nobody takes any more would never end.
    assert!(service.of(GET).len() <= 1);
    service.count_but(&[GET], "whether what feeds it had begun");
}

/// The job says which call was refused, and the part is not finished.
fn a_source_that_is_gone<F: Face>(world: &World<'_, F>) {
    let data = bytes(LEN);
    let service = world.service();
    let (_, bucket) = service.bucket();
    let old = stored(&bucket, &data[..]);
    service.skip();
    service.faults([Rule { status: Some(404), ..on(GET) }]);
    let built = bucket.create_file("new", build(mixed(&old, &data)));
    let error = built.expect_err("there is nothing to fetch");
    assert_eq!((error.kind, error.operation), (ErrorKind::NotFound, GET));
    assert_eq!(service.of("b2_finish_large_file").len(), 1, "that of the source");
    service.count_but(&["b2_upload_part"], "how far it was when it was given up");
}

/// A copied part is compared with the local bytes, and nothing is finished.
fn local_data_that_is_not_what_is_stored<F: Face>(world: &World<'_, F>) {
    let data = bytes(LEN);
    let service = world.service();
    let (_, bucket) = service.bucket();
    let old = stored(&bucket, &data[..]);
    service.skip();
    let pieces = |local: &[u8]| {
        vec![
            Bytes::Copy(0, of(&old, 0, 600)),
            Bytes::Write(200, local.to_vec()),
            Bytes::Write(600, data[600..700].to_vec()),
        ]
    };
    let priority = Some(Priority::LocalVerification);
    let verified = |local: &[u8]| Build { priority, ..build(pieces(local)) };
    builds(&service, &bucket, &data[..700], verified(&data[200..400]));
    service.step("with other bytes");
    let built = bucket.create_file("new", verified(&[9; 200]));
    service.said(&built);
    let error = built.expect_err("the bytes differ");
    assert_eq!(error.kind, ErrorKind::Corrupted);
    assert!(error.message.contains("bytes 200 to 400"), "{error}");
    assert_eq!(service.of("b2_finish_large_file").len(), 2);
}

/// With all bytes at hand nothing is fetched.
fn the_least_that_can_be_moved<F: Face>(world: &World<'_, F>) {
    let mut data = bytes(LEN);
    let service = world.service();
    let (_, bucket) = service.bucket();
    let old = stored(&bucket, &data[..]);
    service.skip();
    data[500..510].fill(7);
    let pieces = vec![
        Bytes::Write(0, data.clone()),
        Bytes::Copy(0, of(&old, 0, 500)),
        Bytes::Copy(510, of(&old, 510, 490)),
    ];
    let build = Build { least_transfer: true, ..build(pieces) };
    let built = builds(&service, &bucket, &data, build);
    assert_eq!((built.totals.sent, built.totals.fetched), (100, 0));
}

/// Copied parts are not copied again, and of another plan nothing is taken.
fn what_broke_off_goes_on<F: Face>(world: &World<'_, F>) {
    let data = bytes(LEN);
    let service = world.service();
    let (_, bucket) = service.bucket();
    let old = stored(&bucket, &data[..]);
    service.skip();
    let pieces = |begin: usize| {
        vec![
            Bytes::AppendCopy(of(&old, begin, 400)),
            Bytes::Append(data[400..500].to_vec()),
            Bytes::AppendCopy(of(&old, 500, 300)),
        ]
    };
    service.faults([Rule { status: Some(400), ..on("b2_upload_part") }]);
    bucket.create_file("new", build(pieces(0))).expect_err("no second part");
    service.no_faults();
    let unfinished = bucket.unfinished().expect("listed");
    let id = unfinished[0].file_id.to_string();
    service.skip();
    service.step("another plan, by hand");
    let other = Build { continue_from: Some(id), ..build(pieces(1)) };
    let other = bucket.create_file("new", other);
    service.said(&other);
    assert_eq!(other.expect_err("another plan").kind, ErrorKind::InvalidInput);
    service.step("the same plan");
    let before = service.of("b2_copy_part").len();
    let wanted = data[..800].to_vec();
    let built = builds(&service, &bucket, &wanted, build(pieces(0)));
    assert_eq!(built.continued, Continued::File { parts: 1, bytes: 400 });
    assert_eq!(service.of("b2_copy_part").len() - before, 1);
}

/// Errors come before anything is asked for.
fn what_is_no_file<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket) = service.bucket();
    client.authorize().expect("logged in");
    service.skip();
    let hole = vec![Bytes::Write(5, vec![1; 5])];
    let unknown = || CopySource::new("4_z1");
    let open = vec![Bytes::Copy(0, unknown())];
    let behind = vec![Bytes::AppendCopy(unknown()), Bytes::Append(vec![1; 5])];
    for pieces in [Vec::new(), hole, open, behind] {
        let built = bucket.create_file("new", build(pieces));
        service.said(&built);
        assert_eq!(built.expect_err("no file").kind, ErrorKind::InvalidInput);
    }
}
