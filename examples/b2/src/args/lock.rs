//! Options about retention, legal holds and what they keep from being deleted.

use clap::Args;

use super::encryption::SourceArgs;
use super::file::FileArgs;
use super::values;

/// Locks of a new file.
#[derive(Args, Debug)]
pub(crate) struct LockArgs {
    /// Protects the file until --retain-until
    #[arg(long, value_name = "MODE", value_parser = ["compliance", "governance"])]
    pub(crate) file_retention_mode: Option<String>,
    /// Seconds or milliseconds since 1970
    #[arg(long, value_name = "TIME", value_parser = values::timestamp_ms)]
    pub(crate) retain_until: Option<u64>,
    /// Protects the file until this is turned off
    #[arg(long, value_parser = ["on", "off"])]
    pub(crate) legal_hold: Option<String>,
}

/// Locks of a stored file.
#[derive(Args, Debug)]
pub(crate) struct FileUpdateArgs {
    #[command(flatten)]
    pub(crate) file: FileArgs,
    /// Protects the file until --retain-until, or not any more
    #[arg(long, value_name = "MODE", value_parser = ["compliance", "governance", "none"])]
    pub(crate) file_retention_mode: Option<String>,
    /// Seconds or milliseconds since 1970
    #[arg(long, value_name = "TIME", value_parser = values::timestamp_ms)]
    pub(crate) retain_until: Option<u64>,
    /// Protects the file until this is turned off
    #[arg(long, value_parser = ["on", "off"])]
    pub(crate) legal_hold: Option<String>,
    /// Shortens or ends governance retention; takes a key that may
    #[arg(long)]
    pub(crate) bypass_governance: bool,
    #[command(flatten)]
    pub(crate) encryption: SourceArgs,
}
