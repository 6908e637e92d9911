//! Where a login and the names of its buckets are kept between runs of a program (S14).
//!
//! | what is kept | by whom |
//! | --- | --- |
//! | key, realm, token, URLs, part sizes, rights ([`Account`]) | an [`AccountStore`] |
//! | names of buckets and their IDs ([`BucketNames`]) | an [`AccountStore`] |
//! | upload URLs | the core's session, in memory: one belongs to one request at a time, so it is of no use to another process and never written down |
//!
//! | store | for |
//! | --- | --- |
//! | [`MemoryStore`] | what ends with the process; the default |
//! | `SqliteStore` (feature `sqlite`) | a file that Backblaze's own tools read and write too, found as [`location`] says |
//! | one's own | the database of a server; see [`conformance`] |
//!
//! No login is written to disk unless a store that does so is chosen. (Large uploads and syncs
//! leave [claims](crate::claims) on the disk, which have no secrets.) [`Login`] has what a client
//! starts from: the key, what is known already, and where to keep what is learnt.

mod accounts;
pub mod conformance;
pub mod location;
pub mod login;
mod memory;
#[cfg(feature = "sqlite")]
mod sqlite;

use std::sync::Arc;

use b2_proto::bucket_names::{BucketNames, NameChange};
use b2_proto::model::AccountAuthorization;
use b2_proto::secret::Secret;

use crate::Error;

pub use accounts::{Accounts, Keeping};
pub use location::{Choice, Location, LocationError};
pub use login::Login;
pub use memory::MemoryStore;
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteStore;

/// A login: the key, where it is valid, and what the service answered.
///
/// Holds the account's ID, token, URLs, part sizes and rights in `authorization` (behaviour g.1).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Account {
    /// The realm as the user gave it: a name or a URL.
    pub realm: String,
    /// The application key's ID.
    pub application_key_id: String,
    /// The application key.
    pub application_key: Secret,
    /// The service's answer.
    pub authorization: AccountAuthorization,
}

impl Account {
    /// Whether both are logins of the same key to the same account in the same realm, so that only
    /// token, URLs, sizes and rights may differ.
    pub fn is_same_login(&self, other: &Self) -> bool {
        self.realm == other.realm
            && self.application_key_id == other.application_key_id
            && self.application_key == other.application_key
            && self.authorization.account_id == other.authorization.account_id
    }

    /// Whether the key is the account's master key, which may do everything.
    pub fn is_master_key(&self) -> bool {
        let (key_id, account_id) =
            (&self.application_key_id, self.authorization.account_id.as_str());
        let full_len = 3 + account_id.len() + 10;
        key_id == account_id
            || (key_id.len() == full_len && key_id.ends_with(&format!("{account_id}0000000000")))
    }
}

/// Keeps at most one login and the names of its buckets.
///
/// A store is used by several threads, and by several processes where it is on disk; each call is
/// one step that happens whole or not at all. Somebody may log in with another key while a client
/// runs, so all but [`save`](Self::save) and [`clear`](Self::clear) say which login they mean and
/// leave another one alone.
///
/// A store must give back what [`Account`] holds of behaviour g.1; it may forget when the key
/// expires and the Groups API, which requests do not need. [`conformance`] tells whether a store
/// does all this.
///
/// Calls block. They are short, but a disk or another process may hold one up for seconds.
pub trait AccountStore: Send + Sync {
    /// The login that was saved last; `None` when there is none.
    ///
    /// # Errors
    /// The store cannot be read, is not private, or holds something else.
    fn load(&self) -> Result<Option<Account>, Error>;

    /// Replaces the login by a new one. Of bucket names stay only those the key is restricted to,
    /// as [`NameChange::login`] says.
    ///
    /// # Errors
    /// The store cannot be written; what it held is still there.
    fn save(&self, account: &Account) -> Result<(), Error>;

    /// Keeps a client's first login unless another one is kept: as [`save`](Self::save) in an empty
    /// store, as [`renew`](Self::renew) in the place of the same login. Whether it did.
    ///
    /// This asks what is kept and then writes. A store that others write too must do both in one
    /// step, or a login that somebody saves in between is lost; [`conformance::check_shared`] finds
    /// that.
    ///
    /// # Errors
    /// The store cannot be read or written; what it held is still there.
    fn save_first(&self, account: &Account) -> Result<bool, Error> {
        match self.load()? {
            None => self.save(account).map(|()| true),
            Some(_) => self.renew(account),
        }
    }

    /// Takes over what a later login with the same key told, and keeps the bucket names. Whether
    /// it did: when the store was cleared meanwhile, or holds another login, it stays as it is.
    ///
    /// # Errors
    /// The store cannot be written; what it held is still there.
    fn renew(&self, account: &Account) -> Result<bool, Error>;

    /// Forgets everything. Nothing to forget is fine.
    ///
    /// # Errors
    /// The store cannot be written.
    fn clear(&self) -> Result<(), Error>;

    /// The bucket names that are known for this login; none when the store holds another one.
    ///
    /// # Errors
    /// The store cannot be read.
    fn bucket_names(&self, account: &Account) -> Result<BucketNames, Error>;

    /// Changes the bucket names of this login as [`BucketNames::apply`] would. Whether it did: not
    /// when the store holds another login.
    ///
    /// # Errors
    /// The store cannot be written; what it held is still there.
    fn change_bucket_names(&self, account: &Account, change: &NameChange) -> Result<bool, Error>;

    /// Whether calls may wait for a disk or another process, and belong on a thread that may.
    fn may_wait(&self) -> bool {
        true
    }
}

impl<T: AccountStore + ?Sized> AccountStore for Arc<T> {
    fn load(&self) -> Result<Option<Account>, Error> {
        (**self).load()
    }

    fn save(&self, account: &Account) -> Result<(), Error> {
        (**self).save(account)
    }

    fn save_first(&self, account: &Account) -> Result<bool, Error> {
        (**self).save_first(account)
    }

    fn renew(&self, account: &Account) -> Result<bool, Error> {
        (**self).renew(account)
    }

    fn clear(&self) -> Result<(), Error> {
        (**self).clear()
    }

    fn bucket_names(&self, account: &Account) -> Result<BucketNames, Error> {
        (**self).bucket_names(account)
    }

    fn change_bucket_names(&self, account: &Account, change: &NameChange) -> Result<bool, Error> {
        (**self).change_bucket_names(account, change)
    }

    fn may_wait(&self) -> bool {
        (**self).may_wait()
    }
}

impl core::fmt::Debug for dyn AccountStore {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("AccountStore")
    }
}

#[cfg(test)]
mod tests {
    use super::conformance::sample;

    #[test]
    fn a_master_key_is_known_by_its_id() {
        let is_master = |key_id| {
            let mut account = sample(key_id, "token");
            account.authorization.account_id = "d2e6b27577ea".into();
            account.is_master_key()
        };
        assert!(is_master("d2e6b27577ea"));
        assert!(is_master("002d2e6b27577ea0000000000"));
        assert!(!is_master("002d2e6b27577ea0000000001"));
    }
}
