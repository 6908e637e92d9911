//! What the drivers show to their users, said once.
//!
//! Drivers have the same names, options and errors, with `async` and `.await` or without. What is
//! a value is in here as it is ([`Settings`], [`UploadSpec`], [`DownloadSpec`], [`CopySpec`],
//! [`SynthesisSpec`]); methods are written by macros into each driver's own types:
//!
//! | macro | writes |
//! | --- | --- |
//! | [`client_face!`](crate::client_face) | the methods of `Client` that are operations |
//! | `async_client_face!` (feature `async`) | the same, and what a client does with its flow |
//! | [`bucket_face!`](crate::bucket_face) | `Bucket` |
//! | [`builder_face!`](crate::builder_face) | the settings of `ClientBuilder` |
//! | [`upload_face!`](crate::upload_face), [`download_face!`](crate::download_face) | the options of both |
//! | [`blocks_face!`](crate::blocks_face) | uploads by blocks: the steps, in order |
//! | [`file_face!`](crate::file_face) | what a new file is to be, of uploads and of built files |
//! | [`copy_face!`](crate::copy_face) | those of copies |
//! | [`intent_face!`](crate::intent_face) | bytes at a place of such a file, and what takes a list of them |
//! | [`synthesis_face!`](crate::synthesis_face) | those of files built of local data and stored ones |
//! | [`verify_face!`](crate::verify_face) | comparing a folder with a bucket |
//! | [`sync_face!`](crate::sync_face) | `SyncBuilder` |
//! | [`source_face!`](crate::source_face) | what can become a `Source` |
//!
//! A driver says `client_face!(async await);` or `client_face!();`. An operation that the core
//! gains becomes a method of all drivers by a few lines here.

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

pub use blocks::{BlockPlan, BlockUploaded, BlocksRead, Sent, built_len, reading, sent_len};
pub use copy::CopySpec;
pub use download::{DownloadJob, DownloadResult, DownloadSpec};
pub use held_sink::HeldSink;
pub use settings::Settings;
pub use sync::SyncSpec;
pub use synthesis::{OnProgress, OnStarted, SynthesisSpec, no_plan};
pub use upload::{UploadJob, UploadSpec};

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
