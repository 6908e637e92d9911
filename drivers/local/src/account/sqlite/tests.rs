use std::fs;
use std::path::Path;
use std::sync::mpsc;
use std::thread;

use b2_proto::model::{Allowed, Capability};
use rusqlite::{Connection, TransactionBehavior};
use tempfile::TempDir;

use super::*;
use crate::account::conformance::{self, sample};

#[cfg(unix)]
mod rights;
mod shared;

/// What the reference writes, word for word.
const REFERENCE: &str = include_str!("tests/reference.sql");

fn folder() -> TempDir {
    tempfile::tempdir().expect("folder")
}

fn open(path: &Path) -> SqliteStore {
    SqliteStore::open(path).expect("store")
}

/// A database that these statements made.
fn made_of(folder: &TempDir, statements: &str) -> SqliteStore {
    let path = folder.path().join("account_info");
    fs::write(&path, b"").expect("file");
    make_private(&path);
    let connection = Connection::open(&path).expect("database");
    connection.execute_batch(statements).expect("statements");
    SqliteStore { path }
}

fn make_private(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("mode");
    }
    assert!(path.exists());
}

/// Columns of all tables, in their order.
fn columns(path: &Path) -> Vec<String> {
    let connection = Connection::open(path).expect("database");
    let query = "SELECT t.name || '.' || c.name || ' ' || c.type || ' ' || c.\"notnull\"
        FROM sqlite_schema t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'
        ORDER BY t.name, c.cid";
    let mut statement = connection.prepare(query).expect("query");
    let rows = statement.query_map((), |row| row.get(0)).expect("rows");
    rows.collect::<rusqlite::Result<_>>().expect("texts")
}

#[test]
fn it_is_a_store() {
    let folder = folder();
    let mut number = 0;
    conformance::check(|| {
        number += 1;
        open(&folder.path().join(format!("{number}")))
    });
    let shared = folder.path().join("shared");
    conformance::check_shared(|| open(&shared));
}

#[test]
fn many_may_make_the_file_at_the_same_time() {
    let folder = folder();
    let path = folder.path().join("account_info");
    thread::scope(|scope| {
        for number in 0..8 {
            let path = &path;
            scope.spawn(move || {
                let account = sample(&format!("{number}"), "token");
                open(path).save(&account).expect("save");
            });
        }
    });
    assert!(open(&path).load().expect("load").is_some());
    let rows = "SELECT count(*) FROM account";
    let connection = Connection::open(&path).expect("database");
    assert_eq!(connection.query_row(rows, (), |row| row.get(0)), Ok(1));
}

#[test]
fn the_tables_are_those_of_the_reference() {
    let (one, other) = (folder(), folder());
    let store = made_of(&one, REFERENCE);
    let own = open(&other.path().join("account_info"));
    assert_eq!(columns(own.path()), columns(store.path()));
    let done = "SELECT group_concat(update_number) FROM update_done";
    let connection = Connection::open(own.path()).expect("database");
    assert_eq!(connection.query_row(done, (), |row| row.get(0)), Ok("1,2,3,4,5,6".to_owned()));
}

#[test]
fn what_the_reference_wrote_is_read() {
    let folder = folder();
    let store = made_of(&folder, REFERENCE);
    let account = store.load().expect("load").expect("a login");
    assert_eq!(account.application_key_id, "0004aa9865d6f000000000001");
    assert_eq!(account.application_key.expose(), "K000secret");
    assert_eq!(account.realm, "production");
    let login = &account.authorization;
    assert_eq!(login.account_id, "4aa9865d6f00");
    assert_eq!(login.authorization_token.expose(), "4_token");
    let storage = &login.storage_api;
    let urls = [&storage.api_url, &storage.download_url, &storage.s3_api_url];
    assert_eq!(urls, ["https://api000.example", "https://f000.example", "https://s3.example"]);
    let sizes = (storage.recommended_part_size, storage.absolute_minimum_part_size);
    assert_eq!(sizes, (100_000_000, 5_000_000));
    let allowed = &storage.allowed;
    assert_eq!(allowed.capabilities, [Capability::ListBuckets, Capability::from("newRight")]);
    assert_eq!(allowed.name_prefix.as_deref(), Some("a'b/"));
    let bucket = &allowed.buckets.as_ref().expect("restricted")[0];
    assert_eq!((bucket.id.as_str(), bucket.name.as_deref()), ("8d62", Some("it's-zażółć")));
    // It leaves a row for each bucket that had the name; what comes first counts.
    let names = store.bucket_names(&account).expect("names");
    assert_eq!(names.iter().map(|(name, _)| name).collect::<Vec<_>>(), ["films", "photos"]);
    assert_eq!(names.id("photos"), Some(&"1".into()));
}

