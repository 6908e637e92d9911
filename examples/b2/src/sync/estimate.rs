//! What a sync takes: calls by class, bytes, and what that costs by a table of prices.

use core::fmt;
use std::path::Path;

use b2_local::sync::{Action, Item, Place};
use b2_proto::plan::sync::Work;
use b2_proto::policy::meter::Meter;
use serde::Deserialize;

use crate::failure::Failure;
use crate::output::count;

/// The longest file that is copied in one call.
const COPY_LEN_MAX: u64 = 5_000_000_000;
/// A further range is downloaded for each so many bytes.
const LANE_LEN: u64 = 100 << 20;

/// Prices in any currency; what is not in the table costs nothing.
#[derive(Deserialize, Clone, PartialEq, Debug, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct Prices {
    /// Of ten thousand transactions of class B.
    pub(super) class_b_per_10000: f64,
    /// Of a thousand transactions of class C.
    pub(super) class_c_per_1000: f64,
    /// Of a billion bytes downloaded.
    pub(super) download_per_gb: f64,
    /// Of a billion bytes stored for a month.
    pub(super) storage_per_gb_month: f64,
    /// Written behind amounts.
    pub(super) currency: String,
}

impl Prices {
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let failed = |error: &dyn fmt::Display| {
            Failure::message(format_args!("{} is no table of prices: {error}", path.display()))
        };
        let text = std::fs::read_to_string(path).map_err(|error| failed(&error))?;
        serde_json::from_str(&text).map_err(|error| failed(&error))
    }
}

/// How files go up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Uploads {
    /// Bytes of a part.
    pub(super) part_len: u64,
    /// By blocks, longer files have a manifest.
    pub(super) blocks_min: Option<u64>,
}

/// Transactions and bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Takes {
    pub(super) class_a: u64,
    pub(super) class_b: u64,
    pub(super) class_c: u64,
    pub(super) bytes_up: u64,
    pub(super) bytes_down: u64,
    /// Bytes that are stored then, besides what is replaced or deleted.
    pub(super) bytes_stored: u64,
}

impl Takes {
    /// Adds what an action will take if nothing goes wrong.
    pub(super) fn add(&mut self, action: &Action, ends: (&Place, &Place), uploads: Uploads) {
        let (len, (source, destination)) = (action.content_len(), ends);
        let part_len = uploads.part_len;
        // At most: one call looks for several names that lie together.
        let is_looked_for = action.must_look && matches!(source, Place::Bucket { .. });
        self.class_c += u64::from(is_looked_for);
        match &action.work {
            Work::Transfer { source: Item::Local(_), base, .. } => {
                self.bytes_up += len;
                self.bytes_stored += len;
                // Whether there is something to go on from.
                self.class_c += u64::from(base.is_some() || len > part_len);
                self.class_a += match len > part_len {
                    true => len.div_ceil(part_len.max(1)) + 2,
                    false => 1,
                };
                if uploads.blocks_min.is_some_and(|min| len > min) {
                    // How the manifest is found, and the next one stored in its place.
                    self.class_c += 3;
                    self.class_b += u64::from(base.is_some());
                    self.class_a += 1 + u64::from(base.is_some());
                }
            }
            Work::Transfer { source: Item::Remote(_), .. }
                if matches!(destination, Place::Folder(_)) =>
            {
                self.bytes_down += len;
                self.class_b += len.div_ceil(LANE_LEN).max(1);
            }
            Work::Transfer { source: Item::Remote(_), .. } | Work::Rename { .. } => {
                self.bytes_stored += len;
                match len > COPY_LEN_MAX {
                    true => {
                        self.class_c += len.div_ceil(COPY_LEN_MAX) + 1;
                        self.class_a += 2;
                    }
                    false => self.class_c += 1,
                }
            }
            Work::Delete { entry: Item::Local(_), .. } => {}
            Work::Hide(_) | Work::Delete { entry: Item::Remote(_), .. } => self.class_a += 1,
        }
    }

    /// What was taken so far, as the client has counted it.
    pub(super) const fn counted(meter: &Meter) -> Self {
        Self {
            class_a: meter.class_a,
            class_b: meter.class_b,
            class_c: meter.class_c,
            bytes_up: meter.bytes_up,
            bytes_down: meter.bytes_down,
            bytes_stored: 0,
        }
    }

    /// What it costs, but for storage.
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    pub(super) fn cost(&self, prices: &Prices) -> f64 {
        self.class_b as f64 / 10_000.0 * prices.class_b_per_10000
            + self.class_c as f64 / 1_000.0 * prices.class_c_per_1000
            + self.bytes_down as f64 / 1e9 * prices.download_per_gb
    }

    /// What keeping the new bytes costs in a month.
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    pub(super) fn cost_of_storage(&self, prices: &Prices) -> f64 {
        self.bytes_stored as f64 / 1e9 * prices.storage_per_gb_month
    }
}

impl fmt::Display for Takes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} of class A, {} of class B, {} of class C; {} up, {} down",
            count(self.class_a, "call"),
            self.class_b,
            self.class_c,
            count(self.bytes_up, "byte"),
            self.bytes_down
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use b2_local::walk::FoundFile;
    use b2_proto::plan::sync::After;

    #[test]
    fn long_files_take_a_call_for_each_part() {
        let mut takes = Takes::default();
        let add = |takes: &mut Takes, len, blocks_min| {
            let source = Item::Local(FoundFile {
                name: "a".to_owned(),
                path: "a".into(),
                len,
                modified_ms: 0,
            });
            let work = Work::Transfer { source, base: None, is_new: true };
            let (id, after) = (0, After::NOTHING);
            let action = Action { id, after, work, must_look: false, after_transfers: false };
            let ends = (&Place::Folder("f".into()), &Place::in_bucket("b", ""));
            takes.add(&action, ends, Uploads { part_len: 100, blocks_min });
        };
        [10, 250].into_iter().for_each(|len| add(&mut takes, len, None));
        assert_eq!((takes.class_a, takes.class_c, takes.bytes_up), (6, 1, 260));
        let prices = Prices { class_c_per_1000: 4.0, ..Prices::default() };
        assert!((takes.cost(&prices) - 0.004).abs() < 1e-9);
        let mut takes = Takes::default();
        [10, 50].into_iter().for_each(|len| add(&mut takes, len, Some(10)));
        assert_eq!((takes.class_a, takes.class_b, takes.class_c), (3, 0, 3), "one manifest");
    }
}
