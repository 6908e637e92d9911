//! What the account has beside files: its buckets and its keys.

use serde_json::{Value, json};

use crate::service::{BUCKET, Side, text};

/// Buckets and keys when everything is over.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) buckets: Vec<Made>,
    pub(crate) keys: Vec<Made>,
}

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
