//! `b2 file hide`, its opposite, and what deletes a single version.

use clap::Args;

use super::file::FileArgs;

#[derive(Args, Debug)]
pub(crate) struct HideArgs {
    #[command(flatten)]
    pub(crate) file: FileArgs,
}

#[derive(Args, Debug)]
pub(crate) struct UnhideArgs {
    #[command(flatten)]
    pub(crate) file: FileArgs,
    /// Also if governance retention protects the hide marker; takes a key that may
    #[arg(long)]
    pub(crate) bypass_governance: bool,
}

/// `[fileName] fileId`.
#[derive(Args, Debug)]
pub(crate) struct DeleteVersionArgs {
    /// The name of the file; looked up when it is left out
    #[arg(value_name = "fileName")]
    pub(crate) first: String,
    /// The version to delete
    #[arg(value_name = "fileId")]
    pub(crate) second: Option<String>,
    /// Also if governance retention protects it; takes a key that may
    #[arg(long)]
    pub(crate) bypass_governance: bool,
}
