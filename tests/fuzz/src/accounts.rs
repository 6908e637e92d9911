//! Files at the place of the account store: converted or opened, refused, never lost.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use b2_local::Reason;
use b2_local::account::{AccountStore as _, SqliteStore};

/// A file of an old program, a database, or anything else.
pub fn accounts(data: &[u8]) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("account_info");
    let created = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
    created.and_then(|mut file| file.write_all(data)).expect("a file is written");
    match SqliteStore::open(&path) {
        Ok(store) => opened(&store, &path),
        Err(error) => {
            refused(&error);
            let is_database = data.starts_with(b"SQLite format 3\0");
            let is_same = || fs::read(&path).expect("the file is there") == data;
            assert!(is_database || is_same(), "what is not understood is changed");
        }
    }
}

/// What was opened once is opened again, with the same login in it.
fn opened(store: &SqliteStore, path: &Path) {
    let again = SqliteStore::open(path).expect("what was opened is opened again");
    match (store.load(), again.load()) {
        (Ok(first), Ok(second)) => assert!(first == second, "another login"),
        (Err(first), Err(second)) => {
            refused(&first);
            assert_eq!(first, second);
        }
        (first, second) => panic!("read once: {} {}", first.is_ok(), second.is_ok()),
    }
}

/// No text shows what is in the file.
fn refused(error: &b2_local::Error) {
    assert_eq!(error.reason, Reason::NotAnAccount, "{error}");
    let text = format!("{error} {error:?}");
    for secret in ["K001", "4_token"] {
        assert!(!text.contains(secret), "{text}");
    }
}
