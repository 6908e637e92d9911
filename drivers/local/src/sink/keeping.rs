//! Keeping what was downloaded for the next run, when this one ends early (S9).

use core::time::Duration;
use std::io;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError, TryLockError};
use std::time::Instant;

use b2_proto::machine::Version;
use b2_proto::op::new_download::KeptRanges;
use b2_proto::plan::Span;

use super::journal::{Content, Journal};
use super::ranges::Ranges;
use crate::temp::{Access, TempFile, stale};
use crate::volume::Volume;

/// Downloads of fewer bytes are not kept: they are fetched anew as fast.
pub(super) const KEPT_LEN_MIN: u64 = 16 * 1024 * 1024;
/// What came is made durable and noted when it is so many bytes,
const NOTED_LEN: u64 = 32 * 1024 * 1024;
/// or so old, if it is not nothing.
const NOTED_AFTER: Duration = Duration::from_secs(2);
const NOTED_LEN_MIN: u64 = 1024 * 1024;

/// What is kept of one target.
pub(super) struct Keeping {
    /// What is stored, once that is known. It is told where nobody may wait for a disk.
    content: OnceLock<Content>,
    state: Mutex<State>,
    /// Held while bytes are made durable; the other writers go on meanwhile.
    noting: Mutex<()>,
}

struct State {
    is_wanted: bool,
    journal: Option<Journal>,
    /// What the journal is of.
    noted: Option<Content>,
    /// Written since something was noted.
    fresh: Ranges,
    since: Instant,
}

/// A temporary file with everything that is needed to keep it.
pub(super) struct Kept<'a> {
    pub(super) temp: &'a TempFile,
    pub(super) target: &'a Path,
    pub(super) volume: Volume,
}

impl Keeping {
    /// Nothing is there, and nothing is kept unless that `is_wanted`.
    pub(super) fn new(is_wanted: bool) -> Self {
        let state = State {
            is_wanted,
            journal: None,
            noted: None,
            fresh: Ranges::default(),
            since: Instant::now(),
        };
        Self { content: OnceLock::new(), state: Mutex::new(state), noting: Mutex::new(()) }
    }

    /// Finds what another run has left of a target. The temporary file is locked from then on, so
    /// that nobody else goes on with it.
    pub(super) fn find(target: &Path, access: Access) -> Option<(TempFile, Self)> {
        for temp in TempFile::left_behind(target, access) {
            let Some(place) = temp.place() else { continue };
            // What has no journal, or one that is damaged, is removed when it is dropped.
            let Some((journal, content)) = Journal::open(temp.journal_path(), place) else {
                continue;
            };
            let is_long_enough =
                temp.file().metadata().is_ok_and(|it| journal.noted().end() <= it.len());
            if is_long_enough && journal.noted().len() > 0 {
                let keeping = Self::new(true);
                let mut state = keeping.lock();
                (state.journal, state.noted) = (Some(journal), Some(content));
                drop(state);
                return Some((temp, keeping));
            }
        }
        None
    }

    /// What is there for the job to go on from.
    pub(super) fn ranges(&self) -> Option<KeptRanges> {
        let state = self.lock();
        let (journal, noted) = (state.journal.as_ref()?, state.noted.as_ref()?);
        let (file_id, ranges) = (noted.file_id.clone(), journal.noted().as_slice().to_vec());
        Some(KeptRanges { file_id, len: noted.file_len, span: noted.span, ranges })
    }

    /// Learns what is stored, before the first byte is.
    pub(super) fn pin(&self, version: &Version<'_>) {
        self.content.get_or_init(|| Content::of(version));
    }

    /// Forgets what is there if it is of something else, before the first byte is written over it.
    pub(super) fn prepare(&self, temp: &TempFile) -> io::Result<()> {
        let mut state = self.lock();
        if state.is_void(self.content.get()) {
            // Until the journal is void for good, nobody writes over what it tells of.
            if let Some(journal) = &mut state.journal {
                journal.void()?;
            }
            temp.file().set_len(0)?;
            (state.journal, state.noted) = (None, None);
        }
        Ok(())
    }

    /// Takes note of bytes that were written. Now and then they are made durable, which takes a
    /// while.
    pub(super) fn wrote(&self, span: Span, kept: &Kept<'_>) -> io::Result<()> {
        let is_due = {
            let mut state = self.lock();
            if !state.is_kept(self.content.get()) {
                return Ok(());
            }
            state.fresh.add(span);
            let len = state.fresh.len();
            len >= NOTED_LEN || (len >= NOTED_LEN_MIN && state.since.elapsed() >= NOTED_AFTER)
        };
        let noting = match self.noting.try_lock() {
            Ok(noting) if is_due => noting,
            Err(TryLockError::Poisoned(noting)) if is_due => noting.into_inner(),
            Ok(_) | Err(_) => return Ok(()),
        };
        let noted = self.note(kept);
        drop(noting);
        noted
    }

