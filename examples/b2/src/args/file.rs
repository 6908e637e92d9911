//! `b2 file …`

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::build::BuildArgs;
use super::copy::{CopyArgs, CopyByIdArgs};
use super::encryption::{DestinationArgs, SourceArgs};
use super::hide::{HideArgs, UnhideArgs};
use super::lock::{FileUpdateArgs, LockArgs};
use super::uri::{self, FileUri, Uri};

#[derive(Subcommand, Debug)]
pub(crate) enum FileCommand {
    /// Uploads a file
    Upload(Box<UploadArgs>),
    /// Builds a file of local files and of ranges of stored ones, which are copied on the server
    #[command(alias = "concatenate")]
    Build(Box<BuildArgs>),
    /// Downloads a file
    Download(DownloadArgs),
    /// Prints a file's content
    Cat(CatArgs),
    /// Prints what is known about a file, as JSON
    Info(InfoArgs),
    /// Changes retention and legal hold of a file
    Update(Box<FileUpdateArgs>),
    /// Prints the URL a file can be downloaded from
    Url(UrlArgs),
    /// Copies a file on the server, without moving its bytes here
    #[command(name = "server-side-copy", alias = "server_side_copy")]
    Copy(Box<CopyArgs>),
    /// Deprecated: use `b2 file server-side-copy`
    #[command(name = "copy-by-id", alias = "copy_by_id", hide = true)]
    CopyById(Box<CopyByIdArgs>),
    /// Hides a file: it looks deleted, and its versions stay
    Hide(HideArgs),
    /// Makes a hidden file visible again
    Unhide(UnhideArgs),
    /// Works with uploads of large files
    #[command(subcommand)]
    Large(LargeCommand),
    /// Works with the manifests of uploads by blocks (`upload --by-blocks`)
    #[command(subcommand)]
    Manifests(ManifestsCommand),
}

#[derive(Subcommand, Debug)]
pub(crate) enum ManifestsCommand {
    /// Deletes manifests of files of which no version is there any more
    Clean(ManifestsCleanArgs),
}

