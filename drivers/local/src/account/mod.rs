//! Where a login is kept between runs of a program (S14).

mod file;
mod memory;

use b2_proto::model::AccountAuthorization;
use b2_proto::secret::Secret;
use serde::{Deserialize, Serialize};

use crate::Error;

pub use file::FileStore;
pub use memory::MemoryStore;

/// A login: the key, where it is valid, and what the service answered.
///
/// Holds the account's ID, token, URLs, part sizes and rights in `authorization` (behaviour g.1).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
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

/// Keeps at most one login. Used by several threads, and by several processes where it is on disk.
pub trait AccountStore: Send + Sync {
    /// The login that was saved last; `None` when there is none.
    ///
    /// # Errors
    /// The store cannot be read, is not private, or holds something else.
    fn load(&self) -> Result<Option<Account>, Error>;

    /// Replaces what is kept.
    ///
    /// # Errors
    /// The store cannot be written; what it held is still there.
    fn save(&self, account: &Account) -> Result<(), Error>;

    /// Forgets the login. Nothing to forget is fine.
    ///
    /// # Errors
    /// The store cannot be written.
    fn clear(&self) -> Result<(), Error>;
}
