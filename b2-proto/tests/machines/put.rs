//! One request or parts, as length, account and buffers say.

use b2_proto::error::ErrorKind;
use b2_proto::id::SourceId;
use b2_proto::machine::copy::TargetEncryption;
use b2_proto::machine::put::{Continue, Put, PutOptions, WholeSha1};
use b2_proto::machine::upload::Payload;
use b2_proto::machine::{Input, Phase};
use b2_proto::op::new_file::NewFile;
use b2_proto::op::receipt::FileRef;

use crate::scenario::*;

fn put(payload: Payload, options: PutOptions) -> Put<FileRef> {
    Put::new(NewFile::new("b", "n"), payload, options)
}

fn seekable(len: u64) -> Payload {
    Payload::seekable(SourceId(0), len)
}

fn buffers(buffer_len_max: u64, lanes: u16) -> PutOptions {
    PutOptions { buffer_len_max, lanes, ..PutOptions::default() }
}

#[test]
fn a_short_file_goes_up_in_one_request() {
    let job = Scenario::of(put(seekable(109), PutOptions::default()));
    assert_eq!(job.names(), ["b2_get_upload_url"]);
}

/// In one pass, and nothing is looked for.
fn plain() -> PutOptions {
    let (whole_sha1, resume) = (WholeSha1::OnePass, Continue::Never);
    PutOptions { whole_sha1, resume, ..PutOptions::default() }
}

/// The range the driver is to hash, and its answer.
fn hash(job: &mut Scenario<One<Put<FileRef>>>, through: bool) -> String {
    let hash = job.take(HASH);
    let through = through.then_some(OTHER_SHA1);
    job.input(&hash, Input::Hashed { id: hash.id, digest: SHA1, through });
    hash.body
}

/// What the file says of itself before it is read, as the start tells it.
fn started_with(file: NewFile) -> String {
    let options = PutOptions { resume: Continue::Never, ..PutOptions::default() };
    let mut job = Scenario::of(Put::<FileRef>::new(file, seekable(300), options));
    for _ in 0..3 {
        hash(&mut job, true);
    }
    job.take("b2_start_large_file").body
}

#[test]
fn a_digest_is_noted_only_where_the_file_would_fit_without_it() {
    let file = |len: usize| NewFile::new("b", "n").info("k", "v".repeat(len));
    let managed = |len| file(len).encryption(TargetEncryption::Managed);
    let many = |count: usize| {
        (0..count).fold(NewFile::new("b", "n"), |file, at| file.info(format!("k{at}"), "v"))
    };
    let noted = |file| started_with(file).contains("large_file_sha1");
    // A bucket that encrypts by default takes 2,048 bytes, which nobody here can know.
    assert_eq!(
        [1_000, 1_990, 3_000, 6_950].map(|len| noted(file(len))),
        [true, false, true, false]
    );
    assert_eq!([1_000, 1_990].map(|len| noted(managed(len))), [true, false]);
    assert_eq!([9, 10, 11].map(|count| noted(many(count))), [true, false, true]);
}

