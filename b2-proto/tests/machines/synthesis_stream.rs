//! Files that are built while it is still told what of.

use b2_proto::error::{Cause, Error, ErrorKind};
use b2_proto::id::SourceId;
use b2_proto::machine::copy::CopySource;
use b2_proto::machine::large::Leftover;
use b2_proto::machine::put::Continue;
use b2_proto::machine::synthesis::{
    INTENTS_MAX, Planner, SynthesisOptions, SynthesizeStream, Synthesized, WriteIntent, WriteOrigin,
};
use b2_proto::machine::upload::Continued;
use b2_proto::machine::{Accept, Input, Taken};
use b2_proto::op::new_file::NewFile;
use b2_proto::plan::sizes::SizeOptions;
use b2_proto::plan::synthesis::Priority;
use b2_proto::plan::synthesis::least::Weights;
use serde_json::{Value, json};

use crate::scenario::*;

const START: &str = "b2_start_large_file";
const CANCEL: &str = "b2_cancel_large_file";
const COPY_PART: &str = "b2_copy_part";
const COPY: &str = "b2_copy_file";
const PART_URL: &str = "b2_get_upload_part_url";
const PART: &str = "b2_upload_part";
const FILE_URL: &str = "b2_get_upload_url";
const FILE: &str = "b2_upload_file";
const FINISH: &str = "b2_finish_large_file";
const GET: &str = "b2_download_file_by_id";

type Job = Scenario<One<SynthesizeStream>>;

fn options() -> SynthesisOptions {
    let sizes = SizeOptions { min: Some(10), ..SizeOptions::default() };
    SynthesisOptions { lanes: 1, sizes, ..Default::default() }
}

fn local(offset: u64, len: u64, source: u16) -> WriteIntent {
    WriteIntent::local(offset, SourceId(source), 7, len)
}

/// Bytes of a version from 20 on.
fn remote(offset: u64, len: u64) -> WriteIntent {
    WriteIntent::remote(offset, CopySource::new("4_old").range(20, len))
}

fn job_with(options: SynthesisOptions) -> Job {
    Scenario::of(SynthesizeStream::new(NewFile::new("b", "n"), options))
}

fn job() -> Job {
    job_with(options())
}

fn part_answer(number: u32, len: u64) -> String {
    json!({"fileId": "4_z1", "partNumber": number, "contentLength": len,
        "contentSha1": SHA1.to_string()})
    .to_string()
}

fn body(flight: &Flight) -> Value {
    serde_json::from_str(&flight.body).expect("JSON")
}

impl Job {
    /// Gives what is asked for.
    #[track_caller]
    fn give(&mut self, intents: &[WriteIntent], is_all: bool) {
        let take = self.take(TAKE);
        self.input(&take, Input::Taken { id: take.id, taken: Taken::new(intents, is_all) });
    }

    #[track_caller]
    fn start(&mut self) {
        self.serve(START, 200, &file_answer("start", "null", 0));
    }

    #[track_caller]
    fn url(&mut self, name: &str) {
        self.serve(name, 200, &url_answer(1));
    }

    #[track_caller]
    fn built(&mut self, name: &str, len: u64) -> Synthesized {
        self.serve(name, 200, &file_answer("upload", &quoted(SHA1), len));
        self.outcome().expect("built")
    }

    #[track_caller]
    fn unsent(&mut self) -> Error {
        assert!(self.begun.iter().all(|name| *name == TAKE), "{:?}", self.begun);
        self.error()
    }
}

#[test]
fn parts_go_while_intents_still_come() {
    let mut job = job();
    assert_eq!(job.take(TAKE).body, "110, closed []");
    job = self::job();
    job.give(&[local(0, 60, 0), local(60, 60, 1)], false);
    assert_eq!(job.names(), [TAKE], "one part is known at most");
    job.give(&[local(120, 60, 2), local(180, 60, 3)], false);
    assert_eq!(job.take(TAKE).body, "1, closed []", "the next one tells what becomes of it");
    let mut job = self::job();
    job.give(&[local(0, 250, 0), remote(250, 300), remote(550, 300)], false);
    assert_eq!(job.names(), [START], "two parts are known, and as many are ahead");
    job.start();
    job.url(PART_URL);
    assert_eq!(job.names(), [TAKE, PART], "the first is on its way");
    job.serve(PART, 200, &part_answer(1, 100));
    assert_eq!(job.take(PART).body, "100 from 107");
}

#[test]
fn what_came_last_is_finished() {
    let mut job = job();
    job.give(&[remote(0, 300), local(300, 40, 5)], false);
    assert_eq!(job.names(), [TAKE]);
    job.give(&[], true);
    job.start();
    let copy = job.take(COPY_PART);
    assert_eq!(body(&copy)["range"], "bytes=20-319");
    job.answer(&copy, 200, &part_answer(1, 300));
    job.url(PART_URL);
    let part = job.take(PART);
    assert_eq!(part.body, "40 from 7");
    job.answer(&part, 200, &part_answer(2, 40));
    let built = job.built(FINISH, 340);
    assert_eq!((built.totals.copied, built.totals.sent, built.totals.len), (300, 40, 340));
    assert_eq!(built.continued, Continued::NotTried);
    assert_eq!((job.progress.bytes_done, job.progress.bytes_copied), (340, 300));
    assert_eq!((job.progress.bytes_total, job.progress.parts_total), (Some(340), Some(2)));
    assert_eq!(job.started, 1);
    assert!(!job.begun.contains(&HASH), "nothing is read before");
}

