//! Sources of unknown length: small or large, growing parts, buffers, the end.

use std::collections::BTreeMap;

use b2_proto::error::{Cause, ErrorKind};
use b2_proto::id::SourceId;
use b2_proto::machine::Input;
use b2_proto::machine::large::Leftover;
use b2_proto::machine::put::{Put, PutOptions};
use b2_proto::machine::upload::Payload;
use b2_proto::op::new_file::NewFile;
use b2_proto::op::receipt::FileRef;
use b2_proto::plan::growth::Growth;
use b2_proto::plan::sizes::SizeOptions;
use b2_proto::wire::text::Sha1;

use crate::scenario::*;

const SMALL: &str = "b2_upload_file";
const SMALL_URL: &str = "b2_get_upload_url";
const START: &str = "b2_start_large_file";
const GET_URL: &str = "b2_get_upload_part_url";
const PART: &str = "b2_upload_part";
const FINISH: &str = "b2_finish_large_file";
const CLEAN_UP: &str = "b2_cancel_large_file";

type Job = Scenario<One<Put<FileRef>>>;

/// Two parts at a time, from three buffers of 20 bytes.
fn options() -> PutOptions {
    PutOptions { buffer_len_max: 60, lanes: 2, ..PutOptions::default() }
}

fn put_with(options: PutOptions) -> Job {
    let payload = Payload::unbounded(SourceId(0));
    Scenario::of(Put::new(NewFile::new("b", "n"), payload, options))
}

/// A source with so many bytes left, and what its buffers and parts were.
#[derive(Default)]
struct Source {
    left: u64,
    /// Bytes by buffer, as a driver keeps them.
    buffers: BTreeMap<String, u64>,
    held_max: u64,
    sending_max: usize,
    parts: Vec<u64>,
}

impl Source {
    fn of(left: u64) -> Self {
        Self { left, ..Self::default() }
    }

    /// Fills the buffer that is asked for.
    fn fill(&mut self, job: &mut Job) -> u64 {
        let fill = job.take(FILL);
        let (len, slot) = fill.body.split_once(" into ").expect("a length and a buffer");
        let len = self.left.min(len.parse().expect("a length"));
        self.left -= len;
        self.release(job);
        self.buffers.insert(slot.to_owned(), len);
        self.held_max = self.held_max.max(self.buffers.values().sum());
        job.input(&fill, Input::Filled { id: fill.id, len, digest: SHA1 });
        len
    }

    fn release(&mut self, job: &mut Job) {
        for released in job.released.drain(..) {
            self.buffers.remove(&released.0.to_string());
        }
    }

    /// Lets the service take the oldest part.
    fn store(&mut self, job: &mut Job) {
        self.sending_max = self.sending_max.max(count(job, PART));
        let part = job.take(PART);
        let number: usize = part.header("X-Bz-Part-Number").expect("it").parse().expect("a number");
        let (len, slot) = part.body.split_once(" of ").expect("a length and a buffer");
        let len: u64 = len.parse().expect("a length");
        self.release(job);
        assert_eq!(self.buffers[slot], len, "sent from the buffer that has the part");
        self.parts.resize(self.parts.len().max(number), 0);
        self.parts[number - 1] = len;
        let answer = format!(
            r#"{{"fileId":"4_z1","partNumber":{number},"contentLength":{len},
            "contentSha1":"{SHA1}"}}"#
        );
        job.answer(&part, 200, &answer);
    }

    /// Does whatever is asked for until the job ends, or nothing but `until` is asked for.
    fn run(&mut self, job: &mut Job, until: &str) {
        while !job.has_ended() && !job.names().iter().all(|name| *name == until) {
            for (name, answer) in [
                (START, file_answer("start", "null", 0)),
                (GET_URL, url_answer(1)),
                (SMALL_URL, url_answer(1)),
                (FINISH, file_answer("upload", "\"none\"", 0)),
            ] {
                while name != until && job.names().contains(&name) {
                    job.serve(name, 200, &answer);
                }
            }
            if until != FILL && job.names().contains(&FILL) {
                self.fill(job);
            } else if until != PART && job.names().contains(&PART) {
                self.store(job);
            }
        }
    }
}

fn count(job: &Job, wanted: &str) -> usize {
    job.names().iter().filter(|name| **name == wanted).count()
}