    /// Notes all that was written, because the download has failed.
    pub(super) fn save(&self, kept: &Kept<'_>) -> io::Result<()> {
        let _noting = self.noting.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = {
            let state = self.lock();
            state.is_kept(self.content.get()) && state.fresh.len() >= NOTED_LEN_MIN
        };
        if is_due { self.note(kept) } else { Ok(()) }
    }

    /// Bytes are durable before the journal says so. One that cannot be written is given up: it
    /// says less than there is, which is never wrong.
    fn note(&self, kept: &Kept<'_>) -> io::Result<()> {
        let fresh = {
            let mut state = self.lock();
            state.since = Instant::now();
            core::mem::take(&mut state.fresh)
        };
        if kept.volume == Volume::Disk {
            kept.temp.file().sync_data().inspect_err(|_| self.stop())?;
        }
        let mut state = self.lock();
        if state.begin(kept, self.content.get())
            && state.journal.as_mut().is_some_and(|it| it.note(&fresh).is_err())
        {
            state.is_wanted = false;
        }
        Ok(())
    }

    /// Notes nothing more. After a flush that failed the system may have dropped bytes that only
    /// it has, and the next flush says nothing of them.
    pub(super) fn stop(&self) {
        self.lock().is_wanted = false;
    }

    /// Whether there is something for the next run.
    pub(super) fn is_worth_it(&self) -> bool {
        let state = self.lock();
        !state.is_void(self.content.get())
            && state.journal.as_ref().is_some_and(|it| it.noted().len() > 0)
    }

    /// Keeps nothing: what is there is complete, or worth nothing.
    pub(super) fn end(&self) {
        let mut state = self.lock();
        (state.is_wanted, state.noted) = (false, None);
        if let Some(journal) = state.journal.take() {
            journal.remove();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_kept(&self, content: Option<&Content>) -> bool {
        self.is_wanted && content.is_some_and(|it| it.span.len >= KEPT_LEN_MIN)
    }

    /// What is there is of something else than is stored now.
    fn is_void(&self, content: Option<&Content>) -> bool {
        matches!((&self.noted, content), (Some(noted), Some(content)) if noted != content)
    }

    /// Makes a journal if there is none yet; whether there is one.
    fn begin(&mut self, kept: &Kept<'_>, content: Option<&Content>) -> bool {
        if let (None, Some(content)) = (&self.journal, content) {
            let place = kept.temp.place();
            let path = kept.temp.journal_path();
            self.journal = place.and_then(|place| Journal::create(path, content, place).ok());
            self.noted = Some(content.clone());
            self.is_wanted = self.journal.is_some();
            // The best time: there is one long download for each look at the folder.
            stale::sweep(kept.target);
        }
        self.journal.is_some()
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    fn content() -> Content {
        let span = Span { offset: 0, len: 64 << 20 };
        Content { file_id: "4_z1".into(), file_len: span.len, span }
    }

    /// The system forgets bytes it could not write, and says so once.
    #[test]
    fn nothing_is_noted_after_a_flush_that_failed() {
        let folder = tempfile::tempdir().expect("folder");
        let target = folder.path().join("a");
        let good = TempFile::create(&target, Access::Default).expect("create");
        let bad = TempFile::that_cannot_be_flushed(&target);
        let kept = |temp| Kept { temp, target: &target, volume: Volume::Disk };
        let keeping = Keeping::new(true);
        keeping.content.get_or_init(content);
        let span = |offset_mib: u64, mib: u64| Span { offset: offset_mib << 20, len: mib << 20 };
        keeping.lock().fresh.add(span(40, 8));
        assert!(keeping.wrote(span(0, 32), &kept(&bad)).is_err());
        for offset_mib in [48, 50] {
            // Other lanes go on until they notice.
            keeping.lock().fresh.add(span(offset_mib, 1));
            keeping.wrote(span(offset_mib + 1, 1), &kept(&good)).expect("written");
        }
        keeping.save(&kept(&good)).expect("nothing to do");
        assert!(!keeping.is_worth_it());
        let lines = std::fs::read_to_string(good.journal_path()).expect("the mark");
        assert_eq!(lines.lines().count(), 1, "{lines}");
    }
}
