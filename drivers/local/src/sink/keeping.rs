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

/// Bytes that are to be made durable and then noted; nobody else notes any meanwhile.
pub(super) struct Noting<'a> {
    _only: MutexGuard<'a, ()>,
    fresh: Ranges,
}

struct State {
    is_wanted: bool,
    has_failed: bool,
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
}

impl Keeping {
    /// Nothing is there, and nothing is kept unless that `is_wanted`.
    pub(super) fn new(is_wanted: bool) -> Self {
        let state = State {
            is_wanted,
            has_failed: false,
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

    /// Whether what is there counts for nothing once a byte is written.
    pub(super) fn is_void(&self) -> bool {
        self.lock().is_void(self.content.get())
    }

    /// Forgets what is there, unless it is known to be of what is stored now, before the first byte
    /// is written over it.
    pub(super) fn prepare(&self, temp: &TempFile) -> io::Result<()> {
        let (mut state, content) = (self.lock(), self.content.get());
        if state.is_void(content) {
            // Until the journal is void for good, nobody writes over what it tells of.
            if let Some(journal) = &mut state.journal {
                journal.void()?;
            }
            // Whoever does not tell what is stored may still go on from these bytes.
            if content.is_some() {
                temp.file().set_len(0)?;
            }
            (state.journal, state.noted) = (None, None);
        }
        Ok(())
    }

    /// Takes note of bytes that were written. Now and then gives those that are to be made durable
    /// and [noted](Self::note), which takes a while.
    pub(super) fn wrote(&self, span: Span) -> Option<Noting<'_>> {
        let mut state = self.lock();
        if !state.is_kept(self.content.get()) {
            return None;
        }
        state.fresh.add(span);
        let len = state.fresh.len();
        let is_old = || len >= NOTED_LEN_MIN && state.since.elapsed() >= NOTED_AFTER;
        if len < NOTED_LEN && !is_old() {
            return None;
        }
        match self.noting.try_lock() {
            Ok(only) => Some(state.noting(only)),
            Err(TryLockError::Poisoned(only)) => Some(state.noting(only.into_inner())),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// All that was written, because the download has failed.
    pub(super) fn rest(&self) -> Option<Noting<'_>> {
        let only = self.alone();
        let mut state = self.lock();
        let is_due = state.is_kept(self.content.get()) && state.fresh.len() >= NOTED_LEN_MIN;
        is_due.then(|| state.noting(only))
    }

    /// Waits until nobody makes bytes durable to note them, nor begins to before this is dropped.
    pub(super) fn alone(&self) -> MutexGuard<'_, ()> {
        self.noting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what is durable now. A journal that cannot be written is given up: it says less than
    /// there is, which is never wrong.
    pub(super) fn note(&self, noting: &Noting<'_>, kept: &Kept<'_>) {
        let mut state = self.lock();
        if state.is_wanted
            && state.begin(kept, self.content.get())
            && state.journal.as_mut().is_some_and(|it| it.note(&noting.fresh).is_err())
        {
            state.is_wanted = false;
        }
    }

    /// Notes nothing more. After a flush that failed the system may have dropped bytes that only
    /// it has, and the next flush says nothing of them.
    pub(super) fn stop(&self) {
        let mut state = self.lock();
        (state.is_wanted, state.has_failed) = (false, true);
    }

    /// Whether a flush has failed, of whoever: what is there may not be what was written.
    pub(super) fn has_failed(&self) -> bool {
        self.lock().has_failed
    }

    /// Whether there is something for the next run.
    pub(super) fn is_worth_it(&self) -> bool {
        let state = self.lock();
        !state.is_of_another(self.content.get())
            && state.journal.as_ref().is_some_and(|it| it.noted().len() > 0)
    }

    /// Keeps nothing: what is there is complete, or worth nothing. The journal goes with its
    /// temporary file, whose name may be another's already.
    pub(super) fn end(&self) {
        let mut state = self.lock();
        (state.is_wanted, state.noted, state.journal) = (false, None, None);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn noting<'a>(&mut self, only: MutexGuard<'a, ()>) -> Noting<'a> {
        self.since = Instant::now();
        Noting { _only: only, fresh: core::mem::take(&mut self.fresh) }
    }

    fn is_kept(&self, content: Option<&Content>) -> bool {
        self.is_wanted && content.is_some_and(|it| it.span.len >= KEPT_LEN_MIN)
    }

    /// What is there is of something else than is stored now, as far as that is known.
    fn is_of_another(&self, content: Option<&Content>) -> bool {
        content.is_some() && self.is_void(content)
    }

    /// What is there is not known to be of what is stored now.
    fn is_void(&self, content: Option<&Content>) -> bool {
        self.noted.is_some() && self.noted.as_ref() != content
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