#[test]
fn what_fits_into_one_buffer_is_a_small_file_of_known_length() {
    for (len, fills) in [(0, 1), (1, 1), (19, 1), (20, 2)] {
        let (mut job, mut source) = (put_with(options()), Source::of(len));
        assert_eq!(job.progress.bytes_total, None);
        for _ in 0..fills {
            assert_eq!(job.names(), [FILL], "nothing is sent before the length is known");
            source.fill(&mut job);
        }
        job.serve(SMALL_URL, 200, &url_answer(1));
        assert_eq!(job.progress.bytes_total, Some(len));
        let upload = job.take(SMALL);
        assert_eq!(upload.body, format!("{len} of 0"));
        let sha1 = if len > 0 { SHA1 } else { Sha1::of(&[]) };
        job.answer(&upload, 200, &file_answer("upload", &quoted(sha1), len));
        assert_eq!(job.outcome().expect("uploaded").sha1, Some(sha1));
    }
}

#[test]
fn what_has_a_byte_more_is_a_large_file() {
    for (len, parts) in [
        (21, vec![20, 1]),
        (39, vec![20, 19]),
        (40, vec![20, 20]),
        (41, vec![20, 20, 1]),
        (100, vec![20; 5]),
        (119, vec![20, 20, 20, 20, 20, 19]),
    ] {
        let (mut job, mut source) = (put_with(options()), Source::of(len));
        source.run(&mut job, "");
        assert_eq!(source.parts, parts, "{len} bytes");
        assert!(source.sending_max <= 2 && source.held_max <= 60);
        assert_eq!((job.progress.bytes_done, job.progress.bytes_total), (len, Some(len)));
        let total = u32::try_from(parts.len()).expect("few");
        assert_eq!((job.progress.parts_done, job.progress.parts_total), (total, Some(total)));
        assert_eq!(job.outcome().expect("uploaded").sha1, None);
    }
}

#[test]
fn the_length_is_told_as_soon_as_the_source_has_ended() {
    let (mut job, mut source) = (put_with(options()), Source::of(70));
    source.run(&mut job, PART);
    assert_eq!((job.progress.bytes_total, job.progress.parts_total), (None, None));
    source.store(&mut job);
    source.run(&mut job, PART);
    assert_eq!((job.progress.bytes_total, job.progress.parts_total), (Some(70), Some(4)));
}

#[test]
fn the_next_part_is_read_while_as_many_as_allowed_are_sent() {
    for lanes in [1, 2] {
        let options =
            PutOptions { lanes, buffer_len_max: 20 * (u64::from(lanes) + 1), ..options() };
        let (mut job, mut source) = (put_with(options.clone()), Source::of(1_000));
        source.run(&mut job, PART);
        assert_eq!(job.names(), vec![PART; usize::from(lanes)], "the others wait for their turn");
        assert_eq!(1_000 - source.left, options.buffer_len_max);
        source.run(&mut job, "");
        assert_eq!(source.sending_max, usize::from(lanes));
        let urls = job.begun.iter().filter(|name| **name == GET_URL).count();
        assert_eq!(urls, usize::from(lanes), "the URLs go from lane to lane");
        assert!(job.outcome().is_ok());
    }
}

#[test]
fn longer_parts_use_fewer_buffers() {
    let (mut job, mut source) = (put_with(options()), Source::of(200_000));
    source.run(&mut job, "");
    let growth = Growth { first: 20, longest: 60 };
    let mut offset = 0;
    for len in &source.parts[..source.parts.len() - 1] {
        assert_eq!(*len, growth.len_at(offset));
        offset += len;
    }
    assert_eq!(offset + source.parts.last().expect("some"), 200_000);
    assert_eq!(source.parts[source.parts.len() - 2], 60);
    assert_eq!(source.held_max, 60);
    assert!(job.outcome().is_ok());
}

