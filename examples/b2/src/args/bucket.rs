//! `b2 bucket …`

use std::collections::BTreeMap;

use b2_proto::model::{
    BucketType, CorsRule, LifecycleRule, ReplicationConfiguration, RetentionPeriod,
};
use clap::{Args, Subcommand};

use super::{NotificationCommand, uri, values};

#[derive(Subcommand, Debug)]
pub(crate) enum BucketCommand {
    /// Makes a bucket and prints its ID
    Create(CreateArgs),
    /// Prints a bucket's settings
    Get(GetArgs),
    /// Prints ID, type and name of all buckets
    List(ListArgs),
    /// Changes settings of a bucket and prints all of them
    Update(UpdateArgs),
    /// Deletes an empty bucket
    Delete(NameArgs),
    /// Prints a token that lets others download files
    #[command(alias = "get_download_auth")]
    GetDownloadAuth(DownloadAuthArgs),
    /// Lists and changes the rules that tell a web server what happens in a bucket
    #[command(subcommand)]
    NotificationRule(NotificationCommand),
}

#[derive(Args, Debug)]
pub(crate) struct NameArgs {
    /// The bucket
    #[arg(value_name = "bucketName", value_parser = uri::bucket_name)]
    pub(crate) name: String,
}

#[derive(Args, Debug)]
pub(crate) struct GetArgs {
    #[command(flatten)]
    pub(crate) bucket: NameArgs,
    /// Counts files and bytes, which takes a listing of everything
    #[arg(long)]
    pub(crate) show_size: bool,
}

#[derive(Args, Debug)]
pub(crate) struct ListArgs {
    /// Prints everything about them as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct CreateArgs {
    #[command(flatten)]
    pub(crate) bucket: NameArgs,
    /// Who may read: everybody or holders of a key
    #[arg(value_name = "bucketType", value_parser = ["allPublic", "allPrivate"])]
    pub(crate) bucket_type: String,
    #[command(flatten)]
    pub(crate) settings: BucketSettings,
}

#[derive(Args, Debug)]
pub(crate) struct UpdateArgs {
    #[command(flatten)]
    pub(crate) bucket: NameArgs,
    /// Who may read: everybody or holders of a key
    #[arg(value_name = "bucketType", value_parser = ["allPublic", "allPrivate"])]
    pub(crate) bucket_type: Option<String>,
    #[command(flatten)]
    pub(crate) settings: BucketSettings,
    /// How new files are protected unless their upload says otherwise
    #[arg(long, value_name = "MODE", value_parser = ["compliance", "governance", "none"])]
    pub(crate) default_retention_mode: Option<String>,
    /// For how long: `7 days`, `1 years`
    #[arg(long, value_name = "PERIOD", value_parser = values::retention_period)]
    pub(crate) default_retention_period: Option<RetentionPeriod>,
}

impl UpdateArgs {
    pub(crate) fn bucket_type(&self) -> Option<BucketType> {
        self.bucket_type.as_deref().map(BucketType::from)
    }
}

/// What both create and update can set.
#[derive(Args, Debug)]
pub(crate) struct BucketSettings {
    /// Notes on the bucket, a JSON object; replaces those there are
    #[arg(long, value_name = "JSON", value_parser = values::json_map)]
    pub(crate) bucket_info: Option<BTreeMap<String, String>>,
    /// CORS rules, a JSON list; replaces those there are
    #[arg(long, value_name = "JSON", value_parser = values::json::<Rules<CorsRule>>)]
    pub(crate) cors_rules: Option<Rules<CorsRule>>,
    /// Lets files be locked; cannot be taken back
    #[arg(long)]
    pub(crate) file_lock_enabled: bool,
    /// Replication, a JSON object
    #[arg(long, value_name = "JSON", value_parser = values::json::<ReplicationConfiguration>)]
    pub(crate) replication: Option<ReplicationConfiguration>,
    /// Encrypts new files unless their upload says otherwise
    #[arg(long, value_name = "MODE", value_parser = ["SSE-B2", "none"])]
    pub(crate) default_server_side_encryption: Option<String>,
    #[arg(long, value_parser = ["AES256"], default_value = "AES256", hide = true)]
    pub(crate) default_server_side_encryption_algorithm: String,
    /// A lifecycle rule, a JSON object; all of them together replace those there are
    #[arg(long, value_name = "JSON", value_parser = values::json::<LifecycleRule>)]
    pub(crate) lifecycle_rule: Vec<LifecycleRule>,
    /// The lifecycle rules, a JSON list
    #[arg(
        long,
        hide = true,
        value_parser = values::json::<Rules<LifecycleRule>>,
        conflicts_with = "lifecycle_rule"
    )]
    pub(crate) lifecycle_rules: Option<Rules<LifecycleRule>>,
}

/// A list in one argument; the parser takes a bare `Vec` for repeated arguments.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(transparent)]
pub(crate) struct Rules<T>(pub(crate) Vec<T>);

#[derive(Args, Debug)]
pub(crate) struct DownloadAuthArgs {
    #[command(flatten)]
    pub(crate) bucket: NameArgs,
    /// Only for files whose names begin so
    #[arg(long, default_value = "")]
    pub(crate) prefix: String,
    /// For so many seconds
    #[arg(long, default_value_t = 86_400)]
    pub(crate) duration: u32,
}
