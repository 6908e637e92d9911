//! Machines that no builder makes.

use b2_local::sink::{MemorySink, Sink};
use b2_proto::error::ErrorKind;
use b2_proto::id::{SinkId, SourceId};
use b2_proto::machine::Version;
use b2_proto::machine::download::{Download, DownloadOptions, RangeLane};
use b2_proto::machine::put::{Put, PutOptions};
use b2_proto::machine::single::Single;
use b2_proto::machine::upload::Payload;
use b2_proto::model::{DownloadInfo, FileVersion};
use b2_proto::op::ListBuckets;
use b2_proto::op::new_download::NewDownload;
use b2_proto::op::new_file::NewFile;
use b2_proto::wire::text::Sha1;
use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::face::{Bucket as _, Client as _, Face};
use crate::scenario::{Scenario, list};
use crate::tools::{bytes, eventually};
use crate::transfer::{Fetch, JobIo};
use crate::world::World;

pub(super) fn all<F: Face>() -> Vec<Scenario<F>> {
    list![
        a_machine_alone,
        a_range_of_the_second_source,
        into_the_second_sink,
        what_is_not_there,
        a_sink_whose_job_fails,
    ]
}

/// Neither reads nor writes.
fn a_machine_alone<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let client = service.client();
    let listed = client.run_job(Single::new(ListBuckets::default()), JobIo::default());
    service.said(&listed);
    assert_eq!(listed.expect("listed").len(), 0);
}

/// An upload of these bytes of a source.
fn put(bucket: &str, source: u16, offset: u64, len: u64) -> Put<FileVersion> {
    let payload = Payload { offset, can_reread: true, ..Payload::stream(SourceId(source), len) };
    Put::new(NewFile::new(bucket, "a"), payload, PutOptions::default())
}

type Get = Download<NewDownload, Vec<RangeLane>, DownloadInfo>;

/// A download of a version into a sink.
fn get(file: &FileVersion, sink: u16, sha1: Option<Sha1>) -> Get {
    let mut options = DownloadOptions::whole(SinkId(sink));
    options.expected_sha1 = sha1;
    let lanes = vec![RangeLane::new()];
    Download::new(NewDownload::of_version(file), options, lanes)
}

/// Sources are counted from 0 on, and the last news is that all bytes have moved.
fn a_range_of_the_second_source<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket) = service.bucket();
    let (data, told) = (bytes(1_000), Arc::new(AtomicU64::new(0)));
    let last = told.clone();
    let io = JobIo {
        sources: vec![b"not this one".to_vec(), data.clone()],
        progress: Some(Box::new(move |news| last.store(news.bytes_done, Ordering::Relaxed))),
        ..JobIo::default()
    };
    let uploaded = client.run_job(put(&bucket.id(), 1, 100, 150), io);
    service.said(&uploaded);
    assert_eq!(uploaded.expect("uploaded").file.content_length, 150);
    assert_eq!(told.load(Ordering::Relaxed), 150);
    let fetched = bucket.download("a", Fetch::default()).expect("downloaded");
    assert!(Some(&*fetched.bytes) == data.get(100..250));
}

/// A sink that counts what becomes of it.
struct Counted {
    inner: MemorySink,
    ends: Mutex<Vec<&'static str>>,
    writes: AtomicUsize,
}

impl Counted {
    fn new() -> Arc<Self> {
        let (inner, ends) = (MemorySink::new(10_000), Mutex::default());
        Arc::new(Self { inner, ends, writes: AtomicUsize::new(0) })
    }

    fn note(&self, end: &'static str) {
        self.ends.lock().unwrap_or_else(PoisonError::into_inner).push(end);
    }

    fn ends(&self) -> Vec<&'static str> {
        self.ends.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Sink for Counted {
    fn pin(&self, version: &Version<'_>) {
        self.inner.pin(version);
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> Result<(), b2_local::Error> {
        self.writes.fetch_add(1, Ordering::Relaxed);
        self.inner.write_at(offset, bytes)
    }

    fn digest(&self, offset: u64, len: u64) -> Result<Sha1, b2_local::Error> {
        self.inner.digest(offset, len)
    }

    fn commit(&self, len: u64, modified_ms: Option<u64>) -> Result<(), b2_local::Error> {
        self.note("commit");
        self.inner.commit(len, modified_ms)
    }

    fn save(&self) -> Result<(), b2_local::Error> {
        self.note("save");
        Ok(())
    }

    fn discard(&self) {
        self.note("discard");
    }

    fn release(&self) {
        self.note("release");
    }
}

/// What becomes of a sink whose job has succeeded is the caller's.
fn into_the_second_sink<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket) = service.bucket();
    let data = bytes(150);
    let file = bucket.upload("a", data.clone().into()).expect("uploaded").file;
    let (first, second) = (Counted::new(), Counted::new());
    let io = JobIo { sinks: vec![first.clone(), second.clone()], ..JobIo::default() };
    let downloaded = client.run_job(get(&file, 1, None), io);
    service.said(&downloaded);
    let downloaded = downloaded.expect("downloaded");
    assert!(first.ends().is_empty() && second.ends().is_empty(), "{:?}", second.ends());
    second.commit(downloaded.len, None).expect("committed");
    assert!(second.inner.take() == data);
    assert_eq!(first.writes.load(Ordering::Relaxed), 0);
}

/// A number that nothing was given for is an error of the job, which ends.
fn what_is_not_there<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket) = service.bucket();
    let uploaded = client.run_job(put(&bucket.id(), 0, 0, 150), JobIo::default());
    assert_eq!(uploaded.expect_err("no source").kind, ErrorKind::Source);
    let file = bucket.upload("a", bytes(150).into()).expect("uploaded").file;
    let downloaded = client.run_job(get(&file, 0, None), JobIo::default());
    assert_eq!(downloaded.expect_err("no sink").kind, ErrorKind::Sink);
    // How much of a request has left by then differs.
    service.count();
}

/// It is left as a download leaves it: what is damaged serves nobody.
fn a_sink_whose_job_fails<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket) = service.bucket();
    let file = bucket.upload("a", bytes(150).into()).expect("uploaded").file;
    let sink = Counted::new();
    let io = JobIo { sinks: vec![sink.clone()], ..JobIo::default() };
    let downloaded = client.run_job(get(&file, 0, Some(Sha1::of(b"else"))), io);
    service.said(&downloaded);
    assert_eq!(downloaded.expect_err("not what was expected").kind, ErrorKind::Corrupted);
    assert_eq!(sink.ends(), ["discard", "release"]);
    eventually("something still has the sink", || Arc::strong_count(&sink) == 1);
}
