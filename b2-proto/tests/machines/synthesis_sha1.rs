//! Files that are built and whose SHA-1 was told: it is compared where local bytes tell it.

use b2_proto::error::ErrorKind;
use b2_proto::id::SourceId;
use b2_proto::machine::Input;
use b2_proto::machine::copy::CopySource;
use b2_proto::machine::put::Continue;
use b2_proto::machine::synthesis::{SynthesisOptions, Synthesize, WriteIntent};
use b2_proto::op::new_file::NewFile;
use b2_proto::plan::sizes::SizeOptions;
use b2_proto::wire::text::Sha1;
use serde_json::Value;

use crate::scenario::*;

const START: &str = "b2_start_large_file";

type Job = Scenario<One<Synthesize>>;

/// The file is to have [`SHA1`].
fn job(intents: Vec<WriteIntent>) -> Job {
    let sizes = SizeOptions { min: Some(10), ..SizeOptions::default() };
    let (resume, sha1) = (Continue::Never, Some(SHA1));
    let options =
        SynthesisOptions { sizes, resume, sha1, verify_overlap: true, ..Default::default() };
    Scenario::of(Synthesize::new(NewFile::new("b", "n"), intents, options))
}

fn source(offset: u64, len: u64) -> WriteIntent {
    WriteIntent::local(offset, SourceId(0), offset, len)
}

impl Job {
    #[track_caller]
    fn read(&mut self, range: &str, digest: Sha1, through: Option<Sha1>) {
        let hash = self.take(HASH);
        assert_eq!(hash.body, range);
        self.input(&hash, Input::Hashed { id: hash.id, digest, through });
    }

    /// It goes on, and the SHA-1 is kept with the file.
    #[track_caller]
    fn goes_on(mut self) {
        let start: Value = serde_json::from_str(&self.take(START).body).expect("JSON");
        assert_eq!(start["fileInfo"]["large_file_sha1"], SHA1.to_string());
    }

    /// Nothing was sent.
    #[track_caller]
    fn ends_unsent(mut self) {
        let error = self.error();
        assert_eq!((error.kind, self.begun.contains(&START)), (ErrorKind::InvalidInput, false));
        assert!(error.message.contains("another SHA-1"), "{error}");
    }
}

/// What is compared, and what is wrong.
fn both(walk: impl Fn(Sha1) -> Job) {
    walk(SHA1).goes_on();
    walk(OTHER_SHA1).ends_unsent();
}

#[test]
fn one_source_is_read_once_for_its_parts_and_the_whole() {
    both(|whole| {
        let mut job = job(vec![source(0, 130)]);
        job.read("100 from 0", OTHER_SHA1, Some(OTHER_SHA1));
        job.read("30 from 100", OTHER_SHA1, Some(whole));
        job
    });
}

#[test]
fn what_no_driver_tells_on_the_way_is_read_once_more() {
    both(|whole| {
        let mut job = job(vec![source(0, 130)]);
        job.read("100 from 0", OTHER_SHA1, None);
        job.read("30 from 100", OTHER_SHA1, None);
        assert_eq!(job.progress.bytes_done, 130);
        job.read("100 from 0 of 0 + 30 from 100 of 0", whole, None);
        job
    });
}

#[test]
fn several_sources_are_read_once_more_as_one() {
    both(|whole| {
        let second = WriteIntent::local(100, SourceId(1), 7, 30);
        let mut job = job(vec![source(0, 100), second]);
        // What a driver tells of the second source is not of the file.
        job.read("100 from 0", OTHER_SHA1, Some(OTHER_SHA1));
        job.read("30 from 7", OTHER_SHA1, Some(OTHER_SHA1));
        job.read("100 from 0 of 0 + 30 from 7 of 1", whole, None);
        job
    });
}

#[test]
fn copied_parts_that_are_compared_count() {
    both(|whole| {
        let copied = WriteIntent::remote(0, CopySource::new("4_old").range(20, 90));
        let mut job = job(vec![copied, source(0, 130)]);
        job.read("90 from 0", OTHER_SHA1, Some(OTHER_SHA1));
        job.read("40 from 90", OTHER_SHA1, Some(whole));
        job
    });
}

#[test]
fn what_is_not_read_is_taken_as_it_was_told() {
    let copied = WriteIntent::remote(0, CopySource::new("4_old").range(20, 90));
    let mut job = job(vec![copied, source(90, 40)]);
    job.read("40 from 90", OTHER_SHA1, None);
    job.goes_on();
}