#[test]
fn a_long_file_is_read_before_it_goes_up() {
    let options = PutOptions { resume: Continue::Never, ..PutOptions::default() };
    let mut job = Scenario::of(put(seekable(300), options));
    assert_eq!((job.progress.phase, job.progress.parts_total), (Phase::Reading, Some(3)));
    let part = job.flights[0].clone();
    job.input(&part, Input::Moved { id: part.id, bytes: 40 });
    assert_eq!(job.progress.bytes_done, 40);
    assert_eq!(hash(&mut job, true), "100 from 0");
    assert_eq!((job.progress.bytes_done, job.progress.parts_done), (100, 1));
    assert_eq!(hash(&mut job, true), "100 from 100");
    assert_eq!(hash(&mut job, true), "100 from 200");
    let start = job.take("b2_start_large_file");
    let whole = format!(r#""large_file_sha1":"{OTHER_SHA1}""#);
    assert!(start.body.contains(&whole), "{}", start.body);
    assert!(start.body.contains(r#""part_sha1s":"1:100:WlpaWlpa"#), "{}", start.body);
    job.answer(&start, 200, &file_answer("start", "null", 0));
    assert_eq!((job.progress.phase, job.progress.bytes_done), (Phase::Moving, 0));
    assert_eq!(job.claimed, ["4_z1"]);
    job.serve("b2_get_upload_part_url", 200, &url_answer(1));
    let part = job.take("b2_upload_part");
    assert_eq!(part.body, "100 from 0 known");
    assert_eq!(part.header("X-Bz-Content-Sha1"), Some(&*SHA1.to_string()));
}

#[test]
fn a_source_with_another_sha1_than_was_told_is_not_sent() {
    for (told, is_right) in [(OTHER_SHA1, true), (SHA1, false)] {
        let mut payload = seekable(300);
        payload.sha1 = Some(told);
        let options = PutOptions { resume: Continue::Never, ..PutOptions::default() };
        let mut job = Scenario::of(put(payload, options));
        (0..3).for_each(|_| drop(hash(&mut job, true)));
        if is_right {
            job.take("b2_start_large_file");
        } else {
            let error = job.error();
            assert_eq!(error.kind, ErrorKind::InvalidInput);
            assert!(error.to_string().contains("another SHA-1 than was told"), "{error}");
            assert_eq!(job.begun, [HASH; 3]);
        }
    }
}

#[test]
fn a_driver_without_a_running_hash_reads_twice() {
    let options = PutOptions { resume: Continue::Never, ..PutOptions::default() };
    let mut job = Scenario::of(put(seekable(300), options));
    let ranges = ["100 from 0", "100 from 100", "100 from 200", "300 from 0"];
    assert_eq!(ranges.map(|_| hash(&mut job, false)), ranges);
    let start = job.take("b2_start_large_file");
    assert!(start.body.contains(&format!(r#""large_file_sha1":"{SHA1}""#)), "{}", start.body);
}

#[test]
fn a_source_that_cannot_be_read_sends_nothing() {
    let mut job = Scenario::of(put(seekable(300), PutOptions::default()));
    let part = job.take(HASH);
    job.break_off(&part, b2_proto::error::Cause::SourceChanged, 0);
    let error = job.error();
    assert_eq!(error.kind, ErrorKind::Source);
    assert!(error.to_string().contains("changed"), "{error}");
    assert_eq!(job.begun, [HASH]);
}

#[test]
fn reading_can_be_cancelled() {
    let mut job = Scenario::of(put(seekable(300), PutOptions::default()));
    job.cancel();
    assert_eq!(job.aborted, [HASH]);
    assert_eq!(job.error().kind, ErrorKind::Cancelled);
}

#[test]
fn a_file_that_others_took_over_is_started_anew() {
    let mut job = Scenario::of(put(seekable(300), plain()));
    job.claims = Claims::Asked;
    for _ in 0..2 {
        job.serve("b2_start_large_file", 200, &file_answer("start", "null", 0));
        let claim = job.take(CLAIM);
        assert_eq!(claim.body, "4_z1");
        job.input(&claim, Input::Claimed { id: claim.id, granted: false });
    }
    job.serve("b2_start_large_file", 200, &file_answer("start", "null", 0));
    let claim = job.take(CLAIM);
    job.input(&claim, Input::Claimed { id: claim.id, granted: true });
    assert_eq!(job.names(), ["b2_get_upload_part_url"; 3]);
}

#[test]
fn a_file_that_others_take_over_for_ever_is_theirs() {
    let mut options = plain();
    options.leftover = b2_proto::machine::large::Leftover::Remove;
    let mut job = Scenario::of(put(seekable(300), options));
    job.claims = Claims::Asked;
    for _ in 0..4 {
        job.serve("b2_start_large_file", 200, &file_answer("start", "null", 0));
        let claim = job.take(CLAIM);
        job.input(&claim, Input::Claimed { id: claim.id, granted: false });
    }
    assert_eq!(job.error().kind, ErrorKind::Conflict);
}

#[test]
fn only_files_in_parts_of_known_length_continue_another() {
    let options = || PutOptions { resume: Continue::File("4_z1".into()), ..PutOptions::default() };
    for payload in [seekable(109), Payload::unbounded(SourceId(0))] {
        let mut job = Scenario::of(put(payload, options()));
        assert_eq!(job.error().kind, ErrorKind::InvalidInput);
        assert!(job.begun.is_empty());
    }
}

#[test]
fn what_is_read_once_continues_no_file_and_asks_nothing() {
    for payload in [Payload::stream(SourceId(0), 300), Payload::stream(SourceId(0), 9)] {
        let options = PutOptions { resume: Continue::File("4_z1".into()), ..buffers(600, 4) };
        let mut job = Scenario::of(put(payload, options));
        let error = job.error();
        assert_eq!(error.kind, ErrorKind::InvalidInput);
        assert!(error.to_string().contains("read once"), "{error}");
        assert!(job.begun.is_empty());
    }
}

#[test]
fn a_long_file_goes_up_in_parts_with_its_digest_noted() {
    let mut payload = seekable(1_000);
    payload.sha1 = Some(SHA1);
    let mut job = Scenario::of(put(payload, plain()));
    let start = job.take("b2_start_large_file");
    let noted = format!(r#""large_file_sha1":"{SHA1}""#);
    assert!(start.body.contains(&noted), "{}", start.body);
    job.answer(&start, 200, &file_answer("start", "null", 0));
    assert_eq!(job.names(), ["b2_get_upload_part_url"; 8]);
}

#[test]
fn any_number_of_lanes_may_be_asked_for() {
    let options = PutOptions { lanes: u16::MAX, ..plain() };
    let mut job = Scenario::of(put(seekable(100_000), options));
    job.serve("b2_start_large_file", 200, &file_answer("start", "null", 0));
    assert_eq!(job.names(), ["b2_get_upload_part_url"; 64]);
}

#[test]
fn a_stream_uses_no_more_buffers_than_allowed() {
    let mut job = Scenario::of(put(Payload::stream(SourceId(0), 1_000), buffers(60, 4)));
    job.serve("b2_start_large_file", 200, &file_answer("start", "null", 0));
    let mut buffered = 0;
    for _ in 0..10 {
        if !job.names().contains(&FILL) {
            break;
        }
        let fill = job.take(FILL);
        let len = fill.body.split(' ').next().and_then(|len| len.parse().ok()).expect("a length");
        job.input(&fill, Input::Filled { id: fill.id, len, digest: SHA1 });
        buffered += len;
    }
    assert_eq!(buffered, 60);
}

#[test]
fn a_stream_that_needs_a_longer_buffer_is_refused() {
    let mut job = Scenario::of(put(Payload::stream(SourceId(0), 1_000), buffers(9, 4)));
    assert_eq!(job.error().kind, ErrorKind::Limit);
}

#[test]
fn cancel_before_the_login_ends_at_once() {
    let mut job = Scenario::of_with(session(), put(seekable(10), PutOptions::default()));
    assert_eq!(job.names(), [LOGIN]);
    job.cancel();
    assert_eq!(job.aborted, [LOGIN]);
    assert_eq!(job.error().kind, ErrorKind::Cancelled);
}

#[test]
fn a_wrong_name_sends_nothing_not_even_a_login() {
    let file = NewFile::new("b", "a\u{1}b");
    let put = Put::<FileRef>::new(file, seekable(10), PutOptions::default());
    let mut job = Scenario::of_with(session(), put);
    assert_eq!(job.error().kind, ErrorKind::InvalidInput);
    assert!(job.begun.is_empty());
}
