//! Transfers over real sockets: each driver beside a floor.
//!
//! The floor moves the same bytes with the best-known HTTP library of the runtime at the same
//! concurrency, and does nothing else: no retries, no journal, no temporary files, no limits.
//! Server and client are processes of their own, so that what each of them uses can be told apart.

pub mod blocking_floor;
pub mod blocking_ours;
pub mod files;
pub mod floor;
pub mod ours;
pub mod run;
pub mod server;
pub mod smol_floor;
pub mod smol_ours;
pub mod stream;
pub mod sync;

use crate::process::Usage;
use files::Small;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use sync::First;

/// Anything that can go wrong in a measurement ends it.
pub type Failure = Box<dyn core::error::Error + Send + Sync>;

/// What is moved.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Job {
    /// One large file, in parts.
    UploadLarge,
    /// The same, read once only, so without a SHA-1 of the whole.
    UploadOnce,
    /// As many bytes from a reader whose end nobody knows. Floors have no such thing.
    UploadStream,
    /// The file back, in ranges, with nothing to compare it with.
    DownloadLarge,
    /// The same, with the digests that an upload notes.
    DownloadNoted,
    /// Many small files, each in one request.
    UploadSmall,
    /// The same files back.
    DownloadSmall,
    /// The small files into an empty folder of the bucket, by a sync. The floor uploads them.
    SyncUp,
    /// Into an empty folder, by a sync. The floor downloads them.
    SyncDown,
    /// A sync of what is in step already. Floors have no such thing.
    SyncAgain,
}

impl Job {
    /// Whether one large file is moved.
    pub const fn is_large(self) -> bool {
        matches!(
            self,
            Self::UploadLarge
                | Self::UploadOnce
                | Self::UploadStream
                | Self::DownloadLarge
                | Self::DownloadNoted
        )
    }

    /// Whether the small files have to be in the bucket, in step with the folder.
    pub const fn needs_tree(self) -> bool {
        matches!(self, Self::SyncDown | Self::SyncAgain)
    }

    /// Whether the large file has to be there.
    pub const fn needs_file(self) -> bool {
        self.is_large() && !matches!(self, Self::UploadStream)
    }
}

/// Who moves it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Client {
    /// The plainest loop.
    Floor,
    /// The tokio driver.
    Ours,
    /// The plainest loop with hyper on smol.
    SmolFloor,
    /// The smol driver.
    Smol,
    /// The plainest loop with ureq and threads.
    BlockingFloor,
    /// The blocking driver.
    Blocking,
}

impl Client {
    /// The floor it is compared with; a floor is its own.
    pub const fn floor(self) -> Self {
        match self {
            Self::Floor | Self::Ours => Self::Floor,
            Self::SmolFloor | Self::Smol => Self::SmolFloor,
            Self::BlockingFloor | Self::Blocking => Self::BlockingFloor,
        }
    }

    /// Whether it can do `job`.
    pub fn does(self, job: Job) -> bool {
        !matches!(job, Job::UploadStream | Job::SyncAgain) || self.floor() != self
    }
}

/// One measurement, as it is given to the process that makes it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Task {
    /// Who.
    pub client: Client,
    /// What.
    pub job: Job,
    /// The service's URL.
    pub url: String,
    /// The application key's ID.
    pub key_id: String,
    /// The application key; good for the simulator only.
    pub key: String,
    /// The bucket's name.
    pub bucket: String,
    /// Where the files are: see [`files`].
    pub folder: PathBuf,
    /// Length of the large file, in bytes.
    pub large_len: u64,
    /// The small files.
    pub small: Small,
    /// The folder of the bucket that they are in.
    pub prefix: String,
    /// Requests at the same time.
    pub lanes: usize,
}

/// What a measurement gives.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Figures {
    /// Seconds from the login to the last answer.
    pub wall_s: f64,
    /// Seconds on a core meanwhile.
    pub cpu_s: f64,
    /// Most memory of the process at once, in bytes.
    pub rss_bytes_max: u64,
    /// Seconds from the login until the first file of a sync was there.
    pub first_s: Option<f64>,
}

impl Task {
    /// Does it in this process.
    ///
    /// # Errors
    /// When a request fails or a file cannot be used.
    pub fn perform(&self) -> Result<Figures, Failure> {
        let tokio = || tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let before = Usage::own()?.cpu_s;
        let first = First::default();
        let start = std::time::Instant::now();
        match self.client {
            Client::Floor => tokio()?.block_on(floor::perform(self))?,
            Client::Ours => tokio()?.block_on(ours::perform(self, &first))?,
            Client::SmolFloor => smol::block_on(smol_floor::perform(self))?,
            Client::Smol => smol::block_on(smol_ours::perform(self, &first))?,
            Client::BlockingFloor => blocking_floor::perform(self)?,
            Client::Blocking => blocking_ours::perform(self, &first)?,
        }
        let wall_s = start.elapsed().as_secs_f64();
        let usage = Usage::own()?;
        Ok(Figures {
            wall_s,
            cpu_s: usage.cpu_s - before,
            rss_bytes_max: usage.rss_bytes_max,
            first_s: first.since_s(start),
        })
    }
}
