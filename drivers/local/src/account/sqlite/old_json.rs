//! Files from before there was a database (behaviour g.3).

use std::fs::File;
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use b2_proto::secret::Secret;
use rusqlite::{Connection, params};
use serde::Deserialize;

use super::schema;
use crate::file_id::FileId;
use crate::temp::{Access, TempFile, is_at};
use crate::volume::Volume;
use crate::{Error, Reason};

/// Such a file has less than a kilobyte.
const LEN_MAX: u64 = 64 * 1024;
/// What every database begins with.
const DATABASE: &[u8] = b"SQLite format 3\0";

/// Files that turned out to be databases: somebody else had converted them, and another thread may
/// be at work on one. SQLite's locks are those of the process, and go when it closes any handle of
/// the file, so these are never closed.
static DATABASES: Mutex<Vec<(FileId, File)>> = Mutex::new(Vec::new());

/// A login as the first programs kept it.
#[derive(Deserialize)]
struct OldAccount {
    account_id: String,
    application_key: Secret,
    account_auth_token: Secret,
    api_url: String,
    download_url: String,
    minimum_part_size: i64,
    realm: String,
}

/// Replaces an old file by a database; the file is there whole until then. One that is a database
/// by now is left alone, and so is anything else.
pub(super) fn convert(real: &Path) -> Result<(), Error> {
    let failed = |error: io::Error| Error::reading(&error, real);
    let mut databases = DATABASES.lock().unwrap_or_else(PoisonError::into_inner);
    let (id, _) = FileId::at(real).map_err(failed)?;
    if databases.iter().any(|(known, _)| known.number != 0 && *known == id) {
        return Ok(());
    }
    let file = File::open(real).map_err(failed)?;
    if read(&file, real)?.starts_with(DATABASE) {
        databases.push((FileId::of(&file).map_err(failed)?.0, file));
        return Ok(());
    }
    drop(databases);
    // Where the file system knows no locks, two that convert at the same time do it twice.
    let _ = file.lock();
    if !is_at(&file, real) {
        return Ok(());
    }
    let bytes = read(&file, real)?;
    // The parser's own words could quote a secret.
    let old = serde_json::from_slice(&bytes);
    let old: OldAccount = old.map_err(|_| Error::new(Reason::NotAnAccount, real))?;
    let mut connection = database(&old).map_err(|error| super::failed(&error, real))?;
    let bytes = connection.serialize("main").map_err(|error| super::failed(&error, real))?;
    replace(real, &bytes).map_err(|error| Error::writing(&error, real))
}

/// All of it, from its start.
fn read(mut file: &File, real: &Path) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let read = file.rewind().and_then(|()| file.take(LEN_MAX).read_to_end(&mut bytes));
    read.map_err(|error| Error::reading(&error, real))?;
    Ok(bytes)
}

fn replace(real: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut temp = TempFile::create(real, Access::Private)?;
    temp.file().write_all(bytes)?;
    temp.sync(Volume::Disk)?;
    temp.commit(Volume::Disk)
}

/// As if the first program with a database had written it. It is made in memory: a temporary file
/// is locked, and where locks are more than advice SQLite could not write it.
fn database(old: &OldAccount) -> rusqlite::Result<Connection> {
    let mut connection = Connection::open_in_memory()?;
    connection.execute_batch(schema::ORIGINAL)?;
    connection.execute(
        "INSERT INTO account (account_id, application_key, account_auth_token, api_url,
            download_url, minimum_part_size, realm)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            old.account_id,
            old.application_key.expose(),
            old.account_auth_token.expose(),
            old.api_url,
            old.download_url,
            old.minimum_part_size,
            old.realm,
        ],
    )?;
    schema::update(&mut connection)?;
    Ok(connection)
}
