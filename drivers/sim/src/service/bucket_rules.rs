//! Checks of CORS and lifecycle rules (spec sections 4.9, 4.10).

use b2_proto::limits;
use serde_json::Value;
use std::collections::BTreeSet;

use super::params::{Params, missing};
use super::reply::{Checked, Refusal};

pub(super) const HIDE_DAYS: &str = "daysFromUploadingToHiding";
pub(super) const DELETE_DAYS: &str = "daysFromHidingToDeleting";
pub(super) const CANCEL_DAYS: &str = "daysFromStartingToCancelingUnfinishedLargeFiles";

const CORS_OPERATIONS: &[&str] = &[
    "b2_download_file_by_name",
    "b2_download_file_by_id",
    "b2_upload_file",
    "b2_upload_part",
    "s3_delete",
    "s3_get",
    "s3_head",
    "s3_post",
    "s3_put",
];

pub(super) fn check_lifecycle(rules: &[Value]) -> Checked<()> {
    if rules.len() > limits::LIFECYCLE_RULES_MAX {
        return Err(Refusal::bad_request("Too many lifecycle rules"));
    }
    let mut prefixes: Vec<&str> = Vec::new();
    for rule in rules {
        let params = Params::of(rule, "lifecycleRules")?;
        params.required_text("fileNamePrefix")?;
        let mut active = false;
        for field in [HIDE_DAYS, DELETE_DAYS, CANCEL_DAYS] {
            match params.number(field)? {
                None => {}
                Some(days) if days > 0 => active = true,
                Some(_) => return Err(Refusal::bad_request(format!("{field} must be positive"))),
            }
        }
        if !active {
            return Err(Refusal::bad_request("A lifecycle rule must do something"));
        }
        let prefix = rule["fileNamePrefix"].as_str().unwrap_or_default();
        if prefixes.iter().any(|other| other.starts_with(prefix) || prefix.starts_with(other)) {
            let message = "Two lifecycle rules apply to the same files";
            return Err(Refusal::bad_request(message));
        }
        prefixes.push(prefix);
    }
    Ok(())
}

pub(super) fn check_cors(rules: &[Value]) -> Checked<()> {
    if rules.len() > limits::CORS_RULES_MAX {
        return Err(Refusal::bad_request("Too many CORS rules"));
    }
    let mut names = BTreeSet::new();
    for rule in rules {
        let params = Params::of(rule, "corsRules")?;
        let name = params.required_text("corsRuleName")?;
        check_rule_name(name, limits::CORS_RULE_NAME_LEN_MAX)?;
        if !names.insert(name.to_owned()) {
            return Err(Refusal::bad_request(format!("Duplicate CORS rule: {name}")));
        }
        let origins = params.texts("allowedOrigins")?.ok_or_else(|| missing("allowedOrigins"))?;
        check_origins(&origins)?;
        let operations =
            params.texts("allowedOperations")?.ok_or_else(|| missing("allowedOperations"))?;
        if operations.is_empty() || operations.iter().any(|op| !CORS_OPERATIONS.contains(op)) {
            return Err(Refusal::bad_request("Bad allowedOperations"));
        }
        let headers = params.texts("allowedHeaders")?.unwrap_or_default();
        let exposed = params.texts("exposeHeaders")?.unwrap_or_default();
        if exposed.iter().any(|header| header.contains('*')) {
            return Err(Refusal::bad_request("exposeHeaders must be full names"));
        }
        let age = params.required_number("maxAgeSeconds")?;
        if !(0..=i64::from(limits::CORS_MAX_AGE_S_MAX)).contains(&age) {
            return Err(Refusal::bad_request("maxAgeSeconds out of range"));
        }
        let lists = [&origins, &operations, &headers, &exposed];
        let len = name.len() + lists.into_iter().flatten().map(|text| text.len()).sum::<usize>();
        if len >= limits::CORS_RULE_LEN_LIMIT {
            return Err(Refusal::bad_request(format!("CORS rule too long: {name}")));
        }
    }
    Ok(())
}

/// Names of CORS and notification rules.
pub(super) fn check_rule_name(name: &str, len_max: usize) -> Checked<()> {
    let fits = (limits::RULE_NAME_LEN_MIN..=len_max).contains(&name.len());
    if fits && is_letters_digits_dashes(name) && !name.starts_with(limits::RESERVED_PREFIX) {
        return Ok(());
    }
    Err(Refusal::bad_request(format!("Bad rule name: {name}")))
}

/// The characters of names of keys and rules.
pub(super) fn is_letters_digits_dashes(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn check_origins(origins: &[&str]) -> Checked<()> {
    let bad = |origin: &str| Err(Refusal::bad_request(format!("Bad allowedOrigins: {origin}")));
    if origins.is_empty() {
        return bad("must not be empty");
    }
    let mut any_https = false;
    for origin in origins {
        match *origin {
            "*" if origins.len() == 1 => {}
            "https" if !any_https => any_https = true,
            "*" | "https" => return bad(origin),
            other => {
                let Some((scheme, host)) = other.split_once("://") else { return bad(origin) };
                let scheme_fits = scheme == "http" || (scheme == "https" && !any_https);
                let stars = host.matches('*').count();
                if !scheme_fits || host.is_empty() || host.contains('/') || stars > 1 {
                    return bad(origin);
                }
            }
        }
    }
    Ok(())
}
