//! The limits of a client: buffers, windows, connections, budgets.

use std::collections::BTreeMap;

use b2_proto::error::{Cause, ErrorKind};
use b2_proto::id::{SinkId, SourceId};
use b2_proto::machine::download::{Download, DownloadOptions, GrowingLanes};
use b2_proto::machine::engine::{Engine, JobId};
use b2_proto::machine::large::{Lane, LargeUpload, Leftover};
use b2_proto::machine::put::{Put, PutOptions};
use b2_proto::machine::single::Single;
use b2_proto::machine::upload::{Payload, Upload, Uploaded};
use b2_proto::machine::{Accept, Input};
use b2_proto::op::hide_file::HideFile;
use b2_proto::op::new_download::NewDownload;
use b2_proto::op::new_file::NewFile;
use b2_proto::op::receipt::FileRef;
use b2_proto::plan::parts::PartPlan;
use b2_proto::policy::meter::Budget;
use b2_proto::policy::window::Kind;
use b2_proto::rng::Rng;
use b2_proto::wire::text::Sha1;
use proptest::prelude::*;

use crate::scenario::*;

const HIDE: &str = "b2_hide_file";
const START: &str = "b2_start_large_file";
const PART_URL: &str = "b2_get_upload_part_url";
const PART: &str = "b2_upload_part";
const FINISH: &str = "b2_finish_large_file";
const URL: &str = "b2_get_upload_url";
const UPLOAD: &str = "b2_upload_file";
const CLEAN_UP: &str = "b2_cancel_large_file";

/// An engine with a driver that answers whatever is asked, and keeps buffers as a driver does.
struct World {
    all: Scenario<Engine>,
    /// Bytes that are left in the sources of jobs.
    left: BTreeMap<JobId, u64>,
    buffers: BTreeMap<(JobId, String), u64>,
}

impl World {
    fn new(connections: usize) -> Self {
        let all = Scenario::engine(logged_in(), connections);
        Self { all, left: BTreeMap::new(), buffers: BTreeMap::new() }
    }

    /// Uploads a file of so many parts of ten bytes, by eight lanes.
    fn large(&mut self, parts: usize, leftover: Leftover) -> JobId {
        let len = 10 * parts as u64;
        let plan = PartPlan::equal(len, 10).expect("a plan");
        let lanes: Vec<_> = (0..8).map(|_| Lane::new()).collect();
        let (file, payload) = (NewFile::new("b", "n"), Payload::seekable(SourceId(0), len));
        let digests = vec![None; parts];
        let job = LargeUpload::<_, _, _, FileRef>::new(file, payload, plan, digests, lanes);
        self.all.add(job.leftover(leftover))
    }

    fn small(&mut self) -> JobId {
        let payload = Payload::seekable(SourceId(0), 10);
        self.all.add(Upload::<_, FileRef>::new(NewFile::new("b", "n"), payload))
    }

    /// Uploads `len` bytes of a source that is read once; nobody knows how many unless
    /// `is_known`.
    fn stream(&mut self, len: u64, is_known: bool, lanes: u16) -> JobId {
        let source = SourceId(0);
        let payload =
            if is_known { Payload::stream(source, len) } else { Payload::unbounded(source) };
        let options = PutOptions { lanes, buffer_len_max: u64::MAX, ..PutOptions::default() };
        let job = self.all.add(Put::<FileRef>::new(NewFile::new("b", "n"), payload, options));
        self.left.insert(job, len);
        job
    }

    /// Ends the flight at `at` well.
    fn serve_at(&mut self, at: usize) -> Flight {
        let flight = self.all.flights.remove(at);
        let len = || flight.body.split(' ').next().and_then(|len| len.parse::<u64>().ok());
        let body = match flight.name {
            FILL => {
                self.fill(&flight);
                return flight;
            }
            HIDE => file_answer("hide", "null", 0),
            START => file_answer("start", "null", 0),
            FINISH => file_answer("upload", "\"none\"", 0),
            CLEAN_UP => r#"{"accountId":"a","bucketId":"b","fileId":"4_z1","fileName":"n"}"#.into(),
            URL | PART_URL => url_answer(1),
            UPLOAD => {
                let len = len().expect("a length");
                let sha1 = if len > 0 { SHA1 } else { Sha1::of(&[]) };
                file_answer("upload", &quoted(sha1), len)
            }
            PART => format!(
                r#"{{"fileId":"4_z1","partNumber":{},"contentLength":{},"contentSha1":"{SHA1}"}}"#,
                flight.header("X-Bz-Part-Number").expect("it"),
                len().expect("a length"),
            ),
            other => panic!("{other}"),
        };
        self.all.answer(&flight, 200, &body);
        flight
    }

