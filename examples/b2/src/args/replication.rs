//! `b2 replication …`

use clap::{Args, Subcommand, value_parser};

use super::uri;

#[derive(Subcommand, Debug)]
pub(crate) enum ReplicationCommand {
    /// Lets the service copy new versions of a bucket to another; makes the keys it takes
    Setup(Box<SetupArgs>),
    /// Counts how far the service is
    Status(Box<StatusArgs>),
    /// Lets a rule rest
    Pause(ReplicationRuleArgs),
    /// Lets a rule work again
    Unpause(ReplicationRuleArgs),
    /// Takes a rule away; what was copied stays
    Delete(ReplicationRuleArgs),
}

#[derive(Args, Debug)]
pub(crate) struct SetupArgs {
    /// The bucket that is copied
    #[arg(value_name = "sourceBucketName", value_parser = uri::bucket_name)]
    pub(crate) source: String,
    /// The bucket the copies go to
    #[arg(value_name = "destinationBucketName", value_parser = uri::bucket_name)]
    pub(crate) destination: String,
    /// The stored login of the destination's account; the source's unless given
    #[arg(long, value_name = "NAME")]
    pub(crate) destination_profile: Option<String>,
    /// A name for the rule; that of the destination bucket unless given
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// The rule with the higher number wins; above all others unless given
    #[arg(long, value_name = "NUMBER", value_parser = value_parser!(u32).range(1..=0x7fff_ffff))]
    pub(crate) priority: Option<u32>,
    /// Only files whose names begin so
    #[arg(long, value_name = "PREFIX", default_value = "", hide_default_value = true)]
    pub(crate) file_name_prefix: String,
    /// Also versions that are there already
    #[arg(long)]
    pub(crate) include_existing_files: bool,
}

#[derive(Args, Debug)]
pub(crate) struct ReplicationRuleArgs {
    /// The bucket that is copied
    #[arg(value_name = "sourceBucketName", value_parser = uri::bucket_name)]
    pub(crate) source: String,
    /// The name of the rule
    #[arg(value_name = "ruleName")]
    pub(crate) rule: String,
}

#[derive(Args, Debug)]
pub(crate) struct StatusArgs {
    /// The bucket that is copied
    #[arg(value_name = "sourceBucketName", value_parser = uri::bucket_name)]
    pub(crate) source: String,
    /// Only this rule
    #[arg(long, value_name = "NAME")]
    pub(crate) rule: Option<String>,
    /// The stored login of the destination's account; the source's unless given
    #[arg(long, value_name = "NAME")]
    pub(crate) destination_profile: Option<String>,
    /// Looks at the source alone
    #[arg(long)]
    pub(crate) dont_scan_destination: bool,
    /// How it is printed
    #[arg(long, value_name = "FORMAT", value_parser = ["console", "json", "csv"],
        default_value = "console")]
    pub(crate) output_format: String,
    /// Accepted and without effect: there is no progress to show
    #[arg(long, hide_short_help = true)]
    pub(crate) no_progress: bool,
    /// Only these columns, separated by commas
    #[arg(long, value_name = "COLUMNS", value_parser = columns)]
    pub(crate) columns: Option<Columns>,
}

/// Names of columns.
#[derive(Clone, Debug)]
pub(crate) struct Columns(pub(crate) Vec<String>);

#[expect(clippy::unnecessary_wraps, reason = "the form of the parser")]
fn columns(text: &str) -> Result<Columns, String> {
    Ok(Columns(text.split(',').map(|name| name.trim().replace(' ', "_")).collect()))
}
