//! What the account has beside files: its buckets, some of which lock their files, and its keys.

use serde_json::{Value, json};

use crate::service::{BUCKET, Side, text};

/// Buckets and keys when everything is over.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) buckets: Vec<Made>,
    pub(crate) keys: Vec<Made>,
}

/// A file's name, and the bucket it is in if that is not the usual one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    pub(crate) bucket_id: Option<&'a str>,
    pub(crate) name: &'a str,
}

impl<'a> From<&'a str> for Place<'a> {
    fn from(name: &'a str) -> Self {
        Self { bucket_id: None, name }
    }
}

impl<'a> From<&'a String> for Place<'a> {
    fn from(name: &'a String) -> Self {
        Self::from(name.as_str())
    }
}

/// How names of buckets with file lock begin.
const LOCKED: &str = "locked";

/// A bucket or a key.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) name: String,
    pub(crate) id: String,
    /// Whether a bucket is public.
    pub(crate) is_public: bool,
}

/// Most keys here.
const KEYS_MAX: u64 = 1_000;

impl Side {
    /// Buckets and keys but those of the run itself.
    pub(crate) fn account(&self, now_ms: u64) -> Account {
        let list = json!({ "accountId": self.account_id });
        let buckets = self.call(now_ms, "b2_list_buckets", &list);
        let list = json!({ "accountId": self.account_id, "maxKeyCount": KEYS_MAX });
        let keys = self.call(now_ms, "b2_list_keys", &list);
        let mut buckets = made(&buckets["buckets"], "bucketName", "bucketId");
        buckets.retain(|bucket| bucket.name != BUCKET);
        Account { buckets, keys: made(&keys["keys"], "keyName", "applicationKeyId") }
    }

    /// A bucket with file lock, which retains its files so many days by default or not at all. It
    /// is made when it is wanted first.
    pub(crate) fn locked_bucket(&self, now_ms: u64, default_days: Option<u64>) -> String {
        let mut made = self.locked.borrow_mut();
        let bucket_id = made.entry(default_days).or_insert_with(|| {
            let days = default_days.map_or_else(|| "none".to_owned(), |days| days.to_string());
            let create = json!({
                "accountId": self.account_id, "bucketName": format!("{LOCKED}-{days}"),
                "bucketType": "allPrivate", "fileLockEnabled": true,
            });
            let bucket_id = text(&self.call(now_ms, "b2_create_bucket", &create), "bucketId");
            if let Some(days) = default_days {
                let period = json!({ "duration": days, "unit": "days" });
                let update = json!({
                    "accountId": self.account_id, "bucketId": bucket_id,
                    "defaultRetention": { "mode": "governance", "period": period },
                });
                self.call(now_ms, "b2_update_bucket", &update);
            }
            bucket_id
        });
        bucket_id.clone()
    }

    /// The buckets that files are in.
    pub(crate) fn bucket_ids(&self) -> Vec<String> {
        let locked = self.locked.borrow();
        [&self.bucket_id].into_iter().chain(locked.values()).cloned().collect()
    }

    /// Uploads a file to the bucket with file lock; gives its ID.
    pub(crate) fn put_lockable(&self, now_ms: u64, name: &str) -> String {
        let bucket_id = self.locked_bucket(now_ms, None);
        let place = Place { bucket_id: Some(&bucket_id), name };
        self.put(now_ms, place, b"to be locked")
    }

    /// Retains a version.
    pub(crate) fn retain(&self, now_ms: u64, (name, file_id): (&str, &str), until_ms: u64) {
        let update = json!({
            "fileName": name, "fileId": file_id,
            "fileRetention": { "mode": "governance", "retainUntilTimestamp": until_ms },
        });
        self.call(now_ms, "b2_update_file_retention", &update);
    }

    /// Lets whoever has the token download files whose names begin so, for a week.
    pub(crate) fn authorize_download(&self, now_ms: u64, prefix: &str) -> String {
        let ask = json!({
            "bucketId": self.bucket_id, "fileNamePrefix": prefix,
            "validDurationInSeconds": 604_800,
        });
        let answer = self.call(now_ms, "b2_get_download_authorization", &ask);
        text(&answer, "authorizationToken")
    }

    /// Somebody else takes the name of a bucket, which is private.
    pub(crate) fn make_bucket(&self, now_ms: u64, name: &str) -> String {
        let create = json!({
            "accountId": self.account_id, "bucketName": name, "bucketType": "allPrivate",
        });
        text(&self.call(now_ms, "b2_create_bucket", &create), "bucketId")
    }
}

fn made(rows: &Value, name: &str, id: &str) -> Vec<Made> {
    let rows = rows.as_array().expect("a listing").iter();
    let one = |row: &Value| Made {
        name: text(row, name),
        id: text(row, id),
        is_public: row["bucketType"] == "allPublic",
    };
    rows.map(one).collect()
}