#[test]
fn a_login_older_than_some_columns_has_the_usual_values() {
    let folder = folder();
    let nulls = "UPDATE account SET allowed = NULL, account_id_or_app_key_id = NULL,
        s3_api_url = NULL;";
    let store = made_of(&folder, &format!("{REFERENCE}{nulls}"));
    let account = store.load().expect("load").expect("a login");
    assert_eq!(account.application_key_id, "4aa9865d6f00");
    assert!(account.is_master_key());
    let storage = &account.authorization.storage_api;
    assert_eq!(storage.s3_api_url, "");
    assert_eq!(storage.allowed, Allowed::everywhere(Capability::KNOWN.to_vec()));
    assert!(store.renew(&account).expect("renew"));
    assert_eq!(store.load(), Ok(Some(account)));
}

/// A database of the first kind with a login, brought forward by the first `count` updates.
fn of_age(count: i64, allowed: &str) -> String {
    let steps = [
        "ALTER TABLE account ADD COLUMN allowed TEXT;",
        "ALTER TABLE account ADD COLUMN account_id_or_app_key_id TEXT;",
        "ALTER TABLE account ADD COLUMN s3_api_url TEXT;",
        schema::TWO_SIZES,
        "",
        "",
    ];
    let mut statements = schema::ORIGINAL.to_owned();
    statements.push_str(
        "INSERT INTO account VALUES ('4aa9865d6f00', 'key', 'token', 'https://a', 'https://d',
        100000000, 'production');",
    );
    for (number, step) in (1..=count).zip(steps) {
        statements.push_str(step);
        statements.push_str(&format!("INSERT INTO update_done VALUES ({number});"));
        if number == 1 {
            statements.push_str(&format!("UPDATE account SET allowed = {allowed};"));
        }
    }
    statements
}

#[test]
fn databases_of_every_age_are_brought_up_to_date() {
    let old = r#"'{"bucketId": "8d62", "bucketName": "it''s", "capabilities": ["listBuckets"],
        "namePrefix": null}'"#;
    for count in 0..=6 {
        let folder = folder();
        let store = made_of(&folder, &of_age(count, old));
        let account = store.load().expect("load").expect("a login");
        assert_eq!(account.application_key.expose(), "key");
        let storage = &account.authorization.storage_api;
        assert_eq!(storage.recommended_part_size, 100_000_000);
        assert_eq!(storage.absolute_minimum_part_size, 5_000_000);
        let buckets = storage.allowed.buckets.as_ref().map(|list| {
            list.iter().map(|it| (it.id.as_str(), it.name.as_deref())).collect::<Vec<_>>()
        });
        let wanted = (count > 0).then(|| vec![("8d62", Some("it's"))]);
        assert_eq!(buckets, wanted, "after {count} updates");
        let again = open(store.path());
        assert_eq!(again.load(), Ok(Some(account)));
    }
}

