//! Large files: parts in parallel lanes.

use b2_proto::error::ErrorKind;
use b2_proto::limits::PARTS_MAX;
use b2_proto::machine::copy::TargetEncryption;
use b2_proto::machine::download::Verified;
use b2_proto::machine::large::Leftover;
use b2_proto::model::{CustomerKey, FileVersion};
use b2_proto::op::CopyPart;
use b2_proto::op::finish_large_file::FinishLargeFile;
use b2_proto::op::new_file::NewFile;
use b2_proto::op::start_large_file::StartLargeFile;
use b2_proto::wire::text::{Sha1, Text};
use b2_sim::fault::{Rule, When};
use b2_sim::server::StoreKind;
use b2_sim::transport::Transport;
use std::io::Cursor;

use crate::face::{Bucket as _, Client as _, Face};
use crate::scenario::{Scenario, list};
use crate::settings::Settings;
use crate::tools::{bytes, on};
use crate::transfer::{Fetch, Source, Upload};
use crate::world::{Setup, World};

pub(super) fn all<F: Face>() -> Vec<Scenario<F>> {
    list![
        from_memory,
        from_a_path,
        from_a_reader,
        a_reader_within_a_small_budget,
        a_part_that_does_not_fit_the_budget,
        with_its_sha1,
        with_a_wrong_sha1,
        with_a_customer_key,
        every_part_fails_once,
        a_part_fails_for_good_and_the_rest_is_kept,
        a_part_fails_for_good_and_nothing_is_left,
        a_part_with_another_digest,
        lost_answers_of_parts,
        a_finish_whose_answer_is_lost,
        many_parts,
        a_finish_of_ten_thousand_parts,
    ]
}

/// Six parts of 200 bytes or little more.
const LEN: usize = 1_234;

fn check_whole<B: crate::face::Bucket>(bucket: &B, data: &[u8]) {
    let fetched = bucket.download("large", Fetch::default()).expect("downloaded");
    assert!(fetched.bytes == data, "other bytes came down");
}

fn goes_up<F: Face>(world: &World<'_, F>, source: impl Into<Source>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    let uploaded = service.together(|| bucket.upload("large", source.into().into()));
    service.said(&uploaded);
    assert_eq!(uploaded.expect("uploaded").file.content_length, LEN as u64);
    check_whole(&bucket, &bytes(LEN));
}

/// Bytes in memory go up in parts with their digests behind them.
fn from_memory<F: Face>(world: &World<'_, F>) {
    goes_up(world, bytes(LEN));
}

/// A file does the same, and its time is told at the start.
fn from_a_path<F: Face>(world: &World<'_, F>) {
    goes_up(world, world.file("large", &bytes(LEN)));
}

/// What can be read once goes up in parts with their digests before them.
fn from_a_reader<F: Face>(world: &World<'_, F>) {
    goes_up(world, Source::Reader(Box::new(Cursor::new(bytes(LEN))), LEN as u64));
}

/// With a small budget parts are shorter and fewer at a time, and all is there in the end.
fn a_reader_within_a_small_budget<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let mut settings = service.settings();
    settings.buffer_bytes = Some(150);
    let (_, bucket) = service.bucket_with(settings);
    let source = Source::Reader(Box::new(Cursor::new(bytes(LEN))), LEN as u64);
    service.together(|| bucket.upload("large", source.into())).expect("uploaded");
    check_whole(&bucket, &bytes(LEN));
}

/// A part that would need more memory than allowed is refused at once.
fn a_part_that_does_not_fit_the_budget<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let mut settings = service.settings();
    settings.buffer_bytes = Some(150);
    let (_, bucket) = service.bucket_with(settings);
    let source = Source::Reader(Box::new(Cursor::new(bytes(LEN))), LEN as u64);
    let uploaded = bucket.upload("large", Upload { part_len: Some(200), ..source.into() });
    service.said(&uploaded);
    assert_eq!(uploaded.expect_err("too long a part").kind, ErrorKind::Limit);
}

/// The SHA-1 of the whole is noted at the start, and verifies the download.
fn with_its_sha1<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    let data = bytes(LEN);
    let sha1 = Sha1::of(&data);
    let upload = Upload { sha1: Some(sha1), one_pass: true, ..data.into() };
    service.together(|| bucket.upload("large", upload)).expect("uploaded");
    let fetched = bucket.download("large", Fetch::default()).expect("downloaded");
    assert_eq!(fetched.downloaded.verified, Verified::LargeFileSha1(sha1));
}

/// A SHA-1 the whole does not have is noticed when it is read, or when it comes down.
fn with_a_wrong_sha1<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    let upload = || Upload { sha1: Some(Sha1([1; 20])), ..bytes(LEN).into() };
    let refused = bucket.upload("large", upload());
    service.said(&refused);
    assert_eq!(refused.expect_err("it has another").kind, ErrorKind::InvalidInput);
    let upload = Upload { one_pass: true, ..upload() };
    service.together(|| bucket.upload("large", upload)).expect("the service cannot know");
    let fetched = bucket.download("large", Fetch::default());
    service.said(&fetched);
    assert_eq!(fetched.expect_err("another digest").kind, ErrorKind::Corrupted);
}

/// Every part is sent with the customer's key.
fn with_a_customer_key<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    let key = CustomerKey::new([7; 32]);
    let encryption = Some(TargetEncryption::from(&key));
    let upload = Upload { encryption, ..bytes(LEN).into() };
    service.together(|| bucket.upload("large", upload)).expect("uploaded");
    let fetch = Fetch { customer_key: Some(key), ..Fetch::default() };
    assert!(bucket.download("large", fetch).expect("downloaded").bytes == bytes(LEN));
}

