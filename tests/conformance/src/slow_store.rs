//! A store that may wait.

use b2_local::account::{Account, AccountStore, MemoryStore};
use b2_local::{Error, Reason};
use b2_proto::bucket_names::{BucketNames, NameChange};
use b2_proto::secret::Secret;
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::Arc;

/// Keeps a login in memory, but says that it may wait, as a store on a disk does, and counts how
/// often it is given one and asked for names.
#[derive(Default)]
pub(crate) struct SlowStore {
    inner: MemoryStore,
    writes: AtomicU32,
    busy: AtomicU32,
    reads: AtomicU32,
    hides_names: AtomicBool,
}

impl SlowStore {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    /// The token of the login that is kept.
    pub(crate) fn token(&self) -> Option<Secret> {
        let kept = self.inner.load().expect("in memory");
        kept.map(|kept| kept.authorization.authorization_token)
    }

    /// How often a login was kept.
    pub(crate) fn writes(&self) -> u32 {
        self.writes.load(Ordering::SeqCst)
    }

    /// The next logins are refused, so many.
    pub(crate) fn be_busy(&self, times: u32) {
        self.busy.store(times, Ordering::SeqCst);
    }

    /// How often names were asked for.
    pub(crate) fn reads(&self) -> u32 {
        self.reads.load(Ordering::SeqCst)
    }

    /// Names cannot be read any more.
    pub(crate) fn hide_names(&self) {
        self.hides_names.store(true, Ordering::SeqCst);
    }

    fn write<T>(&self, write: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
        let less = |times: u32| times.checked_sub(1);
        if self.busy.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less).is_ok() {
            return Err(Error::new(Reason::StoreBusy, "store".as_ref()));
        }
        self.writes.fetch_add(1, Ordering::SeqCst);
        write()
    }
}

impl AccountStore for SlowStore {
    fn load(&self) -> Result<Option<Account>, Error> {
        self.inner.load()
    }

    fn save(&self, account: &Account) -> Result<(), Error> {
        self.write(|| self.inner.save(account))
    }

    fn renew(&self, account: &Account) -> Result<bool, Error> {
        self.write(|| self.inner.renew(account))
    }

    fn clear(&self) -> Result<(), Error> {
        self.inner.clear()
    }

    fn bucket_names(&self, account: &Account) -> Result<BucketNames, Error> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        if self.hides_names.load(Ordering::SeqCst) {
            return Err(Error::new(Reason::StoreBusy, "store".as_ref()));
        }
        self.inner.bucket_names(account)
    }

    fn change_bucket_names(&self, account: &Account, it: &NameChange) -> Result<bool, Error> {
        self.inner.change_bucket_names(account, it)
    }
}

impl core::fmt::Debug for SlowStore {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("SlowStore")
    }
}
