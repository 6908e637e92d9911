//! Comparing a folder with a bucket.
//!
//! ```
//! # use b2_sim::server::{Server, ServerConfig};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let server = Server::start(ServerConfig::default())?;
//! # let client = b2_blocking::Client::builder()
//! #     .credentials(server.key_id(), server.key())
//! #     .realm(server.url())
//! #     .build()?;
//! # use b2_proto::{model::BucketType, op::CreateBucket};
//! # let bucket = CreateBucket::new("photos", BucketType::AllPrivate);
//! # let photos = client.create_bucket(bucket)?;
//! # let temporary = tempfile::tempdir()?;
//! # let folder = temporary.path().join("holiday");
//! # std::fs::create_dir(&folder)?;
//! # std::fs::write(folder.join("a.jpg"), "a picture")?;
//! # std::fs::write(folder.join("b.jpg"), "another one")?;
//! photos.upload("2026/a.jpg", folder.join("a.jpg")).send()?;
//!
//! let mut verification = photos.verify(&folder).prefix("2026/").start();
//! while let Some(found) = verification.next()? {
//!     println!("{}: {:?}", found.finding.path, found.finding.verdict);
//! }
//! let totals = verification.totals();
//! assert_eq!((totals.proven, totals.only_here, totals.lost_bytes), (1, 1, 11));
//! # Ok(()) }
//! ```

use crate::bucket::Bucket;
use crate::listing::Listing;

b2_local::verify_face!();
