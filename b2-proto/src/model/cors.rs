//! Rules for browsers that use a bucket from another origin.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::nullable;
use super::open::open_text;

open_text! {
    /// A call that a CORS rule may allow (spec 4.10).
    CorsOperation {
        /// Download by name.
        DownloadFileByName = "b2_download_file_by_name",
        /// Download by id.
        DownloadFileById = "b2_download_file_by_id",
        /// Upload of a file.
        UploadFile = "b2_upload_file",
        /// Upload of a part.
        UploadPart = "b2_upload_part",
        /// DELETE through the S3 API.
        S3Delete = "s3_delete",
        /// GET through the S3 API.
        S3Get = "s3_get",
        /// HEAD through the S3 API.
        S3Head = "s3_head",
        /// POST through the S3 API.
        S3Post = "s3_post",
        /// PUT through the S3 API.
        S3Put = "s3_put",
    }
}

/// Which origins may do what from a browser (spec 4.10).
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CorsRule {
    /// The rule's name, 6 to 50 letters, digits and hyphens, unique in the bucket.
    pub cors_rule_name: String,
    /// Origins such as `https://*.example.com`, `https` for any secure one, `*` for any.
    #[serde(default, deserialize_with = "nullable::or_default")]
    pub allowed_origins: Vec<String>,
    /// Calls the origins may make.
    #[serde(default, deserialize_with = "nullable::or_default")]
    pub allowed_operations: Vec<CorsOperation>,
    /// Request headers a preflight may ask for; `x-bz-info-*` and `*` stand for many.
    #[serde(default)]
    pub allowed_headers: Option<Vec<String>>,
    /// Response headers the page may read.
    #[serde(default)]
    pub expose_headers: Option<Vec<String>>,
    /// How long a browser may keep the answer to a preflight, in seconds, 86,400 at most.
    #[serde(default, deserialize_with = "nullable::or_default")]
    pub max_age_seconds: u32,
}

impl CorsRule {
    /// A rule without origins and calls; a browser keeps its answers for an hour.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            cors_rule_name: name.into(),
            allowed_origins: Vec::new(),
            allowed_operations: Vec::new(),
            allowed_headers: None,
            expose_headers: None,
            max_age_seconds: 3_600,
        }
    }

    /// Also allow `origin`.
    #[must_use]
    pub fn allow_origin(mut self, origin: impl Into<String>) -> Self {
        self.allowed_origins.push(origin.into());
        self
    }

    /// Also allow `operation`.
    #[must_use]
    pub fn allow_operation(mut self, operation: CorsOperation) -> Self {
        self.allowed_operations.push(operation);
        self
    }

    /// Also allow a request header.
    #[must_use]
    pub fn allow_header(mut self, name: impl Into<String>) -> Self {
        self.allowed_headers.get_or_insert_default().push(name.into());
        self
    }

    /// Also let the page read a response header.
    #[must_use]
    pub fn expose_header(mut self, name: impl Into<String>) -> Self {
        self.expose_headers.get_or_insert_default().push(name.into());
        self
    }

    /// Let browsers keep the answer to a preflight for `seconds`.
    #[must_use]
    pub const fn max_age_seconds(mut self, seconds: u32) -> Self {
        self.max_age_seconds = seconds;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::{rewritten, round_trip};
    use super::*;

    #[test]
    fn builders_add_up_to_the_rule() {
        let rule: CorsRule = round_trip(
            r#"{"corsRuleName":"downloadFromAnyOrigin","allowedOrigins":["https"],
                "allowedHeaders":["range"],"exposeHeaders":["x-bz-content-sha1"],
                "allowedOperations":["b2_download_file_by_id","b2_download_file_by_name"],
                "maxAgeSeconds":60}"#,
        );
        let built = CorsRule::new("downloadFromAnyOrigin")
            .allow_origin("https")
            .allow_operation(CorsOperation::DownloadFileById)
            .allow_operation(CorsOperation::DownloadFileByName)
            .allow_header("range")
            .expose_header("x-bz-content-sha1")
            .max_age_seconds(60);
        assert_eq!(rule, built);
    }

    #[test]
    fn what_a_rule_leaves_out_is_not_an_error() {
        for more in ["", r#","allowedOrigins":null,"allowedOperations":null"#] {
            let json = std::format!(r#"{{"corsRuleName":"n"{more}}}"#);
            let rule: CorsRule = serde_json::from_str(&json).expect("readable");
            assert_eq!(rule, CorsRule::new("n").max_age_seconds(0));
        }
    }

    #[test]
    fn unknown_operations_and_fields_are_accepted() {
        let rule: CorsRule = rewritten(
            r#"{"corsRuleName":"n","allowedOrigins":["*"],"allowedOperations":["b2_fax"],
                "colour":1}"#,
            r#"{"corsRuleName":"n","allowedOrigins":["*"],"allowedOperations":["b2_fax"],
                "allowedHeaders":null,"exposeHeaders":null,"maxAgeSeconds":0}"#,
        );
        assert_eq!(rule.allowed_operations, [CorsOperation::from("b2_fax")]);
    }
}
