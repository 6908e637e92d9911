//! Making durable what is there, and letting it go without success.
//!
//! Whoever gives a download up may be a thread on which many others depend, and does not wait for
//! a flush of the disk. So bytes are made durable while others may have the state, and what else
//! may be as slow lets go of it itself when it has been given up meanwhile.

use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::fs::File;
use std::io;

use super::super::keeping::{Kept, Noting};
use super::{Beside, State, ended};
use crate::temp::TempFile;
use crate::volume::Volume;

/// Who may wait for the disk while they have the state, and whether it has been given up.
#[derive(Default)]
pub(super) struct Patience {
    waiting: AtomicUsize,
    is_given_up: AtomicBool,
}

impl Beside {
    /// Does what may wait for a flush of the disk.
    pub(super) fn patiently<T>(
        &self,
        work: impl FnOnce(&TempFile) -> io::Result<T>,
    ) -> io::Result<T> {
        // Who gives up looks at this second, and this looks there second: one sees the other.
        self.patience.waiting.fetch_add(1, Ordering::SeqCst);
        let done = match &*self.state() {
            State::Open(temp) if !self.is_given_up() => work(temp),
            State::Open(_) | State::Held(_) | State::Ended => Err(ended()),
        };
        if self.patience.waiting.fetch_sub(1, Ordering::SeqCst) == 1 && self.is_given_up() {
            self.release();
        }
        done
    }

    pub(super) fn is_given_up(&self) -> bool {
        self.patience.is_given_up.load(Ordering::SeqCst)
    }

    /// Notes bytes once `flush` has made them durable.
    pub(super) fn note(
        &self,
        noting: &Noting<'_>,
        flush: impl FnOnce(&File) -> io::Result<()>,
    ) -> io::Result<()> {
        let file = match &*self.state() {
            State::Open(temp) => temp.shared(),
            State::Held(_) | State::Ended => return Err(ended()),
        };
        if self.volume == Volume::Disk {
            flush(&file).inspect_err(|_| self.keeping.stop())?;
        }
        self.patiently(|temp| {
            self.keeping.note(noting, &Kept { temp, target: &self.target });
            Ok(())
        })
    }

    /// Makes durable what is there, for the next run.
    pub(in super::super) fn save(&self) -> io::Result<()> {
        if !matches!(*self.state(), State::Open(_)) {
            return Ok(());
        }
        self.keeping.rest().map_or(Ok(()), |noting| self.note(&noting, File::sync_data))
    }

    /// What is there is worth nothing.
    pub(in super::super) fn discard(&self) {
        self.keeping.end();
        *self.state_mut() = State::Ended;
    }

    /// Ends it without success: what is of use to the next run stays, unlocked.
    pub(in super::super) fn release(&self) {
        self.patience.is_given_up.store(true, Ordering::SeqCst);
        if self.patience.waiting.load(Ordering::SeqCst) == 0 {
            self.end();
        }
    }

    fn end(&self) {
        let state = core::mem::replace(&mut *self.state_mut(), State::Ended);
        if let State::Open(temp) = state
            && self.keeping.is_worth_it()
        {
            temp.keep();
        }
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(test)]
mod tests;