#[test]
fn rights_are_converted_where_they_can_be_read() {
    let text = |allowed: &str| {
        let folder = folder();
        let store = made_of(&folder, &of_age(4, &format!("'{allowed}'")));
        let converted = store.connect().expect("database");
        let query = "SELECT allowed FROM account";
        converted.query_row(query, (), |row| row.get::<_, String>(0)).expect("a text")
    };
    let none = text(r#"{"bucketId": null, "bucketName": null, "capabilities": []}"#);
    assert_eq!(none, r#"{"buckets":null,"capabilities":[]}"#);
    for kept in [r#"{"buckets": [], "bucketId": "1"}"#, "not json", "[1]"] {
        assert_eq!(text(kept), kept);
    }
}

#[test]
fn a_damaged_login_is_told_without_quoting_it() {
    let damages = [
        "UPDATE account SET allowed = '[\"top-secret\"';",
        "UPDATE account SET recommended_part_size = 'top-secret';",
        "UPDATE account SET recommended_part_size = -1;",
        "UPDATE account SET application_key = x'ff';",
        "ALTER TABLE account DROP COLUMN realm;",
    ];
    for damage in damages {
        let folder = folder();
        let store = made_of(&folder, &format!("{REFERENCE}{damage}"));
        let error = store.load().expect_err(damage);
        assert_eq!(error.reason, Reason::NotAnAccount, "{damage}");
        assert!(!format!("{error} {error:?}").contains("top-secret"), "{error:?}");
        // Nothing but a new login helps, and it does wherever the tables are whole.
        let can_save = store.save(&sample("id", "token")).is_ok();
        assert_eq!(can_save, !damage.starts_with("ALTER"), "{damage}");
    }
}

const OLD_JSON: &str = r#"{"account_id": "4aa9865d6f00", "application_key": "K000secret",
    "account_auth_token": "4_token", "api_url": "https://api000.example",
    "download_url": "https://f000.example", "minimum_part_size": 100000000,
    "realm": "production", "bucket_names": {}}"#;

fn file_of(folder: &TempDir, content: &[u8]) -> SqliteStore {
    let path = folder.path().join("account_info");
    fs::write(&path, content).expect("write");
    make_private(&path);
    SqliteStore { path }
}

#[test]
fn a_file_from_before_the_database_becomes_one() {
    let folder = folder();
    let store = file_of(&folder, OLD_JSON.as_bytes());
    let account = thread::scope(|scope| {
        let loads: Vec<_> = (0..4).map(|_| scope.spawn(|| store.load())).collect();
        let mut loaded = loads.into_iter().map(|it| it.join().expect("thread").expect("load"));
        let first = loaded.next().flatten().expect("a login");
        assert!(loaded.all(|each| each.as_ref() == Some(&first)));
        first
    });
    assert_eq!(account.application_key_id, "4aa9865d6f00");
    assert_eq!(account.application_key.expose(), "K000secret");
    assert_eq!(account.authorization.authorization_token.expose(), "4_token");
    let storage = &account.authorization.storage_api;
    assert_eq!(storage.download_url, "https://f000.example");
    assert_eq!(storage.recommended_part_size, 100_000_000);
    assert_eq!(storage.absolute_minimum_part_size, 5_000_000);
    assert_eq!(storage.allowed, Allowed::everywhere(Capability::KNOWN.to_vec()));
    assert!(fs::read(store.path()).expect("read").starts_with(b"SQLite format 3\0"));
    let left = fs::read_dir(folder.path()).expect("list").count();
    assert_eq!(left, 1, "something was left behind");
}

#[test]
fn a_file_that_is_something_else_is_left_alone() {
    let without_realm = OLD_JSON.replace("realm", "other");
    let contents = [
        &b"top-secret"[..],
        &b"{\"application_key\": \"top-secret\""[..],
        without_realm.as_bytes(),
    ];
    for content in contents {
        let folder = folder();
        let store = file_of(&folder, content);
        for result in [store.load().map(drop), store.save(&sample("id", "t")), store.clear()] {
            let error = result.expect_err("not an account");
            assert_eq!(error.reason, Reason::NotAnAccount);
            assert!(!format!("{error:?}").contains("secret"));
        }
        assert_eq!(fs::read(store.path()).expect("read"), content);
    }
}

#[test]
fn a_database_of_another_program_is_left_alone() {
    let folder = folder();
    let store = made_of(&folder, "CREATE TABLE cookies (host TEXT);");
    let error = store.save(&sample("id", "token")).expect_err("foreign");
    assert_eq!(error.reason, Reason::NotAnAccount);
    assert_eq!(columns(store.path()), ["cookies.host TEXT 0"]);
}

#[test]
fn a_key_that_was_forgotten_is_in_no_corner_of_the_file() {
    let folder = folder();
    let store = open(&folder.path().join("account_info"));
    let has_key = || {
        let bytes = fs::read(store.path()).expect("read");
        bytes.windows(9).any(|window| window == b"secret-of")
    };
    store.save(&sample("one", "token")).expect("save");
    assert!(has_key());
    store.clear().expect("clear");
    assert!(!has_key());
}

#[test]
fn a_program_that_writes_is_waited_for() {
    let folder = folder();
    let store = open(&folder.path().join("account_info"));
    let mut other = Connection::open(store.path()).expect("database");
    let held = other.transaction_with_behavior(TransactionBehavior::Exclusive).expect("lock");
    let busy = Connection::open(store.path()).expect("database");
    busy.busy_timeout(Duration::ZERO).expect("no wait");
    let error = busy.execute("DELETE FROM bucket", ()).expect_err("locked");
    let error = failed(&error, store.path());
    assert_eq!(error.reason, Reason::StoreBusy);
    assert!(error.to_string().contains("try again"), "{error}");
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(|| sender.send(store.save(&sample("id", "token"))).expect("send"));
        let early = receiver.recv_timeout(Duration::from_millis(100));
        assert!(early.is_err(), "the lock was not heeded");
        held.rollback().expect("release");
        assert_eq!(receiver.recv(), Ok(Ok(())));
    });
}

#[test]
fn nothing_is_made_unasked() {
    let folder = folder();
    let path = folder.path().join("b2/account_info");
    assert!(SqliteStore::open_existing(&path).expect("fine").is_none());
    let error = SqliteStore::open(&path).expect_err("no folder");
    assert_eq!(error.reason, Reason::FolderMissing);
    assert!(!folder.path().join("b2").exists());
    let place = Location { path: path.clone(), owns_folder: true };
    let store = SqliteStore::open_at(&place).expect("store");
    assert_eq!(store.load(), Ok(None));
    assert!(SqliteStore::open_existing(&path).expect("fine").is_some());
}