#[test]
fn a_file_of_as_many_parts_as_there_may_be_ends_well_and_a_byte_more_is_too_much() {
    let options = PutOptions { lanes: 1, buffer_len_max: 20, ..options() };
    let most = Growth { first: 10, longest: 20 }.file_len_max();
    let (mut job, mut source) = (put_with(options.clone()), Source::of(most));
    source.run(&mut job, "");
    assert_eq!((source.parts.len(), job.progress.bytes_total), (10_000, Some(most)));
    assert!(job.outcome().is_ok());

    let (mut job, mut source) = (put_with(options), Source::of(most + 1));
    source.run(&mut job, "");
    let error = job.error();
    assert_eq!(error.kind, ErrorKind::Limit);
    let text = error.to_string();
    for number in [most, 10_000, 20] {
        assert!(text.contains(&number.to_string()), "{text}");
    }
}

#[test]
fn a_part_that_fails_is_sent_again_from_its_buffer() {
    let (mut job, mut source) = (put_with(options()), Source::of(70));
    source.run(&mut job, PART);
    job.serve(PART, 503, BUSY);
    source.run(&mut job, "");
    assert_eq!(job.begun.iter().filter(|name| **name == PART).count(), 5);
    assert_eq!(source.parts, [20, 20, 20, 10]);
    assert!(job.outcome().is_ok());
}

#[test]
fn a_source_that_fails_is_the_end_wherever_it_does() {
    for fills in 0..4 {
        let options = PutOptions { leftover: Leftover::Remove, ..options() };
        let (mut job, mut source) = (put_with(options), Source::of(1_000));
        for _ in 0..fills {
            source.run(&mut job, FILL);
            source.fill(&mut job);
        }
        source.run(&mut job, FILL);
        let fill = job.take(FILL);
        job.break_off(&fill, Cause::SourceUnreadable, 0);
        if fills >= 2 {
            job.serve(CLEAN_UP, 200, &file_answer("start", "null", 0));
        } else {
            assert_eq!(job.begun.iter().filter(|name| **name != FILL).count(), 0);
        }
        assert_eq!(job.error().kind, ErrorKind::Source, "after {fills} buffers");
    }
}

#[test]
fn a_buffer_with_more_than_was_asked_for_is_refused() {
    let mut job = put_with(options());
    let fill = job.take(FILL);
    job.input(&fill, Input::Filled { id: fill.id, len: 21, digest: SHA1 });
    assert_eq!(job.error().kind, ErrorKind::Source);
}

#[test]
fn cancel_while_it_is_not_known_what_to_send_aborts_the_buffer() {
    for fills in 0..2 {
        let (mut job, mut source) = (put_with(options()), Source::of(1_000));
        for _ in 0..fills {
            source.fill(&mut job);
        }
        job.cancel();
        assert_eq!(job.aborted, [FILL]);
        assert_eq!(job.error().kind, ErrorKind::Cancelled);
    }
}

#[test]
fn cancel_of_a_large_one_aborts_parts_and_buffers_and_cleans_up() {
    let options = PutOptions { leftover: Leftover::Remove, ..options() };
    let (mut job, mut source) = (put_with(options), Source::of(1_000));
    source.run(&mut job, PART);
    source.store(&mut job);
    assert_eq!((count(&job, PART), count(&job, FILL)), (2, 1));
    job.cancel();
    assert_eq!(job.aborted.len(), 3);
    job.serve(CLEAN_UP, 200, &file_answer("start", "null", 0));
    assert_eq!(job.error().kind, ErrorKind::Cancelled);
}

#[test]
fn a_late_buffer_changes_nothing() {
    let (mut job, mut source) = (put_with(options()), Source::of(15));
    let fill = job.flights[0].clone();
    source.fill(&mut job);
    job.input(&fill, Input::Filled { id: fill.id, len: 20, digest: OTHER_SHA1 });
    assert_eq!(job.names(), [SMALL_URL]);
    assert_eq!(job.progress.bytes_total, Some(15));
}

#[test]
fn a_lost_finish_is_settled() {
    let (mut job, mut source) = (put_with(options()), Source::of(50));
    source.run(&mut job, FINISH);
    let finish = job.take(FINISH);
    assert_eq!(finish.body.matches(&SHA1.to_string()).count(), 3);
    job.break_off(&finish, Cause::ReadTimeout, 0);
    job.wait();
    job.serve(FINISH, 400, REFUSED);
    job.wait();
    job.serve("b2_get_file_info", 200, &file_answer("upload", "\"none\"", 50));
    assert!(job.outcome().is_ok());
}

