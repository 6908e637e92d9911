//! Replication from one bucket to another: setting it up, and how far it is (behaviour i).
//!
//! Nothing here asks the service. [`SetUp`] says step by step what to ask and to change, because
//! the two buckets may belong to different accounts; [`Pairing`] and [`Report`] take listings of
//! both buckets and count what they show.
//!
//! ```
//! use b2_proto::model::{Bucket, BucketType, Guarded, Key};
//! use b2_proto::plan::replication::{Options, SetUp, Side, Step};
//!
//! let mut from = Bucket::new("account", "8d62", "photos", BucketType::AllPrivate);
//! let mut to = Bucket::new("account", "8d63", "photos-east", BucketType::AllPrivate);
//! from.replication_configuration = Guarded::Readable(None);
//! to.replication_configuration = Guarded::Readable(None);
//! let mut setup = SetUp::new(&from, &to, Options::default())?;
//! let mut lines = Vec::new();
//! loop {
//!     match setup.step() {
//!         Step::LookUp(_, _) => setup.found(None),
//!         Step::Create(side, key) => {
//!             lines.push(format!("{side:?}: make the key {}", key.key_name));
//!             setup.created(&Key::new("account", format!("{side:?}-key"), key.key_name));
//!         }
//!         Step::Update(side, _) => {
//!             lines.push(format!("{side:?}: change the bucket"));
//!             setup.updated();
//!         }
//!         Step::Done(rule) => {
//!             let name = rule.replication_rule_name.as_str();
//!             assert_eq!((name, rule.priority), ("photos-east", 128));
//!             break;
//!         }
//!     }
//! }
//! let want = [
//!     "Source: make the key photos-replisrc",
//!     "Destination: make the key photos-east-replidst",
//!     "Destination: change the bucket",
//!     "Source: change the bucket",
//! ];
//! assert_eq!(lines, want);
//! # Ok::<(), b2_proto::error::Error>(())
//! ```

mod pairing;
mod record;
mod rules;
mod setup;

pub use pairing::{Pairing, Turn};
pub use record::{Group, Record, Report};
pub use rules::{PRIORITY_FIRST, PRIORITY_MAX, PRIORITY_STEP, find, switched, without};
pub use setup::{Options, SetUp, Side, Step};
