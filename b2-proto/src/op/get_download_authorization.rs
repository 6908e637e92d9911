//! `b2_get_download_authorization` (spec 3.15).

use alloc::string::String;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::limits;
use crate::model::{BucketId, DownloadAuthorization};
use crate::op::check::ensure;
use crate::op::json::{from_json, json_body};
use crate::op::needs::Needs;
use crate::op::{CALL_TIMEOUT_MS, Class, Idempotency, Operation, Spec, check_id};
use crate::policy::retry::RetryClass;
use crate::wire::body::Body;
use crate::wire::reply::Reply;

/// Asks for a token that downloads files by name from a private bucket.
///
/// Headers that are fixed here must be asked for, with the same values, in each download.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct GetDownloadAuthorization {
    /// The bucket.
    pub bucket_id: BucketId,
    /// The beginning of the names; empty for all files.
    pub file_name_prefix: String,
    /// How long the token works, in seconds, 1 to 604,800 (a week).
    pub valid_duration_in_seconds: u32,
    /// Fixes `Content-Disposition` of the downloads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub b2_content_disposition: Option<String>,
    /// Fixes `Content-Language` of the downloads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub b2_content_language: Option<String>,
    /// Fixes `Expires` of the downloads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub b2_expires: Option<String>,
    /// Fixes `Cache-Control` of the downloads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub b2_cache_control: Option<String>,
    /// Fixes `Content-Encoding` of the downloads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub b2_content_encoding: Option<String>,
    /// Fixes `Content-Type` of the downloads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub b2_content_type: Option<String>,
}

impl GetDownloadAuthorization {
    /// A token for files whose names begin with `prefix`, good for `valid_seconds`.
    pub fn new(bucket: impl Into<BucketId>, prefix: impl Into<String>, valid_seconds: u32) -> Self {
        Self {
            bucket_id: bucket.into(),
            file_name_prefix: prefix.into(),
            valid_duration_in_seconds: valid_seconds,
            b2_content_disposition: None,
            b2_content_language: None,
            b2_expires: None,
            b2_cache_control: None,
            b2_content_encoding: None,
            b2_content_type: None,
        }
    }

    /// Downloads have this `Content-Disposition`.
    #[must_use]
    pub fn content_disposition(mut self, value: impl Into<String>) -> Self {
        self.b2_content_disposition = Some(value.into());
        self
    }

    /// Downloads have this `Content-Language`.
    #[must_use]
    pub fn content_language(mut self, value: impl Into<String>) -> Self {
        self.b2_content_language = Some(value.into());
        self
    }

    /// Downloads have this `Expires`.
    #[must_use]
    pub fn expires(mut self, value: impl Into<String>) -> Self {
        self.b2_expires = Some(value.into());
        self
    }

    /// Downloads have this `Cache-Control`.
    #[must_use]
    pub fn cache_control(mut self, value: impl Into<String>) -> Self {
        self.b2_cache_control = Some(value.into());
        self
    }

    /// Downloads have this `Content-Encoding`.
    #[must_use]
    pub fn content_encoding(mut self, value: impl Into<String>) -> Self {
        self.b2_content_encoding = Some(value.into());
        self
    }

    /// Downloads have this `Content-Type`.
    #[must_use]
    pub fn content_type(mut self, value: impl Into<String>) -> Self {
        self.b2_content_type = Some(value.into());
        self
    }
}

json_body!(GetDownloadAuthorization);

impl Operation for GetDownloadAuthorization {
    type Output = DownloadAuthorization;

    const SPEC: Spec = Spec {
        name: "b2_get_download_authorization",
        capability: "shareFiles",
        class: Class::C,
        idempotency: Idempotency::Safe,
        retry: RetryClass::Call,
        timeout_ms: CALL_TIMEOUT_MS,
    };

    fn check(&self) -> Result<(), Error> {
        check_id("bucket", self.bucket_id.as_str())?;
        let life = limits::DOWNLOAD_AUTHORIZATION_S_MIN..=limits::DOWNLOAD_AUTHORIZATION_S_MAX;
        let fits = life.contains(&self.valid_duration_in_seconds);
        ensure(fits, "a download authorization works for 1 to 604,800 seconds")
    }

    fn needs(&self) -> Needs<'_> {
        Needs::of(Self::SPEC.capability)
            .in_bucket(self.bucket_id.as_str())
            .for_name(&self.file_name_prefix)
    }

    fn body(&self) -> Body<'_> {
        Body::Json(self)
    }

    fn parse(&self, reply: &Reply<'_>) -> Result<DownloadAuthorization, Error> {
        from_json(reply.body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::op::testing::{answers, refuses, sends};

    #[test]
    fn the_least_and_the_most() {
        let least = GetDownloadAuthorization::new("8d62", "", 604_800);
        let json = r#"{"bucketId":"8d62","fileNamePrefix":"",
            "validDurationInSeconds":604800}"#;
        sends(&least, "b2_get_download_authorization", json);
        let most = GetDownloadAuthorization::new("8d62", "public/", 1)
            .content_disposition("inline")
            .content_language("pl")
            .expires("Thu, 01 Dec 2044 16:00:00 GMT")
            .cache_control("no-store")
            .content_encoding("gzip")
            .content_type("text/html");
        sends(
            &most,
            "b2_get_download_authorization",
            r#"{"bucketId":"8d62","fileNamePrefix":"public/","validDurationInSeconds":1,
                "b2ContentDisposition":"inline","b2ContentLanguage":"pl",
                "b2Expires":"Thu, 01 Dec 2044 16:00:00 GMT","b2CacheControl":"no-store",
                "b2ContentEncoding":"gzip","b2ContentType":"text/html"}"#,
        );
    }

    #[test]
    fn the_answer_has_the_token() {
        let given = answers(
            &GetDownloadAuthorization::new("8d62", "public/", 60),
            r#"{"authorizationToken":"3_dnld","bucketId":"8d62","fileNamePrefix":"public/"}"#,
        );
        assert_eq!(given.authorization_token.expose(), "3_dnld");
    }

    #[test]
    fn the_time_has_bounds() {
        refuses(&GetDownloadAuthorization::new("8d62", "", 0), "604,800");
        refuses(&GetDownloadAuthorization::new("8d62", "", 604_801), "604,800");
    }
}
