//! Uploads, copies and downloads as values.

use b2_local::sink::Sink;
use b2_proto::info::Override;
use b2_proto::machine::Progress;
use b2_proto::machine::copy::{NamedKey, TargetEncryption};
use b2_proto::machine::download::Downloaded;
use b2_proto::machine::large::Leftover;
use b2_proto::model::{CustomerKey, DownloadInfo, FileId, FileRetention};
use b2_proto::secret::Secret;
use b2_proto::wire::text::Sha1;
use core::ops::Range;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::sync::Arc;

use crate::stop::Stop;

/// Called with each news of a transfer.
pub type Listener = Box<dyn Fn(Progress) + Send + Sync>;

/// What any machine reads from and writes to.
#[derive(Default)]
pub struct JobIo {
    /// Sources by their numbers.
    pub sources: Vec<Vec<u8>>,
    /// Sinks by their numbers.
    pub sinks: Vec<Arc<dyn Sink>>,
    /// Told how far the job is.
    pub progress: Option<Listener>,
}

/// An upload. What is `None` or empty is not set.
#[derive(Default)]
#[expect(missing_docs, reason = "each field is the driver's method of that name")]
pub struct Upload {
    pub source: Source,
    pub content_type: Option<String>,
    pub info: Vec<(String, String)>,
    pub cache_control: Option<String>,
    pub content_disposition: Option<String>,
    pub content_encoding: Option<String>,
    pub content_language: Option<String>,
    pub expires: Option<String>,
    pub upload_timestamp_ms: Option<u64>,
    pub sha1: Option<Sha1>,
    pub modified_ms: Option<u64>,
    pub encryption: Option<TargetEncryption>,
    pub retention: Option<FileRetention>,
    pub legal_hold: Option<bool>,
    pub part_len: Option<u64>,
    pub lanes: Option<u16>,
    pub leftover: Leftover,
    pub continue_from: Option<String>,
    pub no_continue: bool,
    pub one_pass: bool,
    pub incremental: bool,
    pub by_blocks: bool,
    pub progress: Option<Listener>,
    /// Gives the upload up in the way the driver has for it.
    pub stop: Option<Stop>,
}

/// A copy on the server. What is `None` is not set.
#[expect(missing_docs, reason = "each field is the driver's method of that name")]
pub struct Copy {
    pub source: FileId,
    pub range: Option<Range<u64>>,
    pub source_key: Option<NamedKey>,
    pub content_type: Option<String>,
    pub info: Option<Vec<(String, String)>>,
    pub fetch_metadata: bool,
    pub encryption: Option<TargetEncryption>,
    pub retention: Option<FileRetention>,
    pub legal_hold: Option<bool>,
    pub part_len_max: Option<u64>,
    pub part_len_min: Option<u64>,
    pub lanes: Option<u16>,
    pub leftover: Leftover,
    pub progress: Option<Listener>,
}

impl Copy {
    /// A copy of this version, with nothing set.
    pub fn of(source: &FileId) -> Self {
        Self {
            source: source.clone(),
            range: None,
            source_key: None,
            content_type: None,
            info: None,
            fetch_metadata: false,
            encryption: None,
            retention: None,
            legal_hold: None,
            part_len_max: None,
            part_len_min: None,
            lanes: None,
            leftover: Leftover::Keep,
            progress: None,
        }
    }
}

/// Opens a reader of bytes from an offset on.
pub type Open = Box<dyn Fn(u64) -> io::Result<Box<dyn Read + Send>> + Send + Sync>;

/// Where an upload comes from.
pub enum Source {
    /// Bytes in memory.
    Bytes(Vec<u8>),
    /// A file.
    Path(PathBuf),
    /// Part of a file.
    PartOf(PathBuf, Range<u64>),
    /// So many bytes, which a function opens at any offset.
    Replay(u64, Open),
    /// What can be read once; its length in bytes.
    Reader(Box<dyn Read + Send>, u64),
    /// What can be read once and ends when it ends.
    Stream(Box<dyn Read + Send>),
}

/// A download. What is `None` is not set.
#[derive(Default)]
#[expect(missing_docs, reason = "each field is the driver's method of that name")]
pub struct Fetch {
    pub to: Target,
    pub range: Option<Range<u64>>,
    pub lanes: Option<u16>,
    pub lane_len_min: Option<u64>,
    pub customer_key: Option<CustomerKey>,
    pub token: Option<Secret>,
    pub expect_sha1: Option<Sha1>,
    pub override_header: Option<(Override, String)>,
    pub no_continue: bool,
    pub progress: Option<Listener>,
    /// Gives the download up in the way the driver has for it.
    pub stop: Option<Stop>,
}

/// Where a download goes.
pub enum Target {
    /// Memory, at most so many bytes.
    Bytes(usize),
    /// A file.
    Path(PathBuf),
    /// A writer, in order.
    Writer(Box<dyn Write + Send>),
    /// A sink, in any order.
    Sink(Arc<dyn Sink>),
}

/// What a download gave.
#[derive(Debug)]
pub struct Fetched {
    /// What the driver says about it.
    pub downloaded: Downloaded<DownloadInfo>,
    /// The bytes, when they went to memory.
    pub bytes: Vec<u8>,
}

impl From<(Downloaded<DownloadInfo>, Vec<u8>)> for Fetched {
    fn from((downloaded, bytes): (Downloaded<DownloadInfo>, Vec<u8>)) -> Self {
        Self { downloaded, bytes }
    }
}

impl From<Downloaded<DownloadInfo>> for Fetched {
    fn from(downloaded: Downloaded<DownloadInfo>) -> Self {
        Self { downloaded, bytes: Vec::new() }
    }
}

impl Default for Source {
    fn default() -> Self {
        Self::Bytes(Vec::new())
    }
}

impl Default for Target {
    /// Memory with room for every file of the suite.
    fn default() -> Self {
        Self::Bytes(64 << 20)
    }
}

impl From<Vec<u8>> for Source {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

impl From<&[u8]> for Source {
    fn from(bytes: &[u8]) -> Self {
        bytes.to_vec().into()
    }
}

impl<const LEN: usize> From<&[u8; LEN]> for Source {
    fn from(bytes: &[u8; LEN]) -> Self {
        bytes.to_vec().into()
    }
}

impl From<PathBuf> for Source {
    fn from(path: PathBuf) -> Self {
        Self::Path(path)
    }
}

/// An upload of that source, with nothing set.
impl<S: Into<Source>> From<S> for Upload {
    fn from(source: S) -> Self {
        Self { source: source.into(), ..Self::default() }
    }
}

impl core::fmt::Debug for Upload {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Upload").finish_non_exhaustive()
    }
}

impl core::fmt::Debug for Copy {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Copy").field("source", &self.source).finish_non_exhaustive()
    }
}

impl core::fmt::Debug for Fetch {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Fetch").finish_non_exhaustive()
    }
}
