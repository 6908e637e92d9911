//! Knowing a large file again whose start was not answered.

use crate::model::{EncryptionMode, FileAction, FileVersion, Guarded, LegalHold};
use crate::op::file_spec::{Encryption, FileSpec};
use crate::op::settle::has_info;

/// Whether an unfinished file is as a start with this description makes it.
pub(super) fn is_by(version: &FileVersion, spec: &FileSpec<'_>) -> bool {
    let has_type = spec.content_type == FileSpec::AUTO
        || version.content_type.as_deref() == Some(spec.content_type);
    version.action == FileAction::Start
        && has_type
        && has_info(version, spec, &[])
        && is_encrypted_by(version, &spec.encryption)
        && is_locked_by(version, spec)
}

/// Without a setting the bucket's default decides, whatever that is.
fn is_encrypted_by(version: &FileVersion, encryption: &Encryption<'_>) -> bool {
    let shown = version.server_side_encryption.as_ref();
    let has_mode = |mode| shown.is_some_and(|shown| shown.mode == Some(mode));
    match encryption {
        Encryption::Default => true,
        Encryption::Managed => has_mode(EncryptionMode::SseB2),
        Encryption::Customer(key) => {
            let md5 = shown.and_then(|shown| shown.customer_key_md5.as_deref());
            has_mode(EncryptionMode::SseC) && md5.is_none_or(|md5| md5 == key.md5_base64)
        }
    }
}

/// What the key may not read, or what the bucket's default decides, counts as the same.
fn is_locked_by(version: &FileVersion, spec: &FileSpec<'_>) -> bool {
    let retention = match (&version.file_retention, spec.retention) {
        (Some(Guarded::Readable(shown)), Some((mode, until_ms))) => {
            let shown_mode = shown.mode.as_ref().map(|mode| mode.as_str());
            shown_mode == Some(mode) && shown.retain_until_ms == Some(until_ms)
        }
        _ => true,
    };
    let hold = match (&version.legal_hold, spec.legal_hold) {
        (Some(Guarded::Readable(shown)), Some(is_on)) => (*shown == Some(LegalHold::On)) == is_on,
        _ => true,
    };
    retention && hold
}
