//! What the drivers show to their users, said once.
//!
//! Drivers have the same names, options and errors, with `async` and `.await` or without. What is
//! a value is in here as it is ([`Settings`], [`UploadSpec`], [`DownloadSpec`], [`CopySpec`],
//! [`SynthesisSpec`]); types and their methods are written by macros into each driver:
//!
//! | macro | writes |
//! | --- | --- |
//! | [`client_face!`](crate::client_face) | the methods of `Client` that are operations |
//! | `async_client_face!` (feature `async`) | the same, and what a client does with its flow |
//! | [`builder_face!`](crate::builder_face) | the settings of `ClientBuilder` |
//! | [`bucket_face!`](crate::bucket_face) | `Bucket` |
//! | [`source_face!`](crate::source_face) | `Source`, but for chunks |
//! | [`upload_face!`](crate::upload_face) | `UploadBuilder` |
//! | [`blocks_face!`](crate::blocks_face) | `BlockUploadBuilder`: the steps, in order |
//! | [`download_face!`](crate::download_face) | `DownloadBuilder`, but for downloads to writers |
//! | [`copy_face!`](crate::copy_face) | `CopyBuilder` |
//! | [`synthesis_face!`](crate::synthesis_face) | `SynthesisBuilder` and `Intent` |
//! | [`sync_face!`](crate::sync_face) | `SyncBuilder` |
//! | [`job_face!`](crate::job_face) | `JobBuilder`, for any machine |
//! | [`verify_face!`](crate::verify_face) | `VerifyBuilder` and `Verification` |
//!
//! A driver says `bucket_face!(async await);` or `bucket_face!();`. A macro that writes a builder
//! takes the example of its page as well, which then runs as a test of that driver:
//!
//! ```text
//! b2_local::upload_face! {
//!     /// ```
//!     /// photos.upload("2026/a.jpg", path).await?;
//!     /// ```
//!     async await
//! }
//! ```
//!
//! What these need of their driver are methods of the driver's own `Client`. For an asynchronous
//! one `async_client_face!` writes all of them; one that blocks has them itself, as in
//! `drivers/blocking/src/client.rs`:
//!
//! | method | what |
//! | --- | --- |
//! | `run`, `list`, `authorize` | for users: operations, those with pages, and the login |
//! | `flow` | the engine: its `hub` and its `claims` |
//! | `settings` | what the client was made with |
//! | `place` | waits until a job may begin, and is what that job begins with |
//! | `open` | opens a source |
//! | `carry_out` | runs a machine with what it reads and writes |
//! | `perform` | the same for one that does neither |
//! | `save_to`, `to_sink`, `to_bytes` | downloads |
//! | `rows` | a listing of paths that are selected |
//! | `apart`, `apart_until_given_up` | does what waits for a disk where that is allowed |
//! | `ask_store` | asks the account store, where that is allowed too |
//!
//! So an operation that the core gains is a method of all drivers by a few lines here, and a job
//! with options is one macro here and its example in each driver.

use std::sync::{Arc, Mutex, PoisonError};

use b2_proto::machine::Progress;

use crate::hub::News;
use crate::job::Listener;

mod blocks;
mod bucket;
mod bucket_listing;
mod bucket_locks;
mod bucket_rules;
mod builder;
mod client;
mod copy;
mod download;
mod file;
mod held_sink;
mod intent;
mod job;
mod machine;
mod parts;
mod replication;
mod settings;
mod source;
mod sync;
mod sync_options;
mod synthesis;
#[doc(hidden)]
pub mod types;
mod upload;
mod verify;
mod words;

pub use blocks::{BlockPlan, BlockUploaded, BlocksRead, Sent, reading};
pub use copy::{CopySpec, copied_len};
pub use download::{BytesResult, DownloadJob, DownloadResult, DownloadSpec};
pub use held_sink::HeldSink;
pub use settings::{IDLE_TIMEOUT, Settings, TIMEOUT_MAX, at_most};
pub use sync::SyncSpec;
pub use synthesis::{OnProgress, OnStarted, SynthesisSpec, built_len, no_plan, told_both};
pub use upload::{UploadJob, UploadSpec, sent_len};

/// A listener for progress alone.
pub fn progress_listener(listener: impl Fn(Progress) + Send + 'static) -> Listener {
    Box::new(move |news| {
        if let News::Progress(progress) = news {
            listener(progress);
        }
    })
}

/// A listener, twice.
pub type Twice = (Option<Listener>, Option<Listener>);

/// The same listener for two jobs, one after the other.
pub fn told_twice(listener: Option<Listener>) -> Twice {
    let Some(listener) = listener else { return (None, None) };
    let shared = Arc::new(Mutex::new(listener));
    let told = || -> Listener {
        let shared = shared.clone();
        Box::new(move |news| shared.lock().unwrap_or_else(PoisonError::into_inner)(news))
    };
    (Some(told()), Some(told()))
}

/// Most lanes of a job.
pub const LANES_MAX: u16 = 64;

const _: () = assert!(LANES_MAX as usize == b2_proto::machine::LANES_MAX);
