//! The login of a client and the bucket names it knows, as its store keeps them.

use core::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use b2_proto::bucket_names::{BucketNames, NameChange};
use b2_proto::error::Error;
use b2_proto::model::{AccountAuthorization, BucketId};

use super::Login;

/// How often it is tried to keep one login: a store may be busy for a while, but one that fails
/// for good must not hold every job up.
const ATTEMPTS_MAX: u32 = 10;

/// What a client shares with its account store.
///
/// Names are a cache and a login can be made anew, so trouble with the store while something is
/// read or kept there is no trouble of the operation (behaviour g.3): a name that cannot be read is
/// asked for.
#[derive(Debug)]
pub struct Accounts {
    login: Login,
    /// The epoch of the login that needs not be kept any more.
    settled: AtomicU32,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Whether the login may be put into an empty store, and not only in the place of the one it
    /// renews: that one may have been cleared meanwhile, as somebody logged out.
    is_first: bool,
    /// Whether somebody keeps one right now. One at a time, so that the last one stays.
    is_keeping: bool,
    /// Failures since a login was kept.
    failures: u32,
}

impl Accounts {
    /// The accounts of a client that starts from `login`.
    pub fn new(login: Login) -> Self {
        let is_first = login.authorization.is_none();
        let state = Mutex::new(State { is_first, is_keeping: false, failures: 0 });
        Self { login, settled: AtomicU32::new(0), state }
    }

    /// What the session starts from, of this epoch, is where it came from.
    pub(crate) fn starts_at(&self, epoch: u32) {
        self.settled.store(epoch, Ordering::Relaxed);
    }

    /// Whether asking the store may wait for a disk or another process.
    pub fn may_wait(&self) -> bool {
        self.login.store.may_wait()
    }

    /// The ID of the bucket with this name, if it is known without asking the service.
    ///
    /// # Errors
    /// [`Unauthorized`](b2_proto::error::ErrorKind::Unauthorized) when the key is restricted to
    /// other buckets.
    pub fn find(
        &self,
        known: &AccountAuthorization,
        name: &str,
    ) -> Result<Option<BucketId>, Error> {
        self.names(known).find(name, &known.storage_api.allowed)
    }

    /// The name of the bucket with this ID, if it is known without asking the service.
    ///
    /// # Errors
    /// As of [`find`](Self::find).
    pub fn find_name(
        &self,
        known: &AccountAuthorization,
        id: &BucketId,
    ) -> Result<Option<String>, Error> {
        self.names(known).find_name(id, &known.storage_api.allowed)
    }

    /// Keeps what was learnt about names.
    pub fn learn(&self, known: &AccountAuthorization, change: &NameChange) {
        let _ = self.login.store.change_bucket_names(&self.login.account(known.clone()), change);
    }

    /// Whether the login of this epoch is still to be kept. Costs next to nothing.
    pub(crate) fn is_behind(&self, epoch: u32) -> bool {
        self.settled.load(Ordering::Relaxed) != epoch
    }

    /// The keeping of a login, for whoever asks first while nobody is at it.
    pub(crate) fn keeping(
        self: &Arc<Self>,
        epoch: u32,
        known: &Arc<AccountAuthorization>,
    ) -> Option<Keeping> {
        let mut state = self.lock();
        if state.is_keeping || !self.is_behind(epoch) {
            return None;
        }
        state.is_keeping = true;
        Some(Keeping { accounts: self.clone(), known: known.clone(), epoch })
    }

    /// What is kept of names; nothing where they are not looked for, as the login tells them.
    fn names(&self, known: &AccountAuthorization) -> BucketNames {
        if known.storage_api.allowed.buckets.is_some() {
            return BucketNames::default();
        }
        let kept = self.login.store.bucket_names(&self.login.account(known.clone()));
        kept.unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A login that is to be kept. When it is dropped instead, the next one who asks keeps it.
#[derive(Debug)]
pub struct Keeping {
    accounts: Arc<Accounts>,
    known: Arc<AccountAuthorization>,
    epoch: u32,
}

impl Keeping {
    /// Whether [`keep`](Self::keep) may wait for a disk or another process.
    pub fn may_wait(&self) -> bool {
        self.accounts.may_wait()
    }

    pub(crate) const fn epoch(&self) -> u32 {
        self.epoch
    }

    /// Has the store keep it. If that fails, it is tried again with the next job.
    pub fn keep(self) {
        let accounts = &*self.accounts;
        let account = accounts.login.account((*self.known).clone());
        let store = &accounts.login.store;
        let is_first = accounts.lock().is_first;
        // A store on a disk holds what somebody chose to keep there, so another login stays.
        let kept = if is_first { store.save_first(&account) } else { store.renew(&account) };
        let mut state = accounts.lock();
        if kept.is_err() {
            state.failures += 1;
            if state.failures < ATTEMPTS_MAX {
                return;
            }
        }
        (state.is_first, state.failures) = (is_first && kept.is_err(), 0);
        accounts.settled.store(self.epoch, Ordering::Relaxed);
    }
}

impl Drop for Keeping {
    fn drop(&mut self) {
        self.accounts.lock().is_keeping = false;
    }
}

#[cfg(test)]
mod tests;