    /// Ends the oldest flight with this name well.
    #[track_caller]
    fn serve(&mut self, name: &str) -> Flight {
        let at = self.all.flights.iter().position(|flight| flight.name == name);
        self.serve_at(at.unwrap_or_else(|| panic!("no {name} among {:?}", self.all.names())))
    }

    fn fill(&mut self, fill: &Flight) {
        let (len, slot) = fill.body.split_once(" into ").expect("a length and a buffer");
        let left = self.left.get_mut(&fill.job).expect("a stream");
        let len = len.parse::<u64>().expect("a length").min(*left);
        *left -= len;
        self.buffers.insert((fill.job, slot.to_owned()), len);
        let digest = if len > 0 { SHA1 } else { Sha1::of(&[]) };
        self.all.input(fill, Input::Filled { id: fill.id, len, digest });
    }

    /// Answers everything in some order until all jobs have ended. `check` looks on.
    fn run(&mut self, order: &[prop::sample::Index], mut check: impl FnMut(&mut Self)) {
        for index in order.iter().cycle().take(100_000) {
            if self.all.flights.is_empty() {
                break;
            }
            let _ = self.serve_at(index.index(self.all.flights.len()));
            check(self);
        }
        assert!(self.all.driven.is_empty(), "jobs wait for ever, or nearly so");
    }

    fn count(&self, job: JobId, name: &str) -> usize {
        self.all.flights.iter().filter(|it| (it.job, it.name) == (job, name)).count()
    }

