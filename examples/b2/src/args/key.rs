//! `b2 key …`

use clap::{ArgGroup, Args, Subcommand};

use super::uri;

#[derive(Subcommand, Debug)]
pub(crate) enum KeyCommand {
    /// Makes an application key; prints its ID and the key, which cannot be read again later
    Create(KeyCreateArgs),
    /// Lists the application keys of the account
    List(KeyListArgs),
    /// Deletes an application key
    Delete(KeyDeleteArgs),
}

#[derive(Args, Debug)]
#[command(
    group = ArgGroup::new("rights").required(true),
    override_usage = "b2 key create [OPTIONS] <keyName> <capabilities|--all-capabilities>"
)]
pub(crate) struct KeyCreateArgs {
    /// A name for the key
    #[arg(value_name = "keyName")]
    pub(crate) name: String,
    /// What it may do, separated by commas: `listFiles,readFiles`
    #[arg(value_name = "capabilities", group = "rights")]
    pub(crate) capabilities: Option<String>,
    /// Everything the present key may do
    #[arg(long, group = "rights")]
    pub(crate) all_capabilities: bool,
    /// Only in this bucket; can be repeated
    #[arg(long, value_name = "NAME", value_parser = uri::bucket_name)]
    pub(crate) bucket: Vec<String>,
    /// Only for files whose names begin so
    #[arg(long, value_name = "PREFIX")]
    pub(crate) name_prefix: Option<String>,
    /// For so many seconds
    #[arg(long, value_name = "SECONDS")]
    pub(crate) duration: Option<u32>,
}

#[derive(Args, Debug)]
pub(crate) struct KeyListArgs {
    /// Also tells buckets, expiry, prefix and capabilities
    #[arg(short, long)]
    pub(crate) long: bool,
}

#[derive(Args, Debug)]
pub(crate) struct KeyDeleteArgs {
    /// ID of the key
    #[arg(value_name = "applicationKeyId")]
    pub(crate) key_id: String,
}
