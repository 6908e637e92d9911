//! `b2 bucket …` (spec 6.2).

use b2_proto::error::ApiCode;
use b2_proto::model::{
    Bucket as BucketInfo, BucketRetention, BucketType, CorsRule, EncryptionSetting, LifecycleRule,
};
use b2_proto::name;
use b2_proto::op::{CreateBucket, DeleteBucket, UpdateBucket};
use b2_tokio::Bucket;
use serde_json::Value;

use crate::args::{BucketCommand, BucketSettings, CreateArgs, UpdateArgs};
use crate::commands::notification;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{shape, table};

pub(crate) async fn run(context: &Context, command: BucketCommand) -> Result<(), Failure> {
    match command {
        BucketCommand::Create(args) => create(context, args).await,
        BucketCommand::Update(args) => update(context, args).await,
        BucketCommand::List(args) => list(context, args.json).await,
        BucketCommand::Get(args) => {
            let mut bucket = context.bucket(&args.bucket.name).await?;
            let mut shape = shape::bucket(bucket.refresh().await?);
            if args.show_size {
                add_size(&bucket, &mut shape).await?;
            }
            context.out.json(&shape)
        }
        BucketCommand::Delete(args) => delete(context, &args.name).await,
        BucketCommand::NotificationRule(command) => notification::run(context, command).await,
        BucketCommand::GetDownloadAuth(args) => {
            let bucket = context.bucket(&args.bucket.name).await?;
            let it = bucket.download_authorization(args.prefix, args.duration).await?;
            context.out.say(it.authorization_token.expose())
        }
    }
}

/// The name stays known, so that a second call reaches the service, whose answer scripts look for.
async fn delete(context: &Context, name: &str) -> Result<(), Failure> {
    let bucket = context.bucket(name).await?;
    context.client().run(DeleteBucket::new(bucket.id())).await?;
    Ok(())
}

/// The buckets, one in a line or as JSON.
pub(crate) async fn list(context: &Context, as_json: bool) -> Result<(), Failure> {
    let listed = context.client().buckets().await;
    let buckets: Vec<BucketInfo> = listed.map_err(|error| context.restricted_or(error))?;
    if as_json {
        return context.out.json(&Value::Array(buckets.iter().map(shape::bucket).collect()));
    }
    buckets.iter().try_for_each(|bucket| context.out.say(table::bucket(bucket)))
}

async fn create(context: &Context, args: CreateArgs) -> Result<(), Failure> {
    let bucket_name = &args.bucket.name;
    if let Err(error) = name::check_bucket_name(bucket_name) {
        return Err(Failure::message(format_args!(
            "'{bucket_name}' cannot be the name of a bucket: {error}"
        )));
    }
    let settings = Settings::from(args.settings)?;
    let mut operation =
        CreateBucket::new(bucket_name.clone(), BucketType::from(args.bucket_type.as_str()));
    operation.bucket_info = settings.args.bucket_info;
    operation.cors_rules = settings.cors_rules;
    operation.lifecycle_rules = settings.lifecycle_rules;
    operation.file_lock_enabled = settings.args.file_lock_enabled.then_some(true);
    operation.default_server_side_encryption = settings.encryption;
    operation.replication_configuration = settings.args.replication;
    let created = context.client().create_bucket(operation).await.map_err(|error| {
        if error.code == ApiCode::DuplicateBucketName {
            Failure::message(format_args!("Bucket name is already in use: {bucket_name}"))
        } else {
            error.into()
        }
    })?;
    context.out.say(created.id())
}

async fn update(context: &Context, args: UpdateArgs) -> Result<(), Failure> {
    let mut bucket = context.bucket(&args.bucket.name).await?;
    let mut operation = bucket.change();
    operation.bucket_type = args.bucket_type();
    let period = args.default_retention_period;
    operation.default_retention = match (args.default_retention_mode.as_deref(), period) {
        (None, _) => None,
        (Some("none"), _) => Some(BucketRetention::NONE),
        (Some("governance"), Some(period)) => Some(BucketRetention::governance(period)),
        (Some(_), Some(period)) => Some(BucketRetention::compliance(period)),
        (Some(mode), None) => {
            return Err(Failure::Line(format!(
                "ValueError: must specify period for retention mode RetentionMode.{}",
                mode.to_uppercase()
            )));
        }
    };
    let settings = Settings::from(args.settings)?;
    operation.bucket_info = settings.args.bucket_info;
    operation.cors_rules = settings.cors_rules;
    operation.lifecycle_rules = settings.lifecycle_rules;
    operation.file_lock_enabled = settings.args.file_lock_enabled.then_some(true);
    operation.default_server_side_encryption = settings.encryption;
    operation.replication_configuration = settings.args.replication;
    let info = if operation == UpdateBucket::new(bucket.id()) {
        // Nothing is to be changed, so it is only told.
        bucket.refresh().await?
    } else {
        bucket.update(operation).await?
    };
    context.out.json(&shape::bucket(info))
}

/// The settings that take more than passing on.
struct Settings {
    args: BucketSettings,
    cors_rules: Option<Vec<CorsRule>>,
    lifecycle_rules: Option<Vec<LifecycleRule>>,
    encryption: Option<EncryptionSetting>,
}

impl Settings {
    fn from(mut args: BucketSettings) -> Result<Self, Failure> {
        let encryption = match args.default_server_side_encryption.as_deref() {
            Some("none") => {
                return Err(Failure::message(
                    "'none' is no longer supported for --default-server-side-encryption because \
                     Backblaze B2 now requires bucket default encryption. Remove this option to \
                     use SSE-B2 with AES256.",
                ));
            }
            Some(_) => Some(EncryptionSetting::SseB2),
            None => None,
        };
        let lifecycle_rules = match args.lifecycle_rules.take() {
            Some(rules) => Some(rules.0),
            None if args.lifecycle_rule.is_empty() => None,
            None => Some(core::mem::take(&mut args.lifecycle_rule)),
        };
        let cors_rules = args.cors_rules.take().map(|rules| rules.0);
        Ok(Self { args, cors_rules, lifecycle_rules, encryption })
    }
}

/// Counts all versions and their bytes.
async fn add_size(bucket: &Bucket, shape: &mut Value) -> Result<(), Failure> {
    let (mut count, mut bytes) = (0_u64, 0_u64);
    let mut versions = bucket.list_versions(bucket.versions_options().page_len(10_000));
    while let Some(row) = versions.try_next().await? {
        if let Some(file) = row.file() {
            count += 1;
            bytes += file.content_length;
        }
    }
    if let Some(object) = shape.as_object_mut() {
        object.insert("fileCount".to_owned(), count.into());
        object.insert("totalSize".to_owned(), bytes.into());
    }
    Ok(())
}
