//! Whether a copy whose answer was lost has been made: which version of the name it is (S10).

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use crate::error::Error;
use crate::machine::session::Session;
use crate::model::{ContentSha1, FileVersion, ListEntry};
use crate::op::file_spec::FileSpec;
use crate::op::{Grant, ListFileVersions, Operation, Spec};
use crate::policy::clock::parse_http_date;
use crate::time::Instant;
use crate::wire::body::Body;
use crate::wire::head::Head;
use crate::wire::reply::Reply;
use crate::wire::text::Sha1;

/// Versions of the name that are looked at. The wanted one is among the newest.
const ROWS: u32 = 100;

/// How much earlier than the first attempt a version may say it was made: the service counts
/// whole seconds, and its clocks differ a little.
const SLACK_MS: u64 = 5_000;

/// The newest versions of one name, with the service's time.
#[derive(Clone, Debug)]
pub(super) struct NewestVersions(ListFileVersions);

/// What it answers.
#[derive(Debug)]
pub(super) struct Newest {
    rows: Vec<ListEntry>,
    /// The service's time in milliseconds since 1970.
    service_ms: Option<u64>,
}

impl NewestVersions {
    pub(super) fn of(bucket_id: &str, name: &str) -> Self {
        Self(ListFileVersions::new(bucket_id).start_at(name).prefix(name).page_len(ROWS))
    }
}

impl Operation for NewestVersions {
    type Output = Newest;
    const SPEC: Spec = ListFileVersions::SPEC;
    const REPLY_LEN_MAX: u32 = ListFileVersions::REPLY_LEN_MAX;

    fn check(&self) -> Result<(), Error> {
        self.0.check()
    }

    fn head<'a>(&'a self, grant: &'a Grant) -> Head<'a> {
        self.0.head(grant)
    }

    fn body(&self) -> Body<'_> {
        self.0.body()
    }

    fn parse(&self, reply: &Reply<'_>) -> Result<Newest, Error> {
        let rows = self.0.parse(reply)?.files;
        let date = reply.headers.value("Date").and_then(parse_http_date);
        Ok(Newest { rows, service_ms: date.map(|seconds| seconds.saturating_mul(1_000)) })
    }
}

/// The version a copy would have made.
#[derive(Debug)]
pub(super) struct Wanted<'a> {
    pub(super) name: &'a str,
    pub(super) len: u64,
    /// When it is known.
    pub(super) sha1: Option<Sha1>,
    pub(super) content_type: &'a str,
    pub(super) info: &'a BTreeMap<String, String>,
}

impl Wanted<'_> {
    fn is(&self, version: &FileVersion) -> bool {
        let stored = version.content_sha1.as_ref().and_then(ContentSha1::digest);
        let is_same_sha1 = self.sha1.is_none_or(|sha1| stored.is_none_or(|stored| stored == sha1));
        let has_type = self.content_type == FileSpec::AUTO
            || version.content_type.as_deref() == Some(self.content_type);
        let has_info = |(key, value): (&String, &String)| {
            version.file_info.get(&key.to_ascii_lowercase()) == Some(value)
        };
        version.is_finished()
            && version.file_name == self.name
            && version.content_length == self.len
            && is_same_sha1
            && has_type
            && version.file_info.len() == self.info.len()
            && self.info.iter().all(has_info)
    }

    /// The version among the newest that no other job has and that was not made before
    /// `first_at`, when the copy was asked for first. `None` when the service's time is unknown.
    pub(super) fn find(
        &self,
        newest: Newest,
        cx: &Session,
        first_at: Instant,
        now: Instant,
    ) -> Option<Option<FileVersion>> {
        let earliest_ms = newest.service_ms?.saturating_sub(now.since_ms(first_at) + SLACK_MS);
        let is_it = |version: &FileVersion| {
            version.upload_timestamp_ms >= earliest_ms
                && !cx.given.has(version.file_id.as_str())
                && self.is(version)
        };
        Some(newest.rows.into_iter().filter_map(ListEntry::into_file).find(is_it))
    }
}