#[test]
fn what_fits_into_one_part_is_one_request() {
    let mut job = job();
    job.give(&[local(0, 30, 0), local(30, 30, 1), remote(60, 5)], true);
    job.url(FILE_URL);
    let upload = job.take(FILE);
    assert_eq!(upload.body, "30 from 7 of 0 + 30 from 7 of 1 + 5 fed");
    let get = job.take(GET);
    assert_eq!(get.header("Range"), Some("bytes=20-24"));
    let headers =
        [("X-Bz-File-Id", "4_old"), ("Content-Length", "5"), ("Content-Range", "bytes 20-24/1000")];
    assert_eq!(job.accept(&get, 206, &headers), Accept::Feed { len: 5 });
    job.input(&get, Input::Stored { id: get.id });
    job.answer(&upload, 200, &file_answer("upload", &quoted(SHA1), 65));
    let built = job.outcome().expect("built");
    assert_eq!((built.totals.fetched, built.totals.sent), (5, 65));
}

#[test]
fn one_range_is_one_copy_and_nothing_is_an_empty_file() {
    let mut job = job();
    job.give(&[remote(0, 300)], true);
    let copy = job.take(COPY);
    assert_eq!(body(&copy)["range"], "bytes=20-319");
    job.answer(&copy, 200, &file_answer("copy", "\"none\"", 300));
    assert_eq!(job.outcome().expect("built").totals.copied, 300);
    let mut job = self::job();
    job.give(&[local(0, 0, 0)], true);
    job.url(FILE_URL);
    assert_eq!(job.take(FILE).body, "0 from 7");
}

#[test]
fn what_is_no_file_is_refused_before_anything_is_sent() {
    let unknown = WriteIntent::remote(0, CopySource::new("4_old"));
    let open = WriteOrigin::Local { source: SourceId(0), offset: 0, len: None };
    let cases = [
        (vec![], "nothing to build"),
        (vec![local(0, 5, 0), local(9, 5, 0)], "no source has bytes 5 to 9"),
        (vec![local(0, 5, 0), local(5, 5, 0), local(4, 9, 0)], "intent 2 begins at byte 4"),
        (vec![unknown], "length of intent 0"),
        (vec![WriteIntent { offset: 0, origin: open }], "length of intent 0"),
    ];
    for (intents, words) in cases {
        let mut job = job();
        job.give(&intents, true);
        let error = job.unsent();
        assert!(error.message.contains(words), "{error}");
        assert_eq!(error.kind, ErrorKind::InvalidInput);
    }
}

#[test]
fn what_a_stream_cannot_do_is_refused_at_once() {
    let no_stream = [
        SynthesisOptions { planner: Planner::Reference(Priority::Local), ..options() },
        SynthesisOptions { planner: Planner::Least(Weights::default()), ..options() },
        SynthesisOptions { verify_overlap: true, ..options() },
        SynthesisOptions { resume: Continue::File("4_z9".into()), ..options() },
    ];
    for options in no_stream {
        let mut job = job_with(options);
        assert_eq!(job.begun, [""; 0]);
        assert_eq!(job.unsent().kind, ErrorKind::InvalidInput);
    }
}

/// A job with a large file and its first part on its way, which asks for more.
fn under_way(leftover: Leftover) -> Job {
    let mut job = job_with(SynthesisOptions { leftover, ..options() });
    job.give(&[remote(0, 300), remote(300, 400), local(700, 20, 0), local(720, 20, 1)], false);
    job.start();
    assert_eq!(job.names(), [COPY_PART, TAKE]);
    job
}

#[test]
fn a_hole_behind_the_first_part_ends_the_job() {
    let mut job = under_way(Leftover::Keep);
    job.give(&[local(750, 20, 2)], false);
    assert_eq!(job.aborted, [COPY_PART]);
    let error = job.error();
    assert_eq!(error.kind, ErrorKind::InvalidInput);
    assert!(error.message.contains("no source has bytes 740 to 750"), "{error}");
}

#[test]
fn the_unfinished_file_is_removed_if_that_is_wanted() {
    let mut job = under_way(Leftover::Remove);
    job.give(&[local(600, 20, 2)], false);
    assert_eq!(job.aborted, [COPY_PART]);
    let cancel = job.take(CANCEL);
    job.answer(&cancel, 200, &file_answer("cancel", "null", 0));
    assert!(job.error().message.contains("intent 4 begins at byte 600"));
}

