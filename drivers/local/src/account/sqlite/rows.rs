//! Logins and names as rows of the database.

use b2_proto::bucket_names::{BucketNames, NameChange};
use b2_proto::model::{AccountAuthorization, AccountId, Allowed, BucketId, Capability, StorageApi};
use b2_proto::secret::Secret;
use rusqlite::types::Type;
use rusqlite::{Error, OptionalExtension as _, Result, Row, Transaction, params};

use crate::account::Account;

/// The login, if there is one.
pub(super) fn account(transaction: &Transaction<'_>) -> Result<Option<Account>> {
    let columns = "SELECT account_id, account_id_or_app_key_id, application_key, realm,
        account_auth_token, api_url, download_url, s3_api_url, absolute_minimum_part_size,
        recommended_part_size, allowed FROM account LIMIT 1";
    transaction.query_row(columns, (), read).optional()
}

fn read(row: &Row<'_>) -> Result<Account> {
    let account_id: String = row.get(0)?;
    let key_id: Option<String> = row.get(1)?;
    let allowed: Option<String> = row.get(10)?;
    let allowed = match allowed {
        Some(text) => serde_json::from_str(&text).map_err(|_| broken(10))?,
        // Logins older than restricted keys.
        None => Allowed::everywhere(Capability::KNOWN.to_vec()),
    };
    let mut storage = StorageApi::new(row.get::<_, String>(5)?, allowed);
    storage.download_url = row.get(6)?;
    storage.s3_api_url = row.get::<_, Option<String>>(7)?.unwrap_or_default();
    storage.absolute_minimum_part_size = size(row, 8)?;
    storage.recommended_part_size = size(row, 9)?;
    let token = Secret::new(row.get::<_, String>(4)?);
    Ok(Account {
        realm: row.get(3)?,
        application_key_id: key_id.unwrap_or_else(|| account_id.clone()),
        application_key: Secret::new(row.get::<_, String>(2)?),
        authorization: AccountAuthorization::new(AccountId::from(account_id), token, storage),
    })
}

fn size(row: &Row<'_>, column: usize) -> Result<u64> {
    u64::try_from(row.get::<_, i64>(column)?).map_err(|_| broken(column))
}

/// A value that is not what belongs there; it is not quoted.
const fn broken(column: usize) -> Error {
    Error::InvalidColumnType(column, String::new(), Type::Text)
}

/// Whether the login that is kept is this one.
pub(super) fn is_of(transaction: &Transaction<'_>, wanted: &Account) -> Result<bool> {
    Ok(account(transaction)?.is_some_and(|kept| kept.is_same_login(wanted)))
}

/// Deletes everything. The table of upload URLs is written by nobody, but may have rows.
pub(super) fn clear(transaction: &Transaction<'_>) -> Result<()> {
    transaction
        .execute_batch("DELETE FROM account; DELETE FROM bucket; DELETE FROM bucket_upload_url;")
}

/// Puts another login into the place of the one that is kept; names stay.
pub(super) fn replace(transaction: &Transaction<'_>, account: &Account) -> Result<()> {
    transaction.execute("DELETE FROM account", ())?;
    insert(transaction, account)
}

/// Adds the login.
pub(super) fn insert(transaction: &Transaction<'_>, account: &Account) -> Result<()> {
    let storage = &account.authorization.storage_api;
    let allowed = serde_json::to_string(&storage.allowed)
        .map_err(|error| Error::ToSqlConversionFailure(error.into()))?;
    transaction.execute(
        "INSERT INTO account (account_id, account_id_or_app_key_id, application_key, realm,
            account_auth_token, api_url, download_url, s3_api_url, absolute_minimum_part_size,
            recommended_part_size, allowed)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        params![
            account.authorization.account_id.as_str(),
            account.application_key_id,
            account.application_key.expose(),
            account.realm,
            account.authorization.authorization_token.expose(),
            storage.api_url,
            storage.download_url,
            storage.s3_api_url,
            storable(storage.absolute_minimum_part_size),
            storable(storage.recommended_part_size),
            allowed,
        ],
    )?;
    Ok(())
}

/// A database has no larger numbers; no service has such parts.
fn storable(size: u64) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

/// All names. Other programs may leave several rows for one name: the first counts.
pub(super) fn names(transaction: &Transaction<'_>) -> Result<BucketNames> {
    let mut statement =
        transaction.prepare("SELECT bucket_name, bucket_id FROM bucket ORDER BY rowid")?;
    let pair = |row: &Row<'_>| Ok((row.get(0)?, BucketId::from(row.get::<_, String>(1)?)));
    statement.query_map((), pair)?.collect()
}

/// Does what [`BucketNames::apply`] does.
pub(super) fn change_names(transaction: &Transaction<'_>, change: &NameChange) -> Result<()> {
    match change {
        NameChange::Replace(all) => {
            transaction.execute("DELETE FROM bucket", ())?;
            save_names(transaction, all)
        }
        NameChange::Save(some) => save_names(transaction, some),
        NameChange::ForgetName(name) => {
            transaction.execute("DELETE FROM bucket WHERE bucket_name = ?1", [name]).map(drop)
        }
        NameChange::ForgetId(id) => {
            transaction.execute("DELETE FROM bucket WHERE bucket_id = ?1", [id.as_str()]).map(drop)
        }
    }
}

fn save_names(transaction: &Transaction<'_>, pairs: &[(String, BucketId)]) -> Result<()> {
    let mut delete =
        transaction.prepare("DELETE FROM bucket WHERE bucket_name = ?1 OR bucket_id = ?2")?;
    let mut insert =
        transaction.prepare("INSERT INTO bucket (bucket_name, bucket_id) VALUES (?1, ?2)")?;
    for (name, id) in pairs {
        delete.execute((name, id.as_str()))?;
        insert.execute((name, id.as_str()))?;
    }
    Ok(())
}
