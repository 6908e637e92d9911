//! How a request wants its file guarded, so that no version guarded otherwise is taken for it.

use alloc::string::String;

use crate::model::{
    EncryptionAlgorithm, EncryptionInfo, EncryptionMode, FileRetention, FileVersion, Guarded,
    LegalHold, RetentionMode,
};
use crate::op::CopyFile;
use crate::op::file_spec::{Encryption, FileSpec};

/// Encryption and locks that a request asks for. Encryption and retention that are not asked for
/// are left to the bucket's defaults, whatever these are. Nothing but a request sets a legal hold.
#[derive(Debug)]
pub(crate) struct Guard {
    encryption: Option<EncryptionInfo>,
    retention: Option<FileRetention>,
    hold: Option<bool>,
}

impl Guard {
    /// What a new file asks for.
    pub(crate) fn of_file(spec: &FileSpec<'_>) -> Self {
        let encryption = match spec.encryption {
            Encryption::Default => None,
            Encryption::Managed => Some(EncryptionInfo::SSE_B2),
            Encryption::Customer(key) => Some(EncryptionInfo {
                mode: Some(EncryptionMode::SseC),
                algorithm: Some(EncryptionAlgorithm::Aes256),
                customer_key_md5: Some(String::from(key.md5_base64)),
            }),
        };
        let retention = spec
            .retention
            .map(|(mode, until_ms)| FileRetention::new(RetentionMode::from(mode), until_ms));
        Self { encryption, retention, hold: spec.legal_hold }
    }

    /// What a copy asks for.
    pub(crate) fn of_copy(copy: &CopyFile) -> Self {
        let setting = copy.destination_server_side_encryption.as_ref();
        let encryption = setting.map(EncryptionInfo::from).filter(|asked| asked.mode.is_some());
        let retention = copy.file_retention.clone().filter(|asked| asked.mode.is_some());
        let hold = copy.legal_hold.as_ref().map(|hold| *hold == LegalHold::On);
        Self { encryption, retention, hold }
    }

    /// Whether a version is guarded so. What the key may not read counts as the same.
    pub(crate) fn is_of(&self, version: &FileVersion) -> bool {
        self.is_encrypted_so(version) && self.is_locked_so(version)
    }

    fn is_encrypted_so(&self, version: &FileVersion) -> bool {
        let Some(asked) = &self.encryption else { return true };
        let Some(shown) = &version.server_side_encryption else { return false };
        let (asked_md5, md5) = (&asked.customer_key_md5, &shown.customer_key_md5);
        // The service need not tell the MD5 of a key.
        shown.mode == asked.mode && (md5.is_none() || md5 == asked_md5)
    }

    fn is_locked_so(&self, version: &FileVersion) -> bool {
        let retention = match (&version.file_retention, &self.retention) {
            (Some(Guarded::Readable(shown)), Some(asked)) => shown == asked,
            _ => true,
        };
        let is_held = match &version.legal_hold {
            Some(Guarded::Readable(shown)) => Some(*shown == Some(LegalHold::On)),
            Some(Guarded::Withheld) | None => None,
        };
        retention && is_held.is_none_or(|is_held| is_held == self.hold.unwrap_or(false))
    }
}
