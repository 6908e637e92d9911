//! What the service holds, asked beside the run.

use b2_proto::model::FileRetention;
use bytes::Bytes;
use serde_json::{Value, json};

use crate::service::{Side, text};

/// A version the service holds.
#[derive(Debug)]
pub(crate) struct Held {
    /// By a job, and not put there before.
    pub(crate) is_made: bool,
    /// Not a file but a mark that hides older ones.
    pub(crate) is_hidden: bool,
    pub(crate) name: String,
    pub(crate) file_id: String,
    pub(crate) bytes: Bytes,
    /// In milliseconds since 1970.
    pub(crate) uploaded_ms: u64,
    /// The mode, such as `SSE-B2`.
    pub(crate) encryption: Option<String>,
    pub(crate) retention: FileRetention,
    pub(crate) hold: Option<bool>,
}

impl Side {
    /// All versions by name and then newest first, with their bytes.
    pub(crate) fn held(&self, now_ms: u64) -> Vec<Held> {
        let mut all = Vec::new();
        for bucket_id in self.bucket_ids() {
            let list = json!({ "bucketId": bucket_id, "maxFileCount": 10_000 });
            let list = self.call(now_ms, "b2_list_file_versions", &list);
            let files = list["files"].as_array().expect("a listing").iter();
            let versions = files.filter(|file| file["action"] != "start");
            all.extend(versions.map(|file| self.held_as(now_ms, file)));
        }
        all
    }

    fn held_as(&self, now_ms: u64, file: &Value) -> Held {
        let (file_id, name) = (text(file, "fileId"), text(file, "fileName"));
        let is_hidden = file["action"] == "hide";
        let bytes = if is_hidden { Bytes::new() } else { self.content(now_ms, file) };
        let retention = serde_json::from_value(file["fileRetention"]["value"].clone());
        Held {
            is_made: !self.has_put(&file_id),
            is_hidden,
            name,
            file_id,
            bytes,
            uploaded_ms: file["uploadTimestamp"].as_u64().expect("a time"),
            encryption: file["serverSideEncryption"]["mode"].as_str().map(str::to_owned),
            retention: retention.unwrap_or(FileRetention::NONE),
            hold: file["legalHold"]["value"].as_str().map(|value| value == "on"),
        }
    }

    /// Names of the large files that are not finished.
    pub(crate) fn unfinished(&self, now_ms: u64) -> Vec<String> {
        let rows = self.unfinished_rows(now_ms, "");
        rows.iter().map(|file| text(file, "fileName")).collect()
    }

    /// How many parts the service has of the unfinished file of this name that has most.
    pub(crate) fn stored_parts(&mut self, now_ms: u64, name: &str) -> u64 {
        self.log_in(now_ms);
        let rows = self.unfinished_rows(now_ms, name);
        let of_name = rows.iter().filter(|file| file["fileName"] == name);
        let parts = |file: &Value| {
            let list = json!({ "fileId": file["fileId"], "maxPartCount": 1_000 });
            let list = self.call(now_ms, "b2_list_parts", &list);
            list["parts"].as_array().map_or(0, Vec::len) as u64
        };
        of_name.map(parts).max().unwrap_or(0)
    }

    fn unfinished_rows(&self, now_ms: u64, prefix: &str) -> Vec<Value> {
        let mut rows = Vec::new();
        for bucket_id in self.bucket_ids() {
            let mut list = json!({ "bucketId": bucket_id, "maxFileCount": 100 });
            if !prefix.is_empty() {
                list["namePrefix"] = json!(prefix);
            }
            loop {
                let mut page = self.call(now_ms, "b2_list_unfinished_large_files", &list);
                let next = page["nextFileId"].take();
                if let Value::Array(files) = page["files"].take() {
                    rows.extend(files);
                }
                if next.is_null() {
                    break;
                }
                list["startFileId"] = next;
            }
        }
        rows
    }
}