#[test]
fn the_digest_of_the_whole_is_noted_when_the_caller_knows_it() {
    for known in [None, Some(OTHER_SHA1)] {
        let payload = Payload { sha1: known, ..Payload::unbounded(SourceId(0)) };
        let mut job = Scenario::of(Put::new(NewFile::new("b", "n"), payload, options()));
        Source::of(50).run(&mut job, START);
        let start = job.take(START);
        assert_eq!(start.body.contains("large_file_sha1"), known.is_some());
    }
}

#[test]
fn buffers_that_are_too_small_are_told_with_what_would_do() {
    let mut few = PutOptions { buffer_len_max: 19, ..options() };
    let mut wide = options();
    wide.sizes.recommended = Some(31);
    few.lanes = 1;
    for (options, numbers) in [(few, [10, 19, 20]), (wide, [31, 60, 62])] {
        let mut job = put_with(options);
        assert!(job.begun.is_empty(), "nothing is read");
        let error = job.error();
        assert_eq!(error.kind, ErrorKind::Limit);
        let text = error.to_string();
        for number in numbers {
            assert!(text.contains(&number.to_string()), "{number} in {text}");
        }
    }
}

#[test]
fn the_account_says_how_long_parts_are_when_there_is_room() {
    let (mut job, mut source) =
        (put_with(PutOptions { lanes: 4, ..PutOptions::default() }), Source::of(250));
    source.run(&mut job, "");
    assert_eq!(source.parts, [100, 100, 50]);
}

#[test]
fn a_source_that_can_be_read_again_has_a_length() {
    let payload = Payload { can_reread: true, ..Payload::unbounded(SourceId(0)) };
    let put = Put::<FileRef>::new(NewFile::new("b", "n"), payload, options());
    assert_eq!(Scenario::of(put).error().kind, ErrorKind::InvalidInput);
}

#[test]
fn a_part_that_waits_for_its_turn_waits_for_no_url() {
    let (mut job, mut source) = (put_with(options()), Source::of(400));
    source.fill(&mut job);
    source.fill(&mut job);
    job.serve(START, 200, &file_answer("start", "null", 0));
    source.fill(&mut job);
    // The first lane has to wait for a URL, and gets that of the second.
    job.serve(GET_URL, 503, BUSY);
    job.serve(GET_URL, 200, &url_answer(1));
    source.store(&mut job);
    source.store(&mut job);
    // Then it reads another part while the other lanes send theirs.
    for _ in 0..4 {
        while job.names().contains(&FILL) {
            source.fill(&mut job);
        }
        while job.names().contains(&GET_URL) {
            job.serve(GET_URL, 200, &url_answer(2));
        }
        if count(&job, PART) == 2 && !job.names().contains(&FILL) {
            break;
        }
        source.store(&mut job);
    }
    assert_eq!(job.names(), [PART, PART]);
    job.now = job.now.after_ms(60_000);
    job.drain();
    source.run(&mut job, "");
    assert!(job.outcome().is_ok());
}

#[test]
fn who_takes_the_upload_url_of_another_waits_for_none_of_its_own() {
    let (mut job, mut source) = (put_with(options()), Source::of(1_000));
    for _ in 0..2 {
        source.fill(&mut job);
    }
    job.serve(START, 200, &file_answer("start", "null", 0));
    job.serve(GET_URL, 200, &url_answer(1));
    job.serve(GET_URL, 503, BUSY);
    source.store(&mut job);
    assert_eq!(count(&job, PART), 1, "the second part goes where the first went");
    // When the wait for a URL is over, nothing is to be done, also not for the lane's next part.
    job.now = job.now.after_ms(60_000);
    source.run(&mut job, "");
    assert_eq!(source.parts.len(), 50);
    job.outcome().expect("uploaded");
}

/// The service would refuse the first of two parts (P6).
#[test]
fn parts_that_are_too_short_are_refused_before_anything_is_read() {
    let sizes = |recommended| SizeOptions { recommended: Some(recommended), ..Default::default() };
    let mut job = put_with(PutOptions { sizes: sizes(9), ..options() });
    assert_eq!(job.begun, [""; 0]);
    let error = job.error();
    assert_eq!(error.kind, ErrorKind::InvalidInput);
    assert!(error.message.contains("shorter than the shortest part of 10"), "{error}");
    assert_eq!(put_with(PutOptions { sizes: sizes(10), ..options() }).begun, [FILL]);
}