/// Each lane is refused the first time.
fn every_part_fails_once<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    service.faults([Rule { count: Some(6), status: Some(503), ..on("b2_upload_part") }]);
    let upload = Upload { lanes: Some(6), ..bytes(LEN).into() };
    bucket.upload("large", upload).expect("uploaded");
    let mut statuses = service.statuses("b2_upload_part");
    statuses.sort_unstable();
    assert_eq!(statuses, [vec![200; 6], vec![503; 6]].concat());
    assert_eq!(service.statuses("b2_finish_large_file"), [200]);
    service.skip();
    check_whole(&bucket, &bytes(LEN));
}

fn fails_for_good<F: Face>(world: &World<'_, F>, leftover: Leftover) -> usize {
    let service = world.service();
    let (client, bucket) = service.bucket();
    service.faults([Rule { after: 3, status: Some(500), ..on("b2_upload_part") }]);
    let upload = Upload { lanes: Some(1), leftover, ..bytes(LEN).into() };
    let uploaded = bucket.upload("large", upload);
    service.said(&uploaded);
    assert_eq!(uploaded.expect_err("no fourth part").attempts, 5);
    service.no_faults();
    let unfinished = bucket.unfinished().expect("listed");
    for file in &unfinished {
        assert_eq!(client.parts(file.file_id.as_str()).expect("listed").len(), 3);
    }
    assert!(service.statuses("b2_finish_large_file").is_empty());
    unfinished.len()
}

/// The unfinished file stays with the parts the service has.
fn a_part_fails_for_good_and_the_rest_is_kept<F: Face>(world: &World<'_, F>) {
    assert_eq!(fails_for_good(world, Leftover::Keep), 1);
}

/// The unfinished file is cancelled when that was asked for.
fn a_part_fails_for_good_and_nothing_is_left<F: Face>(world: &World<'_, F>) {
    assert_eq!(fails_for_good(world, Leftover::Remove), 0);
}

/// A part that is answered with another digest than what was sent is sent again.
fn a_part_with_another_digest<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    service.faults([Rule { nth: Some(2), wrong_digest: true, ..on("b2_upload_part") }]);
    let upload = Upload { lanes: Some(1), ..bytes(LEN).into() };
    let uploaded = bucket.upload("large", upload);
    service.said(&uploaded);
    uploaded.expect("uploaded");
    check_whole(&bucket, &bytes(LEN));
}

/// A part whose answer is lost is sent again with another URL; it is there once.
fn lost_answers_of_parts<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    service.faults([Rule { count: Some(3), reset: Some(When::After), ..on("b2_upload_part") }]);
    let upload = Upload { lanes: Some(1), ..bytes(LEN).into() };
    bucket.upload("large", upload).expect("uploaded");
    check_whole(&bucket, &bytes(LEN));
}

/// A finish whose answer is lost is settled by asking for the file.
fn a_finish_whose_answer_is_lost<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    service.faults([Rule { reset: Some(When::After), ..on("b2_finish_large_file") }]);
    let upload = Upload { lanes: Some(1), ..bytes(500).into() };
    let uploaded = bucket.upload("large", upload);
    service.said(&uploaded);
    assert_eq!(uploaded.expect("it is there").file.content_length, 500);
}

/// As many parts as an upload ever has: the plan keeps to two thirds of what the service takes.
fn many_parts<F: Face>(world: &World<'_, F>) {
    let mut setup = Setup { store: StoreKind::None, ..Setup::default() };
    (setup.config.part_len_min, setup.config.part_len_recommended) = (1, 1);
    let service = world.service_with(setup);
    let (_, bucket) = service.bucket_with(Settings { lanes: 8, ..service.settings() });
    let uploaded = bucket.upload("large", vec![0_u8; 20_000].into()).expect("uploaded");
    assert_eq!(uploaded.file.content_length, 20_000);
    let parts = service.of("b2_upload_part");
    assert_eq!(parts.len(), 6_667);
    assert!(parts.iter().all(|part| part.status == 200));
    assert_eq!(service.statuses("b2_finish_large_file"), [200]);
    service.count();
}

/// The most parts a file can have are joined by one request of 430 KB.
fn a_finish_of_ten_thousand_parts<F: Face>(world: &World<'_, F>) {
    let mut setup = Setup::default();
    setup.config.part_len_min = 1;
    let service = world.service_with(setup);
    let (client, bucket) = service.bucket();
    let source = bucket.upload("a", b"abc".into()).expect("uploaded").file;
    let start = StartLargeFile::new(NewFile::new(bucket.id(), "large"));
    let started: FileVersion = client.run(start).expect("started");
    // The parts are put there past the driver, which has nothing to show with them.
    let transport = Transport::new(service.handle().host().clone());
    let account = client.authorize().expect("logged in");
    for number in 1..=PARTS_MAX {
        let part = CopyPart::new(source.file_id.clone(), started.file_id.clone(), number);
        let body = serde_json::to_string(&part).expect("JSON");
        let token = account.authorization_token.expose();
        let now_ms = started.upload_timestamp_ms;
        let answer = transport.post(now_ms, "/b2api/v4/b2_copy_part", token, &body);
        assert_eq!(answer.status, 200, "{}", answer.json());
    }
    service.skip();
    let digests = vec![Some(Sha1::of(b"abc")); usize::from(PARTS_MAX)];
    let finish = FinishLargeFile::new(Text::truncated(started.file_id.as_str()), digests);
    let finished: FileVersion = client.run(finish).expect("finished");
    assert_eq!(finished.content_length, 3 * u64::from(PARTS_MAX));
}
