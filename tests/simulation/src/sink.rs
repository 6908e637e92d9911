//! Where a download goes: a temporary file beside the target, which takes its place in the end,
//! and a journal of what of it is safe.

use std::collections::BTreeSet;

use b2_proto::error::Cause;
use b2_proto::machine::Version;
use b2_proto::op::new_download::KeptRanges;
use b2_proto::plan::Span;
use b2_proto::wire::text::Sha1;

use crate::disk::Disk;
use crate::journal;
use crate::world::index;

/// So many bytes are written before they are made safe and noted.
const NOTED_LEN: u64 = 5_000;

/// The target of a job and what is beside it.
#[derive(Clone, Debug)]
pub(crate) struct Sink {
    pub(crate) target: String,
    pub(crate) temp: String,
    journal: String,
    /// What a life before has left.
    pub(crate) kept: Option<KeptRanges>,
    /// What is stored, once that is known, without ranges.
    content: Option<KeptRanges>,
    /// Written since something was noted.
    fresh: Vec<Span>,
    /// Bytes written in this life.
    pub(crate) written: u64,
    /// Places of bytes that were changed on the way, in whatever life.
    pub(crate) changed: BTreeSet<usize>,
    /// When a file of a sync was modified.
    pub(crate) modified_ms: Option<u64>,
}

/// One of the steps that put a finished download in its place.
type Step = fn(&Sink, &mut Disk) -> Result<(), Cause>;

/// These steps in order. The client may die before each of them.
pub(crate) const COMMIT: [Step; 4] =
    [Sink::sync, Sink::replace, Sink::sync_name, Sink::forget_journal];

/// From this step on the target is new.
pub(crate) const REPLACED: usize = 2;

impl Sink {
    pub(crate) fn new(target: String) -> Self {
        let (temp, journal) = (format!("{target}.part"), format!("{target}.journal"));
        let (kept, content, fresh, written) = (None, None, Vec::new(), 0);
        let (modified_ms, changed) = (None, BTreeSet::new());
        Self { target, temp, journal, kept, content, fresh, written, changed, modified_ms }
    }

    /// A job begins: what another life has left is gone on with, or removed.
    pub(crate) fn begin(&mut self, disk: &mut Disk) {
        (self.content, self.written) = (None, 0);
        self.fresh.clear();
        let number = disk.number(&self.temp);
        self.kept = number.and_then(|number| journal::read(disk, &self.journal, number));
        let end = self.kept.iter().flat_map(|kept| &kept.ranges).map(Span::end).max();
        let len = disk.read(&self.temp).unwrap_or_default().len() as u64;
        if end.is_none_or(|end| end > len) {
            self.kept = None;
            self.abandon(disk);
        }
    }

    /// What a run before has left: bytes of a version at some places, and rubbish elsewhere.
    pub(crate) fn leave(&self, disk: &mut Disk, kept: &KeptRanges, bytes: &[u8]) {
        disk.create(&self.temp);
        let mut left = vec![0xee; bytes.len()];
        for span in &kept.ranges {
            let place = index(span.offset)..index(span.end());
            left[place.clone()].copy_from_slice(&bytes[place]);
        }
        let number = disk.number(&self.temp).expect("there");
        disk.write(&self.temp, 0, &left)
            .and_then(|()| disk.sync(&self.temp))
            .and_then(|()| journal::create(disk, &self.journal, number, kept))
            .and_then(|()| disk.sync(&self.journal))
            .expect("nothing is wrong yet");
    }

    /// Knows what is stored from now on. Bytes of another version are forgotten before.
    pub(crate) fn pin(&mut self, disk: &mut Disk, version: &Version<'_>) -> Result<(), Cause> {
        let (file_id, len, span) = (version.file_id.to_owned(), version.len, version.span);
        let content = KeptRanges { file_id, len, span, ranges: Vec::new() };
        if self.content.is_some() {
            return Ok(());
        }
        let is_same = self.kept.as_ref().is_some_and(|kept| {
            (&kept.file_id, kept.len, kept.span) == (&content.file_id, content.len, content.span)
        });
        if !is_same {
            self.kept = None;
            self.abandon(disk);
            disk.create(&self.temp);
            let number = disk.number(&self.temp).expect("there");
            journal::create(disk, &self.journal, number, &content)?;
        }
        self.content = Some(content);
        Ok(())
    }

    /// Stores bytes at any place.
    pub(crate) fn write(&mut self, disk: &mut Disk, at: usize, bytes: &[u8]) -> Result<(), Cause> {
        disk.write(&self.temp, at, bytes)?;
        let len = bytes.len() as u64;
        self.written += len;
        if len > 0 {
            journal::add(&mut self.fresh, Span { offset: at as u64, len });
        }
        if self.fresh.iter().map(|span| span.len).sum::<u64>() < NOTED_LEN {
            return Ok(());
        }
        disk.sync(&self.temp)?;
        let mut fresh = core::mem::take(&mut self.fresh).into_iter();
        fresh.try_for_each(|span| journal::note(disk, &self.journal, span))
    }

    /// The job has ended early, and somebody goes on with what is there. What cannot be made safe
    /// is fetched again.
    pub(crate) fn save(&mut self, disk: &mut Disk) {
        let fresh = core::mem::take(&mut self.fresh);
        if self.content.is_some() && disk.sync(&self.temp).is_ok() {
            // A line that is torn counts for nothing.
            let _ = fresh.into_iter().try_for_each(|span| journal::note(disk, &self.journal, span));
        }
    }

    /// The SHA-1 of a range.
    pub(crate) fn digest(&self, disk: &Disk, offset: usize, len: usize) -> Result<Sha1, Cause> {
        let bytes = disk.read(&self.temp).unwrap_or_default();
        bytes.get(offset..offset + len).map(Sha1::of).ok_or(Cause::SinkFailed)
    }

    fn sync(&self, disk: &mut Disk) -> Result<(), Cause> {
        if disk.read(&self.temp).is_none() {
            disk.create(&self.temp);
        }
        disk.sync(&self.temp)
    }

    #[expect(clippy::unnecessary_wraps, reason = "it is one of the steps")]
    fn replace(&self, disk: &mut Disk) -> Result<(), Cause> {
        disk.rename(&self.temp, &self.target);
        Ok(())
    }

    fn sync_name(&self, disk: &mut Disk) -> Result<(), Cause> {
        disk.sync(&self.target)
    }

    #[expect(clippy::unnecessary_wraps, reason = "it is one of the steps")]
    fn forget_journal(&self, disk: &mut Disk) -> Result<(), Cause> {
        disk.remove(&self.journal);
        Ok(())
    }

    /// Removes what is beside the target.
    pub(crate) fn abandon(&self, disk: &mut Disk) {
        disk.remove(&self.journal);
        disk.remove(&self.temp);
    }

    /// Whether `bytes` are `wanted`, or differ only where they were changed on the way.
    pub(crate) fn is_like(&self, bytes: &[u8], wanted: &[u8]) -> bool {
        let mut pairs = bytes.iter().zip(wanted).enumerate();
        bytes.len() == wanted.len()
            && pairs.all(|(at, (byte, wanted))| byte == wanted || self.changed.contains(&at))
    }

    /// Whether nothing is left beside the target.
    pub(crate) fn is_tidy(&self, disk: &Disk) -> bool {
        disk.read(&self.temp).is_none() && disk.read(&self.journal).is_none()
    }
}
