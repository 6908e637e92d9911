//! What the account has beside files: its buckets and its keys.

use serde_json::{Value, json};

use crate::service::{BUCKET, Side, text};

/// Buckets and keys when everything is over.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) buckets: Vec<Made>,
    pub(crate) keys: Vec<Made>,
    /// The versions that can be locked.
    pub(crate) lockable: Vec<Lockable>,
}

/// A version in the bucket with file lock.
#[derive(Debug)]
pub(crate) struct Lockable {
    pub(crate) file_id: String,
    pub(crate) is_held: bool,
    /// How and until when it is retained.
    pub(crate) retention: Option<(String, u64)>,
}

/// The name of the bucket with file lock, where there is one.
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
        let locked = buckets.iter().find(|bucket| bucket.name == LOCKED);
        let lockable = locked.map_or_else(Vec::new, |it| self.lockable(now_ms, &it.id));
        buckets.retain(|bucket| bucket.name != BUCKET);
        Account { buckets, keys: made(&keys["keys"], "keyName", "applicationKeyId"), lockable }
    }

    fn lockable(&self, now_ms: u64, bucket_id: &str) -> Vec<Lockable> {
        let list = json!({ "bucketId": bucket_id, "maxFileCount": 1_000 });
        let list = self.call(now_ms, "b2_list_file_versions", &list);
        let one = |file: &Value| {
            let retention = &file["fileRetention"]["value"];
            let mode = retention["mode"].as_str().map(str::to_owned);
            Lockable {
                file_id: text(file, "fileId"),
                is_held: file["legalHold"]["value"] == "on",
                retention: mode.zip(retention["retainUntilTimestamp"].as_u64()),
            }
        };
        list["files"].as_array().expect("a listing").iter().map(one).collect()
    }

    /// Uploads a file to the bucket with file lock, which is made for the first one; gives its ID.
    pub(crate) fn put_lockable(&self, now_ms: u64, name: &str) -> String {
        let list = json!({ "accountId": self.account_id, "bucketName": LOCKED });
        let found = self.call(now_ms, "b2_list_buckets", &list);
        let bucket_id = found["buckets"][0]["bucketId"].as_str().map(str::to_owned);
        let bucket_id = bucket_id.unwrap_or_else(|| {
            let create = json!({
                "accountId": self.account_id, "bucketName": LOCKED, "bucketType": "allPrivate",
                "fileLockEnabled": true,
            });
            text(&self.call(now_ms, "b2_create_bucket", &create), "bucketId")
        });
        let target = self.call(now_ms, "b2_get_upload_url", &json!({ "bucketId": bucket_id }));
        let own = [("x-bz-file-name", name), ("content-type", "text/plain")];
        text(&self.upload(now_ms, &target, &own, b"to be locked"), "fileId")
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
