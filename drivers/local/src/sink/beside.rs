//! A target's new content while it is not complete: in memory, then in a file beside the target.

use core::cmp::Ordering;
use std::fs::{File, Permissions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::SystemTime;

use b2_proto::machine::Version;
use b2_proto::op::new_download::KeptRanges;
use b2_proto::plan::Span;
use b2_proto::wire::text::Sha1;

use super::at::{read_exact_at, write_all_at};
use super::digests::Digests;
use super::held::Held;
use super::keeping::Keeping;
use super::rights::{access_of, of_new, ordinary};
use super::seen::Seen;
use super::stamp::set_time;
use crate::temp::{Access, TempFile};
use crate::unnamed::Unnamed;
use crate::volume::Volume;
use crate::{Error, Reason, time};

mod ending;

use ending::Patience;

pub(super) struct Beside {
    target: PathBuf,
    /// Rights of the file that is replaced; `None` for a new one, unless it is gone on with.
    kept: Option<Permissions>,
    volume: Volume,
    /// Whether nothing may be replaced.
    is_new: bool,
    /// What alone may be replaced, if that is known.
    seen: Option<Seen>,
    guard: Option<Guard>,
    /// Nobody has it while a flush of the disk is waited for but who is [patient](Patience).
    state: RwLock<State>,
    patience: Patience,
    held: Held,
    digests: Digests,
    keeping: Keeping,
}

/// Looks once more, before a file that took a while gets its name, whether its folder is still the
/// right one.
pub(crate) type Guard = Box<dyn Fn() -> io::Result<()> + Send + Sync>;

/// What is in the target's place before.
pub(super) enum TargetIs {
    /// A file with these rights.
    There(Permissions),
    /// Nothing. The new file may be there already.
    New(Option<Unnamed>),
}

enum State {
    /// All there is, is held in memory, for a file that may have been made already.
    Held(Option<Unnamed>),
    Open(TempFile),
    Ended,
}

impl Beside {
    /// Goes on with what another run has left of the target, and leaves what this one does not
    /// complete, if `is_kept`. What is new and short goes into `unnamed` if that was made.
    pub(super) fn new(target: PathBuf, target_is: TargetIs, volume: Volume, is_kept: bool) -> Self {
        let (kept, unnamed) = match target_is {
            TargetIs::There(rights) => (Some(ordinary(rights)), None),
            TargetIs::New(unnamed) => (None, unnamed),
        };
        let found = if is_kept { Keeping::find(&target, access_of(kept.as_ref())) } else { None };
        // What it was to replace may have been private, and be gone.
        let kept = kept.or_else(|| found.as_ref().and_then(|_| of_new(&target)));
        let (state, held, keeping) = match found {
            Some((temp, keeping)) => (State::Open(temp), Held::none(), keeping),
            None => (State::Held(unnamed), Held::new(), Keeping::new(is_kept)),
        };
        let (state, digests) = (RwLock::new(state), Digests::new());
        let (is_new, seen, guard, patience) = (false, None, None, Patience::default());
        Self { target, kept, volume, is_new, seen, guard, state, patience, held, digests, keeping }
    }

    /// The same if nothing may be replaced.
    pub(super) fn only_new(mut self) -> Self {
        self.is_new = true;
        self
    }

    /// The same if nothing else may be replaced.
    pub(super) fn only_seen(mut self, seen: Seen) -> Self {
        self.seen = Some(seen);
        self
    }

    /// The same if this is to be asked before the file gets its name. A new and short one in
    /// memory is not: nothing that counts is kept there, and each look costs as much as the rest.
    pub(super) fn guarded(mut self, guard: Guard) -> Self {
        self.guard = Some(guard);
        self
    }

    fn check_folder(&self) -> io::Result<()> {
        self.guard.as_ref().map_or(Ok(()), |guard| guard())
    }

    /// What is there for a job to go on from.
    pub(super) fn ranges(&self) -> Option<KeptRanges> {
        self.keeping.ranges()
    }

    /// Learns what is stored from now on.
    pub(super) fn pin(&self, version: &Version<'_>) {
        self.digests.pin(version.pieces);
        self.keeping.pin(version);
    }

    pub(super) const fn volume(&self) -> Volume {
        self.volume
    }

    pub(super) fn may_wait(&self, offset: u64, len: usize) -> bool {
        !self.held.can_hold(offset, len)
    }

    pub(super) fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        if self.is_given_up() || matches!(*self.state(), State::Ended) {
            return Err(ended());
        }
        if !self.held.take(offset, bytes, |held| self.spill(held))? {
            if self.keeping.is_void() {
                self.patiently(|temp| self.keeping.prepare(temp))?;
            }
            let noting = match &*self.state() {
                State::Open(temp) => {
                    write_all_at(temp.file(), bytes, offset)?;
                    self.keeping.wrote(Span { offset, len: bytes.len() as u64 })
                }
                State::Held(_) | State::Ended => return Err(ended()),
            };
            noting.map_or(Ok(()), |noting| self.note(&noting, File::sync_data))?;
        }
        self.digests.wrote(offset, bytes);
        Ok(())
    }

    /// Puts what is held into a temporary file.
    fn spill(&self, held: &[u8]) -> io::Result<()> {
        let mut state = self.state_mut();
        let State::Held(_) = *state else { return Err(ended()) };
        let temp = TempFile::create(&self.target, self.access())?;
        write_all_at(temp.file(), held, 0)?;
        // So few bytes are never due.
        drop(self.keeping.wrote(Span { offset: 0, len: held.len() as u64 }));
        *state = State::Open(temp);
        Ok(())
    }

    pub(super) fn digest(&self, offset: u64, len: u64, path: &Path) -> Result<Sha1, Error> {
        let failed = |e: io::Error| Error::from_system(Reason::TargetFailed, &e, path);
        // One lock after the other: a spill has that of the state while it has what is held.
        self.digests.digest(offset, len, |offset, buf| match self.held.read(offset, buf) {
            Some(()) => Ok(()),
            None => match &*self.state() {
                State::Open(temp) => read_exact_at(temp.file(), buf, offset).map_err(failed),
                State::Held(_) | State::Ended => Err(failed(ended())),
            },
        })
    }

    /// Makes the first `len` bytes the target's content.
    pub(super) fn commit(&self, len: u64, modified_ms: Option<u64>) -> io::Result<()> {
        let state = core::mem::replace(&mut *self.state_mut(), State::Ended);
        let time = modified_ms.and_then(time::to_set);
        match state {
            State::Ended => Err(ended()),
            State::Open(mut temp) => {
                let named = self.complete(&mut temp, len, time);
                if named.is_err() {
                    // What the next run can go on from is not removed with it.
                    *self.state_mut() = State::Open(temp);
                }
                named
            }
            State::Held(unnamed) => self.held.spill(|held| {
                let content = usize::try_from(len).ok().and_then(|len| held.get(..len));
                let content = content.ok_or(io::ErrorKind::UnexpectedEof)?;
                self.write_whole(content, time, unnamed)
            }),
        }
    }

    fn complete(&self, temp: &mut TempFile, len: u64, time: Option<SystemTime>) -> io::Result<()> {
        match temp.file().metadata()?.len().cmp(&len) {
            Ordering::Less => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ordering::Equal => {}
            Ordering::Greater => temp.file().set_len(len)?,
        }
        self.name(temp, time)
    }

    /// A new file needs no name before it is complete, where the system knows such files: a
    /// program that is killed leaves nothing.
    fn write_whole(
        &self,
        content: &[u8],
        time: Option<SystemTime>,
        unnamed: Option<Unnamed>,
    ) -> io::Result<()> {
        if self.kept.is_none()
            && let Some(unnamed) = unnamed.or_else(|| Unnamed::create(&self.target))
        {
            write_all_at(unnamed.file(), content, 0)?;
            set_time(unnamed.file(), time)?;
            if self.volume == Volume::Disk {
                self.check_folder()?;
            }
            if unnamed.link(&self.target, self.volume)? {
                return Ok(());
            }
        }
        self.check_folder()?;
        let mut temp = TempFile::create(&self.target, self.access())?;
        write_all_at(temp.file(), content, 0)?;
        self.name(&mut temp, time)
    }

    fn name(&self, temp: &mut TempFile, time: Option<SystemTime>) -> io::Result<()> {
        if let Some(kept) = &self.kept {
            temp.file().set_permissions(kept.clone())?;
        }
        set_time(temp.file(), time)?;
        // The system tells once that it has dropped bytes, and may tell a request that was given up
        // and still flushes. That one lets go of this when it has passed it on.
        let _alone = self.keeping.alone();
        if self.keeping.has_failed() {
            return Err(io::Error::other("an earlier flush has failed"));
        }
        temp.sync(self.volume).inspect_err(|_| self.keeping.stop())?;
        self.check_folder()?;
        self.seen.map_or(Ok(()), |seen| seen.check(&self.target))?;
        let committed =
            if self.is_new { temp.commit_new(self.volume) } else { temp.commit(self.volume) };
        if temp.is_committed() {
            self.keeping.end();
        }
        committed
    }

    const fn access(&self) -> Access {
        access_of(self.kept.as_ref())
    }

    fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn state_mut(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

fn ended() -> io::Error {
    io::Error::other("it has been completed or given up")
}
