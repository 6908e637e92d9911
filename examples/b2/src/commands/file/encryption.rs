//! Customer keys: where they come from, and what is said when they do not fit (spec 1.5, 3.3,
//! 3.4).

use std::env;

use b2_proto::error::ErrorKind;
use b2_proto::model::CustomerKey;
use b2_tokio::Error;

use crate::args::SourceArgs;
use crate::failure::Failure;
use crate::output::note;

const TARGET_KEY_VARIABLE: &str = "B2_DESTINATION_SSE_C_KEY_B64";
const TARGET_KEY_ID_VARIABLE: &str = "B2_DESTINATION_SSE_C_KEY_ID";
const SOURCE_KEY_VARIABLE: &str = "B2_SOURCE_SSE_C_KEY_B64";
const SOURCE_KEY_ID_VARIABLE: &str = "B2_SOURCE_SSE_C_KEY_ID";

/// The key new files are encrypted with, and its ID; without one the file cannot tell later which
/// key it was.
pub(crate) fn target_key() -> Result<(CustomerKey, Option<String>), Failure> {
    let key = from_variable(TARGET_KEY_VARIABLE)?;
    let id = env::var(TARGET_KEY_ID_VARIABLE).ok();
    if id.is_none() {
        note!(
            "Encrypting file(s) with SSE-C without providing key id. Set {TARGET_KEY_ID_VARIABLE} \
             to allow key identification."
        );
    }
    Ok((key, id))
}

/// The key a stored file is encrypted with, if the options say that it is.
pub(crate) fn source_key(args: &SourceArgs) -> Result<Option<CustomerKey>, Failure> {
    match args.source_server_side_encryption {
        Some(_) => from_variable(SOURCE_KEY_VARIABLE).map(Some),
        None => Ok(None),
    }
}

/// The ID of that key.
pub(crate) fn source_key_id() -> Option<String> {
    env::var(SOURCE_KEY_ID_VARIABLE).ok()
}

fn from_variable(variable: &str) -> Result<CustomerKey, Failure> {
    let text = env::var(variable).ok().filter(|text| !text.is_empty()).ok_or_else(|| {
        Failure::Line(format!(
            "ValueError: Using SSE-C requires providing an encryption key via {variable} env var"
        ))
    })?;
    CustomerKey::from_base64(&text).ok_or_else(|| {
        Failure::message(format_args!("{variable} is not the base64 form of a key of 32 bytes"))
    })
}

/// Why a file could not be read; `not_present` says that it is not there.
pub(super) fn unreadable(error: Error, not_present: impl FnOnce() -> String) -> Failure {
    if error.kind == ErrorKind::AccessDenied {
        return Failure::message("Wrong or no SSE-C key provided when reading a file.");
    }
    Failure::or(error, ErrorKind::NotFound, not_present)
}