#[derive(Args, Debug)]
pub(crate) struct ManifestsCleanArgs {
    /// b2://bucket
    #[arg(value_name = "B2_URI", value_parser = uri::bucket)]
    pub(crate) bucket: String,
    /// Only names that begin like this
    #[arg(long, value_name = "PREFIX")]
    pub(crate) prefix: Option<String>,
    /// Tells what would be deleted, and deletes nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Subcommand, Debug)]
pub(crate) enum LargeCommand {
    /// Lists the parts of an unfinished large file
    Parts(PartsArgs),
    /// Works with large files whose upload was not finished
    #[command(subcommand)]
    Unfinished(UnfinishedCommand),
}

#[derive(Subcommand, Debug)]
pub(crate) enum UnfinishedCommand {
    /// Lists the unfinished large files of a bucket
    List(UnfinishedListArgs),
    /// Cancels an unfinished large file, or all of a bucket; their parts are deleted
    Cancel(UnfinishedCancelArgs),
    /// Cancels the unfinished large files of a bucket that are old, and tells what they held
    Clean(UnfinishedCleanArgs),
}

#[derive(Args, Debug)]
pub(crate) struct FileArgs {
    /// b2://bucket/name or b2id://file-id
    #[arg(value_name = "B2_URI", value_parser = uri::file)]
    pub(crate) file: FileUri,
}

#[derive(Args, Debug)]
pub(crate) struct InfoArgs {
    #[command(flatten)]
    pub(crate) file: FileArgs,
    #[command(flatten)]
    pub(crate) encryption: SourceArgs,
}

#[derive(Args, Debug)]
pub(crate) struct PartsArgs {
    /// b2id://file-id
    #[arg(value_name = "B2_URI", value_parser = uri::id)]
    pub(crate) file_id: String,
}

#[derive(Args, Debug)]
pub(crate) struct UnfinishedListArgs {
    /// b2://bucket
    #[arg(value_name = "B2_URI", value_parser = uri::bucket)]
    pub(crate) bucket: String,
}

#[derive(Args, Debug)]
pub(crate) struct UnfinishedCancelArgs {
    /// b2id://file-id or b2://bucket
    #[arg(value_name = "B2_URI", value_parser = uri::id_or_bucket)]
    pub(crate) uri: Uri,
}

#[derive(Args, Debug)]
pub(crate) struct UnfinishedCleanArgs {
    /// b2://bucket
    #[arg(value_name = "B2_URI", value_parser = uri::bucket)]
    pub(crate) bucket: String,
    /// Only those that were started before so many days
    #[arg(long, value_name = "DAYS", default_value_t = 7)]
    pub(crate) older_than_days: u32,
    /// Tells what would be cancelled, and cancels nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Args, Debug)]
pub(crate) struct UploadArgs {
    /// The bucket
    #[arg(value_name = "bucketName", value_parser = uri::bucket_name)]
    pub(crate) bucket_name: String,
    /// The local file; `-` reads standard input
    #[arg(value_name = "localFilePath")]
    pub(crate) local_path: PathBuf,
    /// Its name in the bucket
    #[arg(value_name = "b2FileName")]
    pub(crate) file_name: String,
    /// MIME type; the service derives it from the name unless given
    #[arg(long, value_name = "TYPE")]
    pub(crate) content_type: Option<String>,
    /// SHA-1 the file is known to have; the upload is refused if it has another
    #[arg(long, value_name = "HEX")]
    pub(crate) sha1: Option<String>,
    /// File info, `key=value`; can be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) info: Vec<String>,
    /// Another upload time than now, in milliseconds since 1970, for accounts that may
    #[arg(long, value_name = "MILLISECONDS")]
    pub(crate) custom_upload_timestamp: Option<u64>,
    #[command(flatten)]
    pub(crate) headers: HeaderArgs,
    /// Shortest part of a large file, in bytes
    #[arg(long, value_name = "BYTES")]
    pub(crate) min_part_size: Option<u64>,
    #[command(flatten)]
    pub(crate) unfinished: ContinueArgs,
    /// Copies what the service has of a file that has grown, and sends only the rest
    #[arg(long)]
    pub(crate) incremental_mode: bool,
    /// Copies what the newest version has of the file, wherever it is, and sends only the rest;
    /// keeps a manifest of its blocks for the next time, as NAME.b2blocks
    #[arg(long, conflicts_with_all = ["incremental_mode", "one_pass"])]
    pub(crate) by_blocks: bool,
    /// Tells what would be sent and copied, and uploads nothing
    #[arg(long, requires = "by_blocks")]
    pub(crate) dry_run: bool,
    /// Reads a large file only once, so that no SHA-1 of the whole is kept with it
    #[arg(long)]
    pub(crate) one_pass: bool,
    /// Uploads so many parts at the same time
    #[arg(long, value_name = "COUNT")]
    pub(crate) threads: Option<usize>,
    /// Shows no progress
    #[arg(long)]
    pub(crate) no_progress: bool,
    #[command(flatten)]
    pub(crate) encryption: DestinationArgs,
    #[command(flatten)]
    pub(crate) lock: LockArgs,
}

/// Whether an interrupted job is gone on with.
#[derive(Args, Debug)]
pub(crate) struct ContinueArgs {
    /// Continues this unfinished large file and no other
    #[arg(long, value_name = "FILE_ID", conflicts_with = "no_continue")]
    pub(crate) continue_from: Option<String>,
    /// Continues no unfinished large file, whatever fits
    #[arg(long)]
    pub(crate) no_continue: bool,
}

/// Headers of later downloads.
#[derive(Args, Debug)]
pub(crate) struct HeaderArgs {
    /// `Cache-Control` of downloads
    #[arg(long, value_name = "VALUE")]
    pub(crate) cache_control: Option<String>,
    /// `Content-Disposition` of downloads
    #[arg(long, value_name = "VALUE")]
    pub(crate) content_disposition: Option<String>,
    /// `Content-Encoding` of downloads
    #[arg(long, value_name = "VALUE")]
    pub(crate) content_encoding: Option<String>,
    /// `Content-Language` of downloads
    #[arg(long, value_name = "VALUE")]
    pub(crate) content_language: Option<String>,
    /// `Expires` of downloads
    #[arg(long, value_name = "VALUE")]
    pub(crate) expires: Option<String>,
}

impl HeaderArgs {
    /// Those given, by their keys in file info.
    pub(crate) fn info(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [
            ("b2-cache-control", &self.cache_control),
            ("b2-content-disposition", &self.content_disposition),
            ("b2-content-encoding", &self.content_encoding),
            ("b2-content-language", &self.content_language),
            ("b2-expires", &self.expires),
        ]
        .into_iter()
        .filter_map(|(key, value)| Some((key, value.as_deref()?)))
    }
}

#[derive(Args, Debug)]
pub(crate) struct DownloadArgs {
    #[command(flatten)]
    pub(crate) file: FileArgs,
    /// Where to: a file, a folder, or `-` for standard output
    #[arg(value_name = "localFileName")]
    pub(crate) local_path: PathBuf,
    /// Downloads so many ranges at the same time
    #[arg(long, value_name = "COUNT")]
    pub(crate) threads: Option<usize>,
    /// The same; the smaller number counts
    #[arg(long, value_name = "COUNT", hide_short_help = true)]
    pub(crate) max_download_streams_per_file: Option<usize>,
    /// Begins anew, whatever an interrupted download has left
    #[arg(long)]
    pub(crate) no_continue: bool,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
}

#[derive(Args, Debug)]
pub(crate) struct CatArgs {
    #[command(flatten)]
    pub(crate) file: FileArgs,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
}

/// Options of the reference that change nothing here.
#[derive(Args, Debug)]
pub(crate) struct AcceptedArgs {
    /// Accepted and without effect: how much is written at once follows from what arrives
    #[arg(long, value_name = "BYTES", hide_short_help = true)]
    pub(crate) write_buffer_size: Option<u64>,
    /// Accepted and without effect: digests are checked while bytes arrive, which costs no reading
    #[arg(long, hide_short_help = true)]
    pub(crate) skip_hash_verification: bool,
}

/// What all downloads share.
#[derive(Args, Debug)]
pub(crate) struct ReadingArgs {
    /// Shows no progress
    #[arg(long)]
    pub(crate) no_progress: bool,
    #[command(flatten)]
    pub(crate) accepted: AcceptedArgs,
    #[command(flatten)]
    pub(crate) encryption: SourceArgs,
}

#[derive(Args, Debug)]
pub(crate) struct UrlArgs {
    #[command(flatten)]
    pub(crate) file: FileArgs,
    /// Appends a token that allows the download
    #[arg(long)]
    pub(crate) with_auth: bool,
    /// The token is valid for so many seconds
    #[arg(long, default_value_t = 86_400, value_name = "SECONDS")]
    pub(crate) duration: u32,
}
