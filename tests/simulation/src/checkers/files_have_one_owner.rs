//! S9: no two jobs go on with the same large file at the same time.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::exchange::Exchange;
use crate::who::Who;

/// Whose large files are.
#[derive(Debug, Default)]
pub(crate) struct Owners(BTreeMap<String, Who>);

impl Owners {
    /// Parts and the end of a file are asked for by whoever owns it, and nobody else cancels it.
    pub(crate) fn sent(&mut self, exchange: &Exchange) {
        let is_owners = ["b2_get_upload_part_url", "b2_finish_large_file", "b2_copy_part"]
            .contains(&exchange.operation);
        let is_end = exchange.operation == "b2_cancel_large_file";
        if !is_owners && !is_end {
            return;
        }
        let body = serde_json::from_slice::<Value>(&exchange.body).expect("JSON");
        let file =
            body.get("largeFileId").unwrap_or_else(|| &body["fileId"]).as_str().expect("a file");
        // Those of an earlier life are dead.
        let is_other = |owner: &Who| owner.life == exchange.who.life && *owner != exchange.who;
        let other = self.0.get(file).filter(|owner| is_other(owner));
        assert!(other.is_none(), "S9: {other:?} and {:?} work on one file", exchange.who);
        if is_owners {
            self.0.insert(file.to_owned(), exchange.who);
        }
    }

    /// A job has ended: another one may go on with what it has left.
    pub(crate) fn ended(&mut self, who: Who) {
        self.0.retain(|_, owner| *owner != who);
    }
}
