//! S9: no two jobs go on with the same large file at the same time.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::exchange::Exchange;
use crate::who::Who;

/// Whose large files are.
#[derive(Debug, Default)]
pub(crate) struct Owners(BTreeMap<String, Who>);

impl Owners {
    /// Parts and the end of a file are asked for by whoever owns it.
    pub(crate) fn sent(&mut self, exchange: &Exchange) {
        let is_owners = ["b2_get_upload_part_url", "b2_finish_large_file", "b2_copy_part"]
            .contains(&exchange.operation);
        if !is_owners {
            return;
        }
        let body = serde_json::from_slice::<Value>(&exchange.body).expect("JSON");
        let file =
            body.get("largeFileId").unwrap_or_else(|| &body["fileId"]).as_str().expect("a file");
        let owner = self.0.entry(file.to_owned()).or_insert(exchange.who);
        // Those of an earlier life are dead.
        let is_other = owner.life == exchange.who.life && *owner != exchange.who;
        assert!(!is_other, "S9: {owner:?} and {:?} send parts of one file", exchange.who);
        *owner = exchange.who;
    }

    /// A job has ended: another one may go on with what it has left.
    pub(crate) fn ended(&mut self, who: Who) {
        self.0.retain(|_, owner| *owner != who);
    }
}
