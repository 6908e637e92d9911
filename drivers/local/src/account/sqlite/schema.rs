//! The tables, and how those of older programs become today's (behaviour g.3).

use rusqlite::{Connection, Error, Transaction, TransactionBehavior, ffi};
use serde_json::{Value, json};

/// The tables as the first programs made them; updates make today's of them.
pub(super) const ORIGINAL: &str = "
    CREATE TABLE IF NOT EXISTS update_done (update_number INT NOT NULL);
    CREATE TABLE IF NOT EXISTS account (
        account_id TEXT NOT NULL,
        application_key TEXT NOT NULL,
        account_auth_token TEXT NOT NULL,
        api_url TEXT NOT NULL,
        download_url TEXT NOT NULL,
        minimum_part_size INT NOT NULL,
        realm TEXT NOT NULL
    );
    CREATE TABLE IF NOT EXISTS bucket (
        bucket_name TEXT NOT NULL,
        bucket_id TEXT NOT NULL
    );
    CREATE TABLE IF NOT EXISTS bucket_upload_url (
        bucket_id TEXT NOT NULL,
        upload_url TEXT NOT NULL,
        upload_auth_token TEXT NOT NULL
    );";

/// One size of parts becomes two.
pub(super) const TWO_SIZES: &str = "
    ALTER TABLE account RENAME TO old_account;
    CREATE TABLE account (
        account_id TEXT NOT NULL,
        application_key TEXT NOT NULL,
        account_auth_token TEXT NOT NULL,
        api_url TEXT NOT NULL,
        download_url TEXT NOT NULL,
        absolute_minimum_part_size INT NOT NULL,
        recommended_part_size INT NOT NULL,
        realm TEXT NOT NULL,
        allowed TEXT,
        account_id_or_app_key_id TEXT,
        s3_api_url TEXT
    );
    INSERT INTO account
        SELECT account_id, application_key, account_auth_token, api_url, download_url, 5000000,
            minimum_part_size, realm, allowed, account_id_or_app_key_id, s3_api_url
        FROM old_account;
    DROP TABLE old_account;";

/// What one update does.
type Update = fn(&Transaction<'_>) -> rusqlite::Result<()>;

/// The updates by their numbers. The last is the one before once more: programs that knew only
/// single buckets wrote after it was done.
const UPDATES: [(i64, Update); 6] = [
    (1, |it| it.execute_batch("ALTER TABLE account ADD COLUMN allowed TEXT")),
    (2, |it| it.execute_batch("ALTER TABLE account ADD COLUMN account_id_or_app_key_id TEXT")),
    (3, |it| it.execute_batch("ALTER TABLE account ADD COLUMN s3_api_url TEXT")),
    (4, |it| it.execute_batch(TWO_SIZES)),
    (5, many_buckets),
    (6, many_buckets),
];

/// Makes what is missing, all of it or nothing.
pub(super) fn update(connection: &mut Connection) -> rusqlite::Result<()> {
    if is_current(connection)? {
        return Ok(());
    }
    // Another process may do the same; who comes second finds nothing left to do.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if is_foreign(&transaction)? {
        return Err(Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_CORRUPT), None));
    }
    transaction.execute_batch(ORIGINAL)?;
    let done = done(&transaction)?;
    for (number, update) in UPDATES.iter().filter(|(number, _)| !done.contains(number)) {
        update(&transaction)?;
        transaction.execute("INSERT INTO update_done (update_number) VALUES (?1)", [number])?;
    }
    transaction.commit()
}

fn is_current(connection: &Connection) -> rusqlite::Result<bool> {
    let tables = ["update_done", "account", "bucket", "bucket_upload_url"];
    for table in tables {
        if !connection.table_exists(None, table)? {
            return Ok(false);
        }
    }
    let done = done(connection)?;
    Ok(UPDATES.iter().all(|(number, _)| done.contains(number)))
}

/// Whether the database is one of another program, where these tables have no place.
fn is_foreign(connection: &Connection) -> rusqlite::Result<bool> {
    let tables = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table')";
    let has_tables: bool = connection.query_row(tables, (), |row| row.get(0))?;
    Ok(has_tables && !connection.table_exists(None, "update_done")?)
}

fn done(connection: &Connection) -> rusqlite::Result<Vec<i64>> {
    let mut statement = connection.prepare("SELECT update_number FROM update_done")?;
    statement.query_map((), |row| row.get(0))?.collect()
}

/// The bucket a key is restricted to becomes a list. A login that was converted already, or that
/// cannot be read, stays as it is.
fn many_buckets(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    let mut statement = transaction.prepare("SELECT rowid, allowed FROM account")?;
    let rows: Vec<(i64, Option<String>)> =
        statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    for (row, allowed) in rows {
        if let Some(converted) = allowed.and_then(|text| listed(&text)) {
            let converted = (converted, row);
            transaction.execute("UPDATE account SET allowed = ?1 WHERE rowid = ?2", converted)?;
        }
    }
    Ok(())
}

fn listed(allowed: &str) -> Option<String> {
    let mut value: Value = serde_json::from_str(allowed).ok()?;
    let object = value.as_object_mut().filter(|object| !object.contains_key("buckets"))?;
    let (id, name) = (object.remove("bucketId"), object.remove("bucketName"));
    let buckets = match id {
        None | Some(Value::Null) => Value::Null,
        Some(id) => json!([{ "id": id, "name": name }]),
    };
    object.insert("buckets".to_owned(), buckets);
    Some(value.to_string())
}
