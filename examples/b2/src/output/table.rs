//! Lines in columns (spec 6.2 to 6.6).

use core::fmt::{self, Display};
use std::collections::BTreeMap;

use b2_proto::machine::leftovers::UnfinishedFile;
use b2_proto::model::{Bucket, BucketId, FileVersion, Key, Part, ReplicationStatus};

/// A bucket in the list of buckets.
pub(crate) fn bucket(bucket: &Bucket) -> String {
    format!("{}  {:<10}  {}", bucket.bucket_id, bucket.bucket_type.as_str(), bucket.bucket_name)
}

/// A file in a long listing; `name` is printed as it is.
pub(crate) fn file(file: &FileVersion, name: &str, with_replication: bool) -> String {
    let (date, time) = date_and_time(file.upload_timestamp_ms);
    let status = file.replication_status.as_ref().map_or("-", ReplicationStatus::as_str);
    let id = file.file_id.as_str();
    let action = file.action.as_str();
    row(id, action, &date, &time, file.content_length, with_replication.then_some(status), name)
}

/// A folder in a long listing.
pub(crate) fn folder(name: &str, with_replication: bool) -> String {
    row("-", "-", "-", "-", 0, with_replication.then_some("-"), name)
}

fn row(
    id: &str,
    action: &str,
    date: &str,
    time: &str,
    size: u64,
    status: Option<&str>,
    name: &str,
) -> String {
    let mut line = format!("{id:>83}  {action:>6}  {date:>10}  {time:>8}  {size:>9}  ");
    if let Some(status) = status {
        line.push_str(status);
        line.push_str("  ");
    }
    line.push_str(name);
    line
}

/// A key in the list of keys.
pub(crate) fn key(key: &Key) -> String {
    format!("{}   {:<20}", key.application_key_id, key.key_name)
}

/// A key with everything about it; `names` are those of the buckets that exist.
pub(crate) fn key_long(it: &Key, names: &BTreeMap<BucketId, String>) -> String {
    let name = |id: &BucketId| names.get(id).cloned().unwrap_or_else(|| format!("id={id}"));
    let buckets = match it.bucket_ids.as_deref() {
        None | Some([]) => "-".to_owned(),
        Some(ids) => ids.iter().map(name).collect::<Vec<_>>().join(", "),
    };
    let dash = || ("-".to_owned(), "-".to_owned());
    let (date, time) = it.expiration_timestamp_ms.map_or_else(dash, date_and_time);
    let capabilities: Vec<&str> = it.capabilities.iter().map(|it| it.as_str()).collect();
    format!(
        "{}   {buckets:<20}   {date:<10}   {time:<8}   '{}'   {}",
        key(it),
        it.name_prefix.as_deref().unwrap_or_default(),
        capabilities.join(",")
    )
}

/// A part of an unfinished large file.
pub(crate) fn part(part: &Part) -> String {
    format!("{:>5}  {:>9}  {}", part.part_number, part.content_length, part.content_sha1)
}

/// An unfinished large file.
pub(crate) fn unfinished(file: &FileVersion) -> String {
    let pairs: Vec<String> =
        file.file_info.iter().map(|(key, value)| format!("{key}={value}")).collect();
    format!(
        "{} {} {} {}",
        file.file_id,
        file.file_name,
        file.content_type.as_deref().unwrap_or_default(),
        pairs.join(" ")
    )
}

/// An unfinished large file with what it holds.
pub(crate) fn leftover(leftover: &UnfinishedFile) -> String {
    let UnfinishedFile { file, parts, bytes, .. } = leftover;
    let (date, time) = date_and_time(file.upload_timestamp_ms);
    format!("{}  {date}  {time}  {parts:>5}  {bytes:>12}  {}", file.file_id, file.file_name)
}

/// Date and time of day, UTC.
fn date_and_time(ms: u64) -> (String, String) {
    let timestamp =
        i64::try_from(ms).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    match timestamp {
        Some(time) => {
            (time.strftime("%Y-%m-%d").to_string(), time.strftime("%H:%M:%S").to_string())
        }
        None => ("-".to_owned(), "-".to_owned()),
    }
}

/// A moment in the form `2033-05-18 03:33:19.500000+00:00`, the fraction only when there is one.
pub(crate) fn moment(ms: u64) -> impl Display {
    fmt::from_fn(move |f| {
        let (date, time) = date_and_time(ms);
        write!(f, "{date} {time}")?;
        if !ms.is_multiple_of(1000) {
            write!(f, ".{:03}000", ms % 1000)?;
        }
        f.write_str("+00:00")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use b2_proto::model::{Capability, FileAction};

    #[test]
    fn long_lines_are_those_of_the_reference() {
        let id =
            "4_z0rac1e000000000000000000_f1999999999999998_d20150809_m012853_c100_v0009990_t0000";
        let mut it = FileVersion::new("a", "b", id, "b.txt", FileAction::Upload);
        it.content_length = 12;
        it.upload_timestamp_ms = 1_795_420_945_842;
        let want = format!("{id}  upload  2026-11-23  08:02:25         12  b.txt");
        assert_eq!(file(&it, "b.txt", false), want);
        assert!(file(&it, "b.txt", true).ends_with("         12  -  b.txt"));
        let want = format!("{}-       -           -         -          0  c/", " ".repeat(82));
        assert_eq!(folder("c/", false), want);
    }

    #[test]
    fn key_lines_are_those_of_the_reference() {
        let mut it = Key::new("a", "appKeyId0", "k1");
        it.capabilities = vec![Capability::ListBuckets, Capability::ListFiles];
        assert_eq!(key(&it), "appKeyId0   k1                  ");
        let names = BTreeMap::from([(BucketId::from("b1"), "my-bucket-1".to_owned())]);
        let want = "appKeyId0   k1                     -                      -            \
                    -          ''   listBuckets,listFiles";
        assert_eq!(key_long(&it, &names), want);
        it.bucket_ids = Some(vec!["b1".into(), "gone".into()]);
        it.name_prefix = Some("pre".to_owned());
        it.expiration_timestamp_ms = Some(1_795_424_711_000);
        let line = key_long(&it, &names);
        assert!(line.contains("   my-bucket-1, id=gone   2026-11-23   09:05:11   'pre'   "));
    }

    #[test]
    fn moments_have_a_fraction_only_when_needed() {
        assert_eq!(moment(1_999_999_999_500).to_string(), "2033-05-18 03:33:19.500000+00:00");
        assert_eq!(moment(1_999_999_999_000).to_string(), "2033-05-18 03:33:19+00:00");
    }
}
