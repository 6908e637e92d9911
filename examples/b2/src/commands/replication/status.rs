//! `b2 replication status`

use b2_proto::error::ErrorKind;
use b2_proto::model::{Bucket as BucketInfo, ReplicationRule};
use b2_proto::plan::replication::{Group, Report};
use serde_json::{Map, Value, json};

use super::table::{COLUMNS, console, csv};
use super::{client_of, other_login};
use crate::args::StatusArgs;
use crate::context::Context;
use crate::failure::Failure;

pub(super) async fn run(context: &Context, args: StatusArgs) -> Result<(), Failure> {
    let columns = columns(&args)?;
    let missing = || Failure::message(format_args!("bucket \"{}\" not found", args.source));
    let mut source = context.find_bucket(&args.source).await?.ok_or_else(missing)?;
    let rules = rules(source.refresh().await?, &args)?;
    let other = other_login(context, args.destination_profile.as_deref())?;
    let mut found = Vec::new();
    for rule in rules {
        let destination = if args.dont_scan_destination {
            None
        } else {
            let id = rule.destination_bucket_id.as_str();
            Some(client_of(context, other.as_ref()).bucket_by_id(id).await?)
        };
        let report = source.replication_report(&rule, destination.as_ref()).await?;
        found.push((rule.replication_rule_name, report));
    }
    match args.output_format.as_str() {
        "json" => context.out.json(&all(&found, &columns)),
        "csv" => context.out.result_as_is(&csv(&found, &columns)),
        _ => found.iter().try_for_each(|(name, report)| {
            context.out.say(format_args!("Replication \"{name}\":"))?;
            context.out.say(console(report, &columns))
        }),
    }
}

/// The columns that are asked for, in their own order.
fn columns(args: &StatusArgs) -> Result<Vec<&'static str>, Failure> {
    let Some(asked) = &args.columns else { return Ok(COLUMNS.to_vec()) };
    if let Some(unknown) = asked.0.iter().find(|name| !COLUMNS.contains(&name.as_str())) {
        return Err(Failure::message(format_args!(
            "there is no column '{unknown}'; there are {}",
            COLUMNS.join(", ")
        )));
    }
    Ok(COLUMNS.into_iter().filter(|name| asked.0.iter().any(|it| it == name)).collect())
}

fn rules(bucket: &BucketInfo, args: &StatusArgs) -> Result<Vec<ReplicationRule>, Failure> {
    use b2_proto::plan::replication::find;
    if let Some(name) = &args.rule {
        let missing =
            || format!("no replication rule \"{name}\" set up for bucket \"{}\"", args.source);
        let found = find(bucket, name);
        return Ok(vec![found.map_err(|it| Failure::or(it, ErrorKind::NotFound, missing))?]);
    }
    let known = bucket
        .replication_configuration
        .readable()
        .ok_or_else(|| Failure::message("the key may not read the replication of the bucket"))?;
    let source = known.as_ref().and_then(|it| it.as_replication_source.as_ref());
    Ok(source.map(|it| it.replication_rules.clone()).unwrap_or_default())
}

fn all(found: &[(String, Report)], columns: &[&'static str]) -> Value {
    let rows = |report: &Report| -> Value {
        report.groups.iter().map(|group| Value::Object(row(group, columns))).collect()
    };
    Value::Object(found.iter().map(|(name, report)| (name.clone(), rows(report))).collect())
}

fn row(group: &Group, columns: &[&'static str]) -> Map<String, Value> {
    columns.iter().map(|name| ((*name).to_owned(), cell(group, name))).collect()
}

/// What a group says in a column; null where nothing is known.
pub(super) fn cell(group: &Group, column: &str) -> Value {
    let record = &group.record;
    match column {
        "source_replication_status" => json!(record.source_replication_status),
        "source_has_hide_marker" => json!(record.source_has_hide_marker),
        "source_encryption_mode" => match &record.source_encryption_mode {
            Some(Some(mode)) => json!(mode),
            Some(None) => json!("none"),
            None => Value::Null,
        },
        "source_has_large_metadata" => json!(record.source_has_large_metadata),
        "source_has_file_retention" => json!(record.source_has_file_retention),
        "source_has_legal_hold" => json!(record.source_has_legal_hold),
        "destination_replication_status" => json!(record.destination_replication_status),
        "metadata_differs" => json!(record.metadata_differs),
        "hash_differs" => json!(record.hash_differs),
        _ => json!(group.count),
    }
}
