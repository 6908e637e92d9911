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

/// What is kept, if it is of this login.
fn of<'a>(kept: &'a mut Option<Kept>, account: &Account) -> Option<&'a mut Kept> {
    kept.as_mut().filter(|kept| kept.account.is_same_login(account))
}

impl AccountStore for MemoryStore {
    fn load(&self) -> Result<Option<Account>, Error> {
        Ok(self.lock().as_ref().map(|kept| kept.account.clone()))
    }

    fn save(&self, account: &Account) -> Result<(), Error> {
        let mut names = BucketNames::default();
        names.apply(&NameChange::login(&account.authorization.storage_api.allowed));
        *self.lock() = Some(Kept { account: account.clone(), names });
        Ok(())
    }

    fn renew(&self, account: &Account) -> Result<bool, Error> {
        let mut kept = self.lock();
        let same = of(&mut kept, account).map(|kept| kept.account = account.clone());
        Ok(same.is_some())
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
