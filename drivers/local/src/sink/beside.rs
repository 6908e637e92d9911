//! A target's new content while it is not complete: in memory, then in a file beside the target.

use core::cmp::Ordering;
use std::fs::{File, FileTimes, Permissions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::SystemTime;

use b2_proto::wire::text::Sha1;

use super::at::{read_exact_at, write_all_at};
use super::held::Held;
use super::prefix::Prefix;
use crate::temp::{Access, TempFile};
use crate::unnamed::Unnamed;
use crate::volume::Volume;
use crate::{Error, Reason, time};

pub(super) struct Beside {
    target: PathBuf,
    /// Rights of the file that is replaced; `None` for a new one.
    kept: Option<Permissions>,
    volume: Volume,
    state: RwLock<State>,
    held: Held,
    prefix: Prefix,
}

enum State {
    /// All there is, is held in memory.
    Held,
    Open(TempFile),
    Ended,
}

impl Beside {
    pub(super) fn new(target: PathBuf, kept: Option<Permissions>, volume: Volume) -> Self {
        let state = RwLock::new(State::Held);
        Self { target, kept, volume, state, held: Held::new(), prefix: Prefix::new() }
    }

    pub(super) const fn volume(&self) -> Volume {
        self.volume
    }

    pub(super) fn may_wait(&self, offset: u64, len: usize) -> bool {
        !self.held.can_hold(offset, len)
    }

    pub(super) fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        if let State::Ended = *self.state() {
            return Err(ended());
        }
        if !self.held.take(offset, bytes, |held| self.spill(held))? {
            match &*self.state() {
                State::Open(temp) => write_all_at(temp.file(), bytes, offset)?,
                State::Held | State::Ended => return Err(ended()),
            }
        }
        self.prefix.wrote(offset, bytes);
        Ok(())
    }

    /// Puts what is held into a temporary file.
    fn spill(&self, held: &[u8]) -> io::Result<()> {
        let mut state = self.state_mut();
        let State::Held = *state else { return Err(ended()) };
        let temp = TempFile::create(&self.target, self.access())?;
        write_all_at(temp.file(), held, 0)?;
        *state = State::Open(temp);
        Ok(())
    }

    pub(super) fn digest(&self, len: u64, path: &Path) -> Result<Sha1, Error> {
        let failed = |e: io::Error| Error::from_system(Reason::TargetFailed, &e, path);
        // One lock after the other: a spill has that of the state while it has what is held.
        self.prefix.digest(len, |offset, buf| match self.held.read(offset, buf) {
            Some(()) => Ok(()),
            None => match &*self.state() {
                State::Open(temp) => read_exact_at(temp.file(), buf, offset).map_err(failed),
                State::Held | State::Ended => Err(failed(ended())),
            },
        })
    }

    /// Makes the first `len` bytes the target's content.
    pub(super) fn commit(&self, len: u64, modified_ms: Option<u64>) -> io::Result<()> {
        let state = core::mem::replace(&mut *self.state_mut(), State::Ended);
        let time = modified_ms.and_then(time::to_set);
        match state {
            State::Ended => Err(ended()),
            State::Open(temp) => {
                match temp.file().metadata()?.len().cmp(&len) {
                    Ordering::Less => return Err(io::ErrorKind::UnexpectedEof.into()),
                    Ordering::Equal => {}
                    Ordering::Greater => temp.file().set_len(len)?,
                }
                self.name(temp, time)
            }
            State::Held => self.held.spill(|held| {
                let content = usize::try_from(len).ok().and_then(|len| held.get(..len));
                let content = content.ok_or(io::ErrorKind::UnexpectedEof)?;
                self.write_whole(content, time)
            }),
        }
    }

    /// A new file needs no name before it is complete, where the system knows such files: a
    /// program that is killed leaves nothing.
    fn write_whole(&self, content: &[u8], time: Option<SystemTime>) -> io::Result<()> {
        if self.kept.is_none()
            && let Some(unnamed) = Unnamed::create(&self.target)
        {
            write_all_at(unnamed.file(), content, 0)?;
            set_time(unnamed.file(), time)?;
            if unnamed.link(self.volume)? {
                return Ok(());
            }
        }
        let temp = TempFile::create(&self.target, self.access())?;
        write_all_at(temp.file(), content, 0)?;
        self.name(temp, time)
    }

    fn name(&self, temp: TempFile, time: Option<SystemTime>) -> io::Result<()> {
        if let Some(kept) = &self.kept {
            temp.file().set_permissions(kept.clone())?;
        }
        set_time(temp.file(), time)?;
        temp.commit(self.volume)
    }

    /// What replaces a private file must never have been readable for others.
    const fn access(&self) -> Access {
        if self.kept.is_some() { Access::Private } else { Access::Default }
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

/// A time that this file system cannot keep is no reason to lose the content.
fn set_time(file: &File, time: Option<SystemTime>) -> io::Result<()> {
    let Some(time) = time else { return Ok(()) };
    match file.set_times(FileTimes::new().set_modified(time).set_accessed(time)) {
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        result => result,
    }
}
