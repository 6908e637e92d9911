//! A login that ends with the process.

use std::sync::{Mutex, PoisonError};

use super::{Account, AccountStore};
use crate::Error;

/// Keeps a login in memory.
#[derive(Debug, Default)]
pub struct MemoryStore {
    account: Mutex<Option<Account>>,
}

impl MemoryStore {
    /// An empty store.
    pub const fn new() -> Self {
        Self { account: Mutex::new(None) }
    }

    fn replace(&self, account: Option<Account>) {
        *self.account.lock().unwrap_or_else(PoisonError::into_inner) = account;
    }
}

impl AccountStore for MemoryStore {
    fn load(&self) -> Result<Option<Account>, Error> {
        Ok(self.account.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    fn save(&self, account: &Account) -> Result<(), Error> {
        self.replace(Some(account.clone()));
        Ok(())
    }

    fn clear(&self) -> Result<(), Error> {
        self.replace(None);
        Ok(())
    }
}
