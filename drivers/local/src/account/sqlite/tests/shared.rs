//! The file in the hands of others: another process, and the reference.

use std::env;
use std::process::{Child, Command, Stdio};

use b2_proto::bucket_names::NameChange;
use b2_proto::model::{AllowedBucket, BucketId};
use rusqlite::params;
use serde_json::Value;

use super::*;

/// SQLite keeps processes apart in another way than threads. Each of these runs this test again
/// with the file and a number of its own in the environment.
#[test]
fn two_processes_use_a_file_at_the_same_time() {
    const TEST: &str = "account::sqlite::tests::shared::two_processes_use_a_file_at_the_same_time";
    let variables = (env::var_os("B2_TEST_STORE"), env::var("B2_TEST_NUMBER"));
    if let (Some(path), Ok(number)) = variables {
        conformance::many_steps(&open(Path::new(&path)), number.parse().expect("a number"));
        return;
    }
    let folder = folder();
    let path = folder.path().join("account_info");
    let start = |number: u32| -> Child {
        let mut command = Command::new(env::current_exe().expect("own program"));
        command.args(["--exact", TEST]).env("B2_TEST_STORE", &path);
        command.env("B2_TEST_NUMBER", number.to_string());
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("run")
    };
    for child in [0, 1].map(start) {
        let output = child.wait_with_output().expect("ended");
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && text.contains("1 passed"), "{text}");
    }
    assert!(open(&path).load().expect("load").is_some());
}

/// Two threads find an old file, and one of them comes late: the other one is at work already on
/// what it has become.
#[cfg(target_os = "linux")]
#[test]
fn whoever_comes_late_to_convert_an_old_file_takes_no_locks_away() {
    use std::os::unix::fs::MetadataExt as _;
    let folder = folder();
    let path = folder.path().join("account_info");
    let mut connection = open(&path).connect().expect("open");
    let inode = fs::metadata(&path).expect("there").ino();
    let locks = || {
        let all = fs::read_to_string("/proc/locks").unwrap_or_default();
        let is_of_file =
            |line: &&str| line.contains("POSIX") && line.contains(&format!(":{inode} "));
        all.lines().filter(is_of_file).count()
    };
    let writing = connection.transaction_with_behavior(TransactionBehavior::Immediate);
    let writing = writing.expect("begin");
    let held = locks();
    for _ in 0..2 {
        // The second one is not held up by what the first one keeps open.
        old_json::convert(&path).expect("a database already");
        assert_eq!(locks(), held);
    }
    writing.commit().expect("commit");
}

/// A login with all there may be.
fn account() -> Account {
    let mut account = sample("0004aa9865d6f000000000001", "4_token");
    let allowed = &mut account.authorization.storage_api.allowed;
    allowed.name_prefix = Some("a'b/".to_owned());
    allowed.buckets = Some(vec![AllowedBucket::new("8d62", Some("it's".to_owned()))]);
    account
}

/// What the reference reads of a login, one column with one statement.
fn column(connection: &Connection, name: &str) -> String {
    let select = format!("SELECT CAST({name} AS TEXT) FROM account");
    connection.query_row(&select, (), |row| row.get(0)).expect("a value")
}

#[test]
fn what_is_written_here_the_reference_reads() {
    let folder = folder();
    let store = open(&folder.path().join("account_info"));
    let account = account();
    store.save(&account).expect("save");
    let connection = Connection::open(store.path()).expect("database");
    // With each opening: the tables as they were at first, and which updates are missing.
    connection.execute_batch(schema::ORIGINAL).expect("nothing to do");
    for (name, value) in [
        ("account_id", "4aa9865d6f00"),
        ("account_id_or_app_key_id", "0004aa9865d6f000000000001"),
        ("application_key", "secret-of-0004aa9865d6f000000000001"),
        ("account_auth_token", "4_token"),
        ("api_url", "https://api000.backblazeb2.com"),
        ("download_url", "https://f000.backblazeb2.com"),
        ("s3_api_url", "https://s3.us-west-000.backblazeb2.com"),
        ("recommended_part_size", "100000000"),
        ("absolute_minimum_part_size", "5000000"),
        ("realm", "production"),
    ] {
        assert_eq!(column(&connection, name), value, "{name}");
    }
    let allowed: Value = serde_json::from_str(&column(&connection, "allowed")).expect("JSON");
    assert_eq!(allowed["buckets"][0]["id"], "8d62");
    assert_eq!(allowed["buckets"][0]["name"], "it's");
    assert_eq!(allowed["capabilities"][0], "listBuckets");
    assert_eq!(allowed["namePrefix"], "a'b/");
    let by_name = "SELECT bucket_id FROM bucket WHERE bucket_name = ?1";
    assert_eq!(connection.query_row(by_name, ["it's"], |row| row.get(0)), Ok("8d62".to_owned()));
    let by_id = "SELECT bucket_name FROM bucket WHERE bucket_id = ?1";
    assert_eq!(connection.query_row(by_id, ["8d62"], |row| row.get(0)), Ok("it's".to_owned()));
}

