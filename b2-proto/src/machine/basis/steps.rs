//! What follows from each answer.

use super::fetch::FetchManifest;
use super::{Basis, FindBasis, NoBasis, SLOTS, Stage};
use crate::error::{Error, ErrorKind};
use crate::machine::copy::NamedKey;
use crate::machine::incremental::{key_of, visible};
use crate::machine::single::Single;
use crate::model::{EncryptionMode, FileVersion};
use crate::op::list_file_names::FileNamesPage;
use crate::plan::blocks::{MANIFEST_LEN_MAX, Manifest, ManifestError, is_manifest, sidecar_name};
use alloc::boxed::Box;

impl FindBasis {
    pub(super) fn failed(&mut self, error: Error) {
        if matches!(error.kind, ErrorKind::Unauthorized | ErrorKind::AccessDenied) {
            // That the key may not shows here where its login did not tell.
            self.nothing(NoBasis::NotAllowed);
        } else if error.kind == ErrorKind::NotFound {
            // It has gone since it was listed.
            self.nothing(NoBasis::NoManifest);
        } else if matches!(self.stage, Stage::Fetching(_)) && error.kind != ErrorKind::Cancelled {
            // The upload needs no download.
            self.nothing(NoBasis::Unreachable(error.kind));
        } else {
            self.end(Err(error));
        }
    }

    pub(super) fn looked(&mut self, page: FileNamesPage) {
        self.found.version = visible(page, self.file.name()).filter(FileVersion::is_finished);
        match self.found.version.as_ref().map(|version| self.key_of(version)) {
            Some(Ok(key)) => self.found.key = key,
            Some(Err(why)) => self.found.lacks = Some(why),
            None => {}
        }
        let Some(name) = sidecar_name(self.file.name()) else {
            return self.nothing(NoBasis::NameTooLong);
        };
        // Also without a version: what has the manifest's name shows whether there can be one.
        self.stage = Stage::Asking(self.ask(&name, SLOTS[1]));
    }

    pub(super) fn asked(&mut self, page: FileNamesPage) {
        let name = sidecar_name(self.file.name()).unwrap_or_default();
        let sidecar = visible(page, &name);
        self.found.takes_manifest = sidecar.as_ref().is_none_or(is_manifest);
        let Some(sidecar) = sidecar else {
            let version = self.found.version.as_ref();
            return self.nothing(version.map_or(NoBasis::NoVersion, |_| NoBasis::NoManifest));
        };
        if !is_manifest(&sidecar) {
            return self.nothing(NoBasis::NameTaken);
        }
        let (file_id, len) = (sidecar.file_id.clone(), sidecar.content_length);
        let key = self.key_of(&sidecar);
        self.found.sidecar = Some(sidecar);
        if self.found.version.is_none() {
            return self.nothing(NoBasis::NoVersion);
        }
        // Neither of the two may need another key.
        let (Ok(key), None) = (key, self.found.lacks) else {
            return self.nothing(NoBasis::NoCustomerKey);
        };
        if len > MANIFEST_LEN_MAX {
            return self.nothing(NoBasis::Unreadable(ManifestError::Foreign));
        }
        let key = self.file.own_key().filter(|_| key.is_some());
        let fetch = FetchManifest::new(file_id).customer_key(key);
        self.stage = Stage::Fetching(Box::new(Single::new(fetch).in_slot(SLOTS[2])));
    }

    /// The key of a version, if it needs one; an error if that is not the file's.
    fn key_of(&self, version: &FileVersion) -> Result<Option<NamedKey>, NoBasis> {
        let encryption = version.server_side_encryption.as_ref();
        let mode = encryption.and_then(|encryption| encryption.mode.as_ref());
        if mode != Some(&EncryptionMode::SseC) {
            return Ok(None);
        }
        key_of(version, &self.file).map(Some).ok_or(NoBasis::NoCustomerKey)
    }

    pub(super) fn fetched(&mut self, manifest: Result<Manifest, ManifestError>) {
        let manifest = match manifest {
            Ok(manifest) => manifest,
            Err(error) => return self.nothing(NoBasis::Unreadable(error)),
        };
        let Basis { version: Some(version), .. } = &self.found else {
            return self.nothing(NoBasis::NoVersion);
        };
        let (id, len) = (version.file_id.as_str(), version.content_length);
        if !manifest.describes(id, len, version.whole_sha1()) {
            return self.nothing(NoBasis::OtherVersion);
        }
        let found = core::mem::replace(&mut self.found, Basis::NOTHING);
        self.end(Ok(Basis { manifest: Some(manifest), ..found }));
    }
}
