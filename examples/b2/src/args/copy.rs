//! `b2 file server-side-copy`

use clap::Args;

use super::encryption::{DestinationArgs, SourceArgs};
use super::file::{ContinueArgs, FileArgs, HeaderArgs};
use super::lock::LockArgs;
use super::uri::{self, FileUri};
use super::values;

#[derive(Args, Debug)]
pub(crate) struct CopyArgs {
    #[command(flatten)]
    pub(crate) source: FileArgs,
    /// Copies the version of the name that was visible then: seconds or milliseconds since 1970
    #[arg(long, value_name = "TIME", value_parser = values::timestamp_ms)]
    pub(crate) as_of: Option<u64>,
    /// b2://bucket/name
    #[arg(value_name = "destinationB2Uri", value_parser = uri::file)]
    pub(crate) target: FileUri,
    #[command(flatten)]
    pub(crate) options: CopyOptions,
}

#[derive(Args, Debug)]
pub(crate) struct CopyByIdArgs {
    /// The version to copy
    #[arg(value_name = "sourceFileId")]
    pub(crate) source: String,
    /// The bucket the copy goes to
    #[arg(value_name = "destinationBucketName", value_parser = uri::bucket_name)]
    pub(crate) bucket: String,
    /// Its name there
    #[arg(value_name = "b2FileName")]
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) options: CopyOptions,
}

/// What both commands share.
#[derive(Args, Debug)]
pub(crate) struct CopyOptions {
    /// Asks for the source's content type and file info, if they have to be written anew because
    /// of customer keys
    #[arg(long)]
    pub(crate) fetch_metadata: bool,
    /// MIME type in place of the source's; needs --info or --no-info
    #[arg(long, value_name = "TYPE")]
    pub(crate) content_type: Option<String>,
    /// Copies these bytes only, both included: `first,last`
    #[arg(long, value_name = "FIRST,LAST", value_parser = values::byte_range)]
    pub(crate) range: Option<(u64, u64)>,
    /// File info in place of the source's, `key=value`; can be repeated; needs --content-type
    #[arg(long, value_name = "KEY=VALUE", conflicts_with = "no_info")]
    pub(crate) info: Vec<String>,
    /// No file info in place of the source's; needs --content-type
    #[arg(long)]
    pub(crate) no_info: bool,
    #[command(flatten)]
    pub(crate) headers: HeaderArgs,
    #[command(flatten)]
    pub(crate) unfinished: ContinueArgs,
    #[arg(long, hide = true)]
    pub(crate) metadata_directive: Option<String>,
    #[command(flatten)]
    pub(crate) target: DestinationArgs,
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    #[command(flatten)]
    pub(crate) lock: LockArgs,
}
