//! A login in a database that Backblaze's own tools read and write too (behaviour g.3).
//!
//! Every call opens the file anew, after a look at who may read it, and is one transaction. So a
//! file that is exchanged or removed under a running program is no trouble, and no lock is held
//! between calls.

mod old_json;
mod place;
mod rows;
mod schema;

use core::time::Duration;
use std::path::{Path, PathBuf};

use b2_proto::bucket_names::{BucketNames, NameChange};
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior, ffi};

use super::{Account, AccountStore, Location};
use crate::{Error, Reason};

/// Longest wait for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(20);
/// How often a file is opened that others convert at the same time.
const OPENINGS_MAX: u32 = 4;

/// Keeps a login in an SQLite database that only its owner can read, from its first moment on.
///
/// The file may be used by Backblaze's Python library and command line at the same time. It does
/// not tell when a key expires, nor of the Groups API.
///
/// ```
/// use b2_local::account::{AccountStore as _, SqliteStore};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("account_info");
/// let store = SqliteStore::open(path)?;
/// assert!(store.load()?.is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct SqliteStore {
    path: PathBuf,
}

impl SqliteStore {
    /// The store at `path`. The file is made when it is missing, its folder is not; one of an
    /// older program is brought up to date.
    ///
    /// # Errors
    /// [`NotPrivate`](Reason::NotPrivate) or [`FolderNotPrivate`](Reason::FolderNotPrivate) when
    /// others can read the file or exchange it, [`NotAnAccount`](Reason::NotAnAccount) when it
    /// holds something else, and what the system says.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, Error> {
        let store = Self { path: path.into() };
        store.connect()?;
        Ok(store)
    }

    /// The store at `path` if there is one.
    ///
    /// # Errors
    /// Those of [`open`](Self::open).
    pub fn open_existing(path: impl Into<PathBuf>) -> Result<Option<Self>, Error> {
        let path = path.into();
        if place::exists(&path)? { Self::open(path).map(Some) } else { Ok(None) }
    }

    /// The store at its usual place, whose folder is made when it is missing.
    ///
    /// # Errors
    /// Those of [`open`](Self::open).
    pub fn open_at(location: &Location) -> Result<Self, Error> {
        if location.owns_folder {
            place::create_folder(&location.path)?;
        }
        Self::open(&location.path)
    }

    /// Where it is, as it was given.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens the file, which is private and up to date then.
    fn connect(&self) -> Result<Connection, Error> {
        for _ in 0..OPENINGS_MAX {
            let real = place::prepare(&self.path)?;
            match open_database(&real) {
                Ok(connection) => return Ok(connection),
                Err(error) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) => {
                    old_json::convert(&real)?;
                }
                Err(error) => return Err(failed(&error, &self.path)),
            }
        }
        Err(Error::new(Reason::NotAnAccount, &self.path))
    }

    fn read<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, Error> {
        self.run(TransactionBehavior::Deferred, work)
    }

    /// Takes the lock for writing first: two that read before they write would wait for each other.
    fn write<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, Error> {
        self.run(TransactionBehavior::Immediate, work)
    }

    fn run<T>(
        &self,
        behavior: TransactionBehavior,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, Error> {
        let mut connection = self.connect()?;
        let result = connection.transaction_with_behavior(behavior).and_then(|transaction| {
            let value = work(&transaction)?;
            transaction.commit()?;
            Ok(value)
        });
        result.map_err(|error| failed(&error, &self.path))
    }
}

impl AccountStore for SqliteStore {
    fn load(&self) -> Result<Option<Account>, Error> {
        self.read(rows::account)
    }

    fn save(&self, account: &Account) -> Result<(), Error> {
        self.write(|transaction| save(transaction, account))
    }

    fn save_first(&self, account: &Account) -> Result<bool, Error> {
        self.write(|transaction| {
            if rows::account(transaction)?.is_none() {
                return save(transaction, account).map(|()| true);
            }
            renew(transaction, account)
        })
    }

    fn renew(&self, account: &Account) -> Result<bool, Error> {
        self.write(|transaction| renew(transaction, account))
    }

    fn clear(&self) -> Result<(), Error> {
        self.write(rows::clear)
    }

    fn bucket_names(&self, account: &Account) -> Result<BucketNames, Error> {
        self.read(|transaction| {
            if rows::is_of(transaction, account)? {
                rows::names(transaction)
            } else {
                Ok(BucketNames::default())
            }
        })
    }

    fn change_bucket_names(&self, account: &Account, change: &NameChange) -> Result<bool, Error> {
        self.write(|transaction| {
            let is_same = rows::is_of(transaction, account)?;
            if is_same {
                rows::change_names(transaction, change)?;
            }
            Ok(is_same)
        })
    }
}

fn save(transaction: &Transaction<'_>, account: &Account) -> rusqlite::Result<()> {
    rows::clear(transaction)?;
    rows::insert(transaction, account)?;
    let allowed = &account.authorization.storage_api.allowed;
    rows::change_names(transaction, &NameChange::login(allowed))
}

fn renew(transaction: &Transaction<'_>, account: &Account) -> rusqlite::Result<bool> {
    let is_same = rows::is_of(transaction, account)?;
    if is_same {
        rows::replace(transaction, account)?;
    }
    Ok(is_same)
}

fn open_database(real: &Path) -> rusqlite::Result<Connection> {
    // The file is there and no link. Each connection stays in its thread.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let mut connection = Connection::open_with_flags(real, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    // What is deleted is overwritten: a key must not stay in a free page.
    connection.pragma_update(None, "secure_delete", true)?;
    schema::update(&mut connection)?;
    Ok(connection)
}

/// The library's own words could quote what is in the file, so only the kind of the trouble is
/// told.
fn failed(error: &rusqlite::Error, path: &Path) -> Error {
    let is_one_of =
        |codes: &[ErrorCode]| error.sqlite_error_code().is_some_and(|it| codes.contains(&it));
    let reason = if is_one_of(&[ErrorCode::DatabaseBusy, ErrorCode::DatabaseLocked]) {
        Reason::StoreBusy
    } else if is_one_of(&[ErrorCode::DiskFull]) {
        Reason::TargetFull
    } else if is_one_of(&[ErrorCode::ReadOnly, ErrorCode::PermissionDenied]) {
        Reason::TargetDenied
    } else if is_one_of(&[
        ErrorCode::SystemIoFailure,
        ErrorCode::CannotOpen,
        ErrorCode::OutOfMemory,
    ]) {
        Reason::TargetFailed
    } else {
        // The tables or what is in them are not what this program and the reference write.
        Reason::NotAnAccount
    };
    let system = error.sqlite_error().map(|it| ffi::code_to_str(it.extended_code).to_owned());
    Error { system, ..Error::new(reason, path) }
}

#[cfg(test)]
mod tests;
