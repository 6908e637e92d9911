//! The login of a client and the bucket names it knows, as its store keeps them.

use std::sync::{Mutex, PoisonError};

use b2_proto::bucket_names::NameChange;
use b2_proto::error::Error;
use b2_proto::model::{AccountAuthorization, BucketId};
use b2_proto::secret::Secret;

use crate::account::Login;

/// What a client shares with its account store.
///
/// Names are a cache and a login can be made anew, so trouble with the store while something is
/// kept there is no trouble of the operation that told it.
#[derive(Debug)]
pub struct Accounts {
    login: Login,
    /// The token that the store has.
    kept: Mutex<Option<Secret>>,
}

impl Accounts {
    /// The accounts of a client that starts from `login`.
    pub fn new(login: Login) -> Self {
        let known = login.authorization.as_ref();
        let kept = Mutex::new(known.map(|known| known.authorization_token.clone()));
        Self { login, kept }
    }

    /// Whether asking the store may wait for a disk or another process.
    pub fn may_wait(&self) -> bool {
        self.login.store.may_wait()
    }

    /// The ID of the bucket with this name, if it is known without asking the service.
    ///
    /// # Errors
    /// [`Unauthorized`](b2_proto::error::ErrorKind::Unauthorized) when the key is restricted to
    /// other buckets, and those of the store.
    pub fn find(
        &self,
        known: &AccountAuthorization,
        name: &str,
    ) -> Result<Option<BucketId>, Error> {
        self.keep(known);
        let names = self.login.store.bucket_names(&self.login.account(known.clone()))?;
        names.find(name, &known.storage_api.allowed)
    }

    /// Keeps what was learnt about names.
    pub fn learn(&self, known: &AccountAuthorization, change: &NameChange) {
        self.keep(known);
        let _ = self.login.store.change_bucket_names(&self.login.account(known.clone()), change);
    }

    /// Keeps a login that is newer than the one in the store.
    fn keep(&self, known: &AccountAuthorization) {
        let token = &known.authorization_token;
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.as_ref() == Some(token) {
            return;
        }
        let account = self.login.account(known.clone());
        let is_first = kept.replace(token.clone()).is_none() && !self.login.store.may_wait();
        // A store on a disk holds what somebody chose to keep there; memory is this client's own.
        let _ = if is_first {
            self.login.store.save(&account)
        } else {
            self.login.store.renew(&account).map(|_| ())
        };
    }
}