    /// Gets a large upload to where as many parts are on their way as may be.
    fn start_parts(&mut self) {
        self.serve(START);
        while self.all.names().contains(&PART_URL) {
            self.serve(PART_URL);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// However little there is for the buffers of however many jobs, all of them end, and the
    /// buffers never have more.
    #[test]
    fn streams_share_their_buffers_and_all_end(
        streams in prop::collection::vec((0_u64..400, any::<bool>(), 1_u16..5), 1..10),
        budget in 20_u64..100,
        order in prop::collection::vec(any::<prop::sample::Index>(), 1..40),
    ) {
        let mut world = World::new(6);
        world.all.driven.set_buffers(budget);
        for (len, is_known, lanes) in &streams {
            world.stream(*len, *is_known, *lanes);
        }
        let mut held_max = 0;
        world.run(&order, |world| held_max = held_max.max(world.all.driven.buffered()));
        prop_assert!(held_max <= budget, "{} of {}", held_max, budget);
        prop_assert_eq!(world.all.driven.buffered(), 0);
        for _ in &streams {
            let (_, result) = world.all.ended::<Uploaded<FileRef>>();
            if let Err(error) = result {
                // Parts of even length may be longer than the budget; nothing was read then.
                prop_assert!(error.to_string().contains("needs a buffer of"), "{}", error);
            }
        }
    }
}

#[test]
fn a_stream_that_can_never_fit_is_refused_before_it_is_read() {
    let mut world = World::new(4);
    world.all.driven.set_buffers(19);
    world.stream(100, false, 2);
    let (_, result) = world.all.ended::<Uploaded<FileRef>>();
    let error = result.expect_err("two buffers of ten bytes");
    assert_eq!(error.kind, ErrorKind::Limit);
    assert!(error.to_string().contains("20"), "{error}");
    assert!(world.all.begun.is_empty());
}

#[test]
fn a_second_stream_gets_its_room_although_the_first_would_use_all() {
    let mut world = World::new(16);
    world.all.driven.set_buffers(100);
    let first = world.stream(10_000, false, 4);
    while world.all.driven.buffered() < 100 {
        let at = world.all.flights.iter().position(|it| it.name != PART).expect("not full");
        let _ = world.serve_at(at);
    }
    world.serve(FILL);
    let second = world.stream(10_000, false, 4);
    assert_eq!(world.count(second, FILL), 0, "nothing is left");
    while world.count(second, FILL) == 0 {
        world.serve(PART);
        assert_eq!(world.count(first, FILL), 0, "what comes back is kept for the second");
    }
    assert!(world.count(first, PART) > 0, "which needs its own room only");
}

#[test]
fn a_busy_service_makes_the_window_smaller_and_answers_make_it_larger() {
    let mut world = World::new(8);
    let job = world.large(1_000, Leftover::Keep);
    world.start_parts();
    assert_eq!(world.count(job, PART), 8);
    for _ in 0..8 {
        let flight = world.all.take(PART);
        world.all.answer(&flight, 429, BUSY);
    }
    assert_eq!(world.all.driven.window(Kind::UploadPart), 6);
    assert_eq!(world.all.driven.window(Kind::Api), 8, "each kind has its own");
    while world.all.names().contains(&PART_URL) || world.all.flights.is_empty() {
        if world.all.flights.is_empty() {
            world.all.wait();
        } else {
            world.serve(PART_URL);
        }
    }
    assert_eq!(world.count(job, PART), 6);
    for _ in 0..60 {
        world.serve(PART);
        while world.all.names().contains(&PART_URL) {
            world.serve(PART_URL);
        }
    }
    assert_eq!((world.count(job, PART), world.all.driven.window(Kind::UploadPart)), (8, 8));
}

#[test]
fn jobs_take_turns_at_a_small_window() {
    let mut world = World::new(8);
    let first = world.large(100, Leftover::Keep);
    world.start_parts();
    for _ in 0..30 {
        let Some(at) = world.all.flights.iter().position(|it| it.name == PART) else {
            while world.all.flights.is_empty() {
                world.all.wait();
            }
            while world.all.names().contains(&PART_URL) {
                world.serve(PART_URL);
            }
            if world.all.driven.window(Kind::UploadPart) == 1 {
                break;
            }
            continue;
        };
        let flight = world.all.flights.remove(at);
        world.all.break_off(&flight, Cause::ReadTimeout, 0);
    }
    let second = world.large(100, Leftover::Keep);
    world.serve(START);
    let mut served = Vec::new();
    while served.len() < 20 && world.all.driven.window(Kind::UploadPart) < 4 {
        while world.all.names().contains(&PART_URL) {
            world.serve(PART_URL);
        }
        served.push(world.serve(PART).job);
    }
    let shares = [first, second].map(|job| served.iter().filter(|it| **it == job).count());
    assert!(shares[0].abs_diff(shares[1]) <= 2, "{shares:?} of {served:?}");
}

#[test]
fn a_file_of_ten_thousand_parts_does_not_starve_a_small_one() {
    let mut world = World::new(4);
    world.large(10_000, Leftover::Keep);
    world.start_parts();
    for _ in 0..50 {
        world.small();
        let mut served = 0;
        while world.all.driven.len() > 1 {
            served += 1;
            let _ = world.serve_at(0);
        }
        // Before each of its two requests, one of the large file and those that are in flight.
        assert!(served <= 2 * (1 + 4) + 1, "{served}");
        assert!(world.all.ended::<Uploaded<FileRef>>().1.is_ok());
    }
}

#[test]
fn a_budget_that_is_used_up_ends_the_job_after_what_is_under_way() {
    let mut world = World::new(8);
    let budget = Budget { bytes_up: Some(105), ..Budget::default() };
    world.all.driven.set_budget(Some(budget));
    let job = world.large(100, Leftover::Keep);
    world.start_parts();
    assert_eq!(world.count(job, PART), 8);
    let other = world.all.add(Single::new(HideFile::<_, FileRef>::new("b", "n")));
    for _ in 0..10 {
        assert!(world.all.driven.take_outcome().is_none());
        world.serve(PART);
    }
    let (ended, result) = world.all.ended::<Uploaded<FileRef>>();
    let error = result.expect_err("one part more would be 110 bytes");
    assert_eq!((ended, error.kind), (job, ErrorKind::Limit));
    assert!(error.to_string().contains("budget of 105 bytes sent"), "{error}");
    assert!(world.all.aborted.is_empty() && world.count(other, HIDE) == 1);
    let meter = world.all.driven.meter();
    assert_eq!((meter.bytes_up, meter.count(PART), meter.count(FINISH)), (100, 10, 0));
    assert_eq!(meter.class_a, meter.operations().map(|(_, count)| count).sum::<u64>());
    world.all.driven.set_budget(None);
    let again = world.large(100, Leftover::Keep);
    world.start_parts();
    assert_eq!(world.count(again, PART), 7, "the budget was raised");
}

/// What is said when a budget is used up in the middle of a large file of this kind.
fn over_budget(leftover: Leftover, payload: Payload) -> String {
    let mut world = World::new(8);
    world.all.driven.set_budget(Some(Budget { bytes_up: Some(15), ..Budget::default() }));
    let (file, lanes) = (NewFile::new("b", "n"), vec![Lane::new()]);
    let plan = PartPlan::equal(30, 10).expect("a plan");
    let job = LargeUpload::<_, _, _, FileRef>::new(file, payload, plan, vec![None; 3], lanes);
    let job = world.all.add(job.leftover(leftover));
    world.left.insert(job, 30);
    while !world.all.flights.is_empty() {
        let _ = world.serve_at(0);
    }
    let (_, result) = world.all.ended::<Uploaded<FileRef>>();
    result.expect_err("30 bytes are more than 15").message.as_str().to_owned()
}

#[test]
fn a_budget_that_is_used_up_promises_only_what_is_kept() {
    let (again, once) = (Payload::seekable(SourceId(0), 30), Payload::stream(SourceId(0), 30));
    let promise = "; the unfinished large file is kept and can be continued";
    assert!(over_budget(Leftover::Keep, again).ends_with(promise));
    assert!(over_budget(Leftover::Remove, again).ends_with("do the same again"));
    assert!(over_budget(Leftover::Keep, once).ends_with("do the same again"));
}

#[test]
fn cleaning_up_is_allowed_past_the_budget() {
    let mut world = World::new(8);
    let budget = Budget { class_a: Some(3), ..Budget::default() };
    world.all.driven.set_budget(Some(budget));
    world.large(100, Leftover::Remove);
    world.serve(START);
    world.serve(PART_URL);
    world.serve(PART_URL);
    world.serve(CLEAN_UP);
    let (_, result) = world.all.ended::<Uploaded<FileRef>>();
    assert_eq!(result.err().map(|error| error.kind), Some(ErrorKind::Limit));
    assert_eq!(world.all.driven.meter().class_a, 4);
}

#[test]
fn attempts_and_classes_are_counted() {
    let mut all = Scenario::engine(session(), 4);
    all.add(Single::new(HideFile::<_, FileRef>::new("b", "n")));
    all.log_in("token");
    all.serve(HIDE, 503, BUSY);
    all.wait();
    all.serve(HIDE, 200, &file_answer("hide", "null", 0));
    let meter = all.driven.meter();
    assert_eq!((meter.class_a, meter.class_b, meter.class_c), (2, 0, 1));
    assert_eq!((meter.retries, meter.count(HIDE), meter.count(LOGIN)), (1, 2, 1));
}

/// A download of 800 bytes by eight lanes; its first request is in flight.
fn download(all: &mut Scenario<Engine>) -> Flight {
    let mut options = DownloadOptions::whole(SinkId(0));
    options.lane_len_min = 10;
    let lanes = GrowingLanes::up_to(8);
    all.add(Download::<_, _, ()>::new(NewDownload::by_id("4_z1"), options, lanes));
    all.flights.remove(0)
}

const WHOLE: [(&str, &str); 2] = [("X-Bz-File-Id", "4_z1"), ("Content-Length", "800")];

#[test]
fn a_download_asks_for_no_more_bytes_than_the_budget_has() {
    let mut all = Scenario::engine(logged_in(), 8);
    all.driven.set_budget(Some(Budget { bytes_down: Some(350), ..Budget::default() }));
    let first = download(&mut all);
    all.accept(&first, 200, &WHOLE);
    assert_eq!(all.flights.len(), 2, "three shares of 100 bytes in all");
    assert_eq!(all.driven.meter().bytes_down, 300);
    all.break_off(&first, Cause::Reset, 30);
    assert_eq!(all.driven.meter().bytes_down, 330, "what did not come may come in another range");
    assert_eq!(all.flights.len(), 3);
}

#[test]
fn an_answer_that_passes_the_budget_is_not_stored() {
    let mut all = Scenario::engine(logged_in(), 8);
    all.driven.set_budget(Some(Budget { bytes_down: Some(50), ..Budget::default() }));
    let first = download(&mut all);
    assert_eq!(all.accept(&first, 200, &WHOLE), Accept::Collect { len_max: 0 });
    all.answer_with(&first, 200, &WHOLE, "");
    let (_, outcome) = all.driven.take_outcome().expect("ended");
    assert_eq!(outcome.map(drop).map_err(|error| error.kind), Err(ErrorKind::Limit));
    assert_eq!(all.driven.meter().bytes_down, 0);
}

#[test]
fn jobs_that_wait_for_urls_and_for_parts_get_on() {
    for seed in 0..300 {
        let mut rng = Rng::from_seed(seed);
        let mut world = World::new(3);
        for _ in 0..5 {
            world.large(4, Leftover::Keep);
        }
        // A busy service makes both windows small.
        while !world.all.driven.is_empty() {
            let flights = world.all.flights.len() as u64;
            if flights == 0 {
                world.all.wait();
                continue;
            }
            let at = usize::try_from(rng.below(flights)).expect("few");
            let is_busy = [PART, PART_URL].contains(&world.all.flights[at].name);
            if is_busy && rng.below(3) == 0 {
                let flight = world.all.flights.remove(at);
                world.all.answer(&flight, 503, "{}");
            } else {
                world.serve_at(at);
            }
        }
    }
}