/// It refuses rights without one of the three keys, also of a key that may do everything.
#[test]
fn rights_have_all_keys_that_the_reference_wants() {
    let folder = folder();
    let store = open(&folder.path().join("account_info"));
    store.save(&sample("id", "token")).expect("save");
    let connection = Connection::open(store.path()).expect("database");
    let allowed: Value = serde_json::from_str(&column(&connection, "allowed")).expect("JSON");
    for key in ["buckets", "capabilities", "namePrefix"] {
        assert!(allowed.get(key).is_some(), "{key} is missing: {allowed}");
    }
}

#[test]
fn what_the_reference_writes_into_a_file_of_ours_is_read() {
    let folder = folder();
    let store = open(&folder.path().join("account_info"));
    let mut first = account();
    first.authorization.storage_api.allowed.buckets = None;
    store.save(&first).expect("save");
    let pairs = [("photos", "1"), ("films", "2")];
    let pairs = pairs.map(|(name, id)| (name.to_owned(), BucketId::from(id))).to_vec();
    assert_eq!(store.change_bucket_names(&first, &NameChange::Save(pairs)), Ok(true));

    let mut connection = Connection::open(store.path()).expect("database");
    let exclusive = TransactionBehavior::Exclusive;
    let transaction = connection.transaction_with_behavior(exclusive).expect("lock");
    // It saves a bucket that has taken another one's name, whose row stays.
    transaction.execute("DELETE FROM bucket WHERE bucket_id = ?1", ["3"]).expect("saved");
    let insert = "INSERT INTO bucket (bucket_id, bucket_name) VALUES (?1, ?2)";
    transaction.execute(insert, ["3", "photos"]).expect("saved");
    transaction.commit().expect("saved");
    let names = store.bucket_names(&first).expect("names");
    assert_eq!((names.id("photos"), names.id("films")), (Some(&"1".into()), Some(&"2".into())));
    let newer = NameChange::Save(vec![("photos".to_owned(), "3".into())]);
    assert_eq!(store.change_bucket_names(&first, &newer), Ok(true));
    let count = "SELECT count(*) FROM bucket WHERE bucket_name = 'photos'";
    assert_eq!(connection.query_row(count, (), |row| row.get(0)), Ok(1), "one row is left");

    // It logs in anew.
    let transaction = connection.transaction_with_behavior(exclusive).expect("lock");
    for table in ["account", "bucket", "bucket_upload_url"] {
        transaction.execute(&format!("DELETE FROM {table}"), ()).expect("deleted");
    }
    let insert =
        "INSERT INTO account (account_id, account_id_or_app_key_id, application_key, realm,
        allowed, account_auth_token, api_url, download_url, recommended_part_size,
        absolute_minimum_part_size, s3_api_url)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
    let allowed = r#"{"buckets": null, "capabilities": ["listBuckets", "readFiles"],
        "namePrefix": null}"#;
    let row = params![
        "4aa9865d6f00",
        "two",
        "secret-of-two",
        "production",
        allowed,
        "later",
        "https://api000.backblazeb2.com",
        "https://f000.backblazeb2.com",
        100_000_000,
        5_000_000,
        "https://s3.us-west-000.backblazeb2.com",
    ];
    transaction.execute(insert, row).expect("inserted");
    transaction.commit().expect("saved");
    let second = sample("two", "later");
    assert_eq!(store.load(), Ok(Some(second.clone())));
    assert_eq!(store.bucket_names(&second), Ok(BucketNames::default()));
    assert_eq!(store.renew(&first), Ok(false), "the login before it is another one");
}
