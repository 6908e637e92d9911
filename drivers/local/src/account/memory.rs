//! A login that ends with the process.

use std::sync::{Mutex, MutexGuard, PoisonError};

use b2_proto::bucket_names::{BucketNames, NameChange};

use super::{Account, AccountStore};
use crate::Error;

/// Keeps a login in memory.
#[derive(Debug, Default)]
pub struct MemoryStore {
    kept: Mutex<Option<Kept>>,
}

#[derive(Debug)]
struct Kept {
    account: Account,
    names: BucketNames,
}

impl MemoryStore {
    /// An empty store.
    pub const fn new() -> Self {
        Self { kept: Mutex::new(None) }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn new(account: &Account) -> Self {
        let mut names = BucketNames::default();
        names.apply(&NameChange::login(&account.authorization.storage_api.allowed));
        Self { account: account.clone(), names }
    }
}

fn renew(kept: &mut Option<Kept>, account: &Account) -> bool {
    of(kept, account).map(|kept| kept.account = account.clone()).is_some()
}

/// What is kept, if it is of this login.
fn of<'a>(kept: &'a mut Option<Kept>, account: &Account) -> Option<&'a mut Kept> {
    kept.as_mut().filter(|kept| kept.account.is_same_login(account))
}

impl AccountStore for MemoryStore {
    fn load(&self) -> Result<Option<Account>, Error> {
        Ok(self.lock().as_ref().map(|kept| kept.account.clone()))
    }

    fn save(&self, account: &Account) -> Result<(), Error> {
        *self.lock() = Some(Kept::new(account));
        Ok(())
    }

    fn save_first(&self, account: &Account) -> Result<bool, Error> {
        let mut kept = self.lock();
        if kept.is_none() {
            *kept = Some(Kept::new(account));
            return Ok(true);
        }
        Ok(renew(&mut kept, account))
    }

    fn renew(&self, account: &Account) -> Result<bool, Error> {
        Ok(renew(&mut self.lock(), account))
    }

    fn clear(&self) -> Result<(), Error> {
        *self.lock() = None;
        Ok(())
    }

    fn bucket_names(&self, account: &Account) -> Result<BucketNames, Error> {
        Ok(of(&mut self.lock(), account).map(|kept| kept.names.clone()).unwrap_or_default())
    }

    fn change_bucket_names(&self, account: &Account, change: &NameChange) -> Result<bool, Error> {
        let mut kept = self.lock();
        let same = of(&mut kept, account).map(|kept| kept.names.apply(change));
        Ok(same.is_some())
    }

    fn may_wait(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::super::conformance;
    use super::*;
    use std::sync::Arc;

    #[test]
    fn it_is_a_store() {
        conformance::check(MemoryStore::new);
        let shared = Arc::new(MemoryStore::new());
        conformance::check_shared(|| Arc::clone(&shared));
    }
}