#[test]
fn who_gives_intents_may_fail() {
    let mut job = under_way(Leftover::Keep);
    let take = job.take(TAKE);
    job.break_off(&take, Cause::SourceUnreadable, 0);
    assert_eq!(job.aborted, [COPY_PART]);
    assert_eq!(job.error().kind, ErrorKind::Source);
    let mut job = self::job();
    let take = job.take(TAKE);
    job.break_off(&take, Cause::SourceUnreadable, 0);
    assert_eq!(job.unsent().kind, ErrorKind::Source);
}

#[test]
fn a_part_that_fails_ends_the_request_for_more() {
    let mut job = under_way(Leftover::Keep);
    job.serve(COPY_PART, 400, REFUSED);
    assert_eq!(job.aborted, [TAKE]);
    assert_eq!(job.error().kind, ErrorKind::BadRequest);
}

#[test]
fn giving_up_ends_everything() {
    let mut job = job();
    job.cancel();
    assert_eq!(job.aborted, [TAKE]);
    assert_eq!(job.error().kind, ErrorKind::Cancelled);
    let mut job = under_way(Leftover::Keep);
    job.cancel();
    assert_eq!(job.aborted, [TAKE, COPY_PART]);
    assert_eq!(job.error().kind, ErrorKind::Cancelled);
}

#[test]
fn more_parts_than_the_service_takes_are_an_error() {
    let mut job = job();
    let end = 1_000_200;
    job.give(&[local(0, end, 0), local(end, 5, 1), local(end + 5, 5, 2)], false);
    let error = job.unsent();
    assert!(error.message.contains("more than 10000 parts"), "{error}");
}

/// What the building of a file from many intents of three bytes came to.
struct Played {
    parts: u32,
    /// Most sources that were open at the same time.
    open_max: usize,
}

/// Builds a file of so many intents of three bytes, in parts of about this length.
fn play(count: u64, part_len: u64) -> Played {
    let mut job = job_with(SynthesisOptions {
        sizes: SizeOptions { min: Some(10), recommended: Some(part_len), ..Default::default() },
        ..options()
    });
    let (mut next, mut open, mut open_max, mut parts) = (0, 0, 0, 0);
    let mut end = 0;
    while !job.has_ended() {
        match job.names()[0] {
            TAKE => {
                let take = job.take(TAKE);
                let (_, closed) = take.body.split_once("closed ").expect("a list");
                let closed: Vec<u16> = serde_json::from_str(closed).expect("numbers");
                open -= closed.len();
                let intents: Vec<_> = (next..count.min(next + 50))
                    .map(|at| local(3 * at, 3, (at % 60_000) as u16))
                    .collect();
                next += intents.len() as u64;
                open += intents.len();
                open_max = open_max.max(open);
                let taken = Taken::new(&intents, next == count);
                job.input(&take, Input::Taken { id: take.id, taken });
            }
            START => job.start(),
            PART_URL => job.url(PART_URL),
            PART => {
                let sent = job.take(PART);
                let lens =
                    sent.body.split(" + ").map(|piece| piece.split_once(' ').expect("text").0);
                let len: u64 = lens.map(|len| len.parse::<u64>().expect("a length")).sum();
                parts += 1;
                end += len;
                job.answer(&sent, 200, &part_answer(parts, len));
            }
            FINISH => job.serve(FINISH, 200, &file_answer("upload", "\"none\"", 3 * count)),
            other => panic!("{other}"),
        }
    }
    let built = job.outcome().expect("built");
    assert_eq!((built.totals.len, end), (3 * count, 3 * count));
    Played { parts, open_max }
}

/// A hundred thousand intents, of which only those of a few parts are kept.
#[test]
fn sources_are_closed_when_their_parts_are_there() {
    let Played { parts, open_max } = play(100_000, 1_000);
    assert!((295..=300).contains(&parts), "{parts} parts");
    // Those of three parts, and as many again until it is looked which are needed.
    assert!(open_max < 3_000, "{open_max} sources are open at the same time");
}

/// Two parts would have more intents than are kept.
#[test]
fn a_part_is_sent_when_there_is_no_room_for_the_intents_of_the_next() {
    let Played { parts, open_max } = play(50_000, 60_000);
    assert!((2..=3).contains(&parts), "{parts} parts");
    assert!(open_max <= INTENTS_MAX + 50, "{open_max}");
}

#[test]
fn a_part_of_too_many_pieces_is_an_error() {
    let mut job = job_with(SynthesisOptions {
        sizes: SizeOptions { min: Some(10), recommended: Some(1_000_000), ..Default::default() },
        ..options()
    });
    let mut next = 0;
    while !job.has_ended() {
        let intents: Vec<_> = (next..next + 1_000).map(|at| local(at, 1, 0)).collect();
        next += 1_000;
        assert!(next <= INTENTS_MAX as u64 + 2_000, "no end");
        job.give(&intents, false);
    }
    let error = job.unsent();
    assert!(error.message.contains("more than 32768 pieces"), "{error}");
}
