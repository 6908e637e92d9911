//! Machines and the engine, run to the end by canned answers.

use super::canned::{Canned, assert_stores};
use super::examples::{BUCKET_ID, DOWNLOAD_HEADERS, FILE_ID, FILE_NAME};
use super::session;
use b2_proto::id::{SinkId, SourceId};
use b2_proto::limits::PART_LEN_MIN;
use b2_proto::machine::download::{Download, DownloadOptions, GrowingLanes};
use b2_proto::machine::engine::Engine;
use b2_proto::machine::large::{Lane, LargeUpload};
use b2_proto::machine::put::{Put, PutOptions};
use b2_proto::machine::single::Single;
use b2_proto::machine::upload::Payload;
use b2_proto::machine::{Machine, Session};
use b2_proto::model::FileVersion;
use b2_proto::op::file_spec::FileSpec;
use b2_proto::op::get_file_info::GetFileInfo;
use b2_proto::op::new_download::NewDownload;
use b2_proto::op::new_file::NewFile;
use b2_proto::plan::parts::PartPlan;
use b2_proto::time::Instant;
use b2_proto::wire::text::Sha1;

const NOW: Instant = Instant::from_ms(1_000);

/// How many parts are sent at the same time.
pub const LANES: usize = 8;

type Parts = LargeUpload<FileSpec<'static>, Vec<Option<Sha1>>, Vec<Lane>>;

/// The upload of a file of `parts` parts through [`LANES`] lanes, ready to run.
#[derive(Debug)]
pub struct LargeRun {
    machine: Parts,
    session: Session,
    canned: Canned<()>,
}

impl LargeRun {
    /// Everything is prepared here, so that only the machine is timed.
    ///
    /// # Panics
    /// When a file cannot have so many parts.
    pub fn new(parts: u16) -> Self {
        let len = u64::from(parts) * PART_LEN_MIN;
        let plan = PartPlan::equal(len, PART_LEN_MIN).expect("a number of parts that is allowed");
        let machine = LargeUpload::new(
            FileSpec::new(BUCKET_ID, FILE_NAME),
            Payload::seekable(SourceId(0), len),
            plan,
            vec![None; usize::from(parts)],
            (0..LANES).map(|_| Lane::new()).collect(),
        );
        Self { machine, session: session(), canned: Canned::new(len, PART_LEN_MIN) }
    }

    /// Runs it to the end; the number of its actions.
    ///
    /// # Panics
    /// When the upload fails.
    pub fn run(&mut self) -> u64 {
        drive(&mut self.machine, &mut self.session, &mut self.canned);
        let outcome = self.machine.outcome().expect("an outcome");
        outcome.expect("uploaded");
        self.canned.requests
    }
}

fn drive<M: Machine>(machine: &mut M, session: &mut Session, canned: &mut Canned<()>) {
    loop {
        while let Some(action) = machine.poll_action(session, NOW) {
            canned.take((), &action);
        }
        if let Some((_, id)) = canned.next_arrival() {
            assert_stores(machine.accept(session, NOW, id, 200, &DOWNLOAD_HEADERS));
        }
        if !canned.reply(|(), input| machine.handle_input(session, NOW, input)) {
            return;
        }
    }
}

/// A kind of job of the engine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum JobKind {
    /// One call.
    Call,
    /// The upload of a small file.
    Put,
    /// The download of a small file.
    Download,
}

/// The engine with a session that has logged in, and the canned service.
#[derive(Debug)]
pub struct EngineRun {
    engine: Engine,
    canned: Canned<b2_proto::machine::engine::JobId>,
}

/// Length of the files the engine moves, in bytes.
const SMALL_LEN: u64 = 8;

impl EngineRun {
    /// At most `in_flight_max` requests at the same time.
    pub fn new(in_flight_max: usize) -> Self {
        let engine = Engine::new(session(), in_flight_max);
        Self { engine, canned: Canned::new(SMALL_LEN, PART_LEN_MIN) }
    }

    /// Requests so far.
    pub const fn requests(&self) -> u64 {
        self.canned.requests
    }

    /// Takes one job on.
    pub fn add(&mut self, kind: JobKind) {
        match kind {
            JobKind::Call => {
                self.engine.add(Single::new(GetFileInfo::<_, FileVersion>::new(FILE_ID)));
            }
            JobKind::Put => {
                let file = NewFile::new(BUCKET_ID, FILE_NAME);
                let payload = Payload::seekable(SourceId(0), SMALL_LEN);
                self.engine.add(Put::<FileVersion>::new(file, payload, PutOptions::default()));
            }
            JobKind::Download => {
                let request = NewDownload::by_name("my-photo-archive", FILE_NAME);
                let options = DownloadOptions::whole(SinkId(0));
                let lanes = GrowingLanes::up_to(8);
                self.engine.add(Download::<_, _, ()>::new(request, options, lanes));
            }
        }
    }

    /// Runs until all jobs have ended.
    ///
    /// # Panics
    /// When a job fails.
    pub fn run(&mut self) {
        let Self { engine, canned } = self;
        loop {
            while let Some((job, action)) = engine.poll_action(NOW) {
                canned.take(job, &action);
            }
            while let Some((_, outcome)) = engine.take_outcome() {
                outcome.expect("the job succeeds");
            }
            while engine.poll_event().is_some() {}
            let _ = engine.poll_deadline();
            if let Some((job, id)) = canned.next_arrival() {
                assert_stores(engine.accept(job, NOW, id, 200, &DOWNLOAD_HEADERS));
            }
            if !canned.reply(|job, input| engine.handle_input(job, NOW, input)) {
                break;
            }
        }
        assert!(engine.is_empty(), "a job waits for something");
    }
}
