//! Keys and locks of the files that are written and read.

use b2_local::sync::{Place, Provider};
use b2_proto::machine::copy::{CopyTarget, NamedKey, TargetEncryption};
use b2_proto::model::{EncryptionMode, FileRetention, FileVersion, LegalHold};
use b2_proto::op::new_file::NewFile;

use crate::args::SyncArgs;
use crate::commands::file::encryption::{source_key, source_key_id, target_key};
use crate::commands::file::lock;
use crate::failure::Failure;

/// One way for all files of each side.
pub(super) struct Storing {
    target: TargetEncryption,
    retention: Option<FileRetention>,
    legal_hold: Option<bool>,
    /// What stored files are read with.
    source: Option<NamedKey>,
}

/// As the options and the environment say (spec 1.5).
pub(super) fn of(args: &SyncArgs, source: &Place, destination: &Place) -> Result<Storing, Failure> {
    let refuse = |what: &str, side: &str| {
        Err(Failure::Line(format!("ValueError: {what} cannot be set for a non-b2 sync {side}")))
    };
    let encryption = "server-side encryption";
    let (goes_up, comes_down) =
        (matches!(source, Place::Folder(_)), matches!(destination, Place::Folder(_)));
    let mode = args.target.destination_server_side_encryption.as_deref();
    if mode.is_some() && comes_down {
        return refuse(encryption, "destination");
    }
    if args.read.source_server_side_encryption.is_some() && goes_up {
        return refuse(encryption, "source");
    }
    let (retention, legal_hold) = (lock::retention(&args.lock)?, lock::legal_hold(&args.lock));
    if comes_down && (retention.is_some() || legal_hold.is_some()) {
        return refuse("retention and legal holds", "destination");
    }
    let mut source =
        source_key(&args.read)?.map(|key| NamedKey::new(&key, source_key_id().as_deref()));
    let target = match mode {
        None => TargetEncryption::Default,
        Some("SSE-C") => {
            let (key, id) = target_key()?;
            let key = NamedKey::new(&key, id.as_deref());
            // Files that were renamed are copied within the destination.
            source = source.or_else(|| goes_up.then(|| key.clone()));
            TargetEncryption::Customer(key)
        }
        Some(_) => TargetEncryption::Managed,
    };
    Ok(Storing { target, retention, legal_hold, source })
}

impl Provider for Storing {
    fn upload(&self, file: NewFile) -> NewFile {
        let mut file = file.encryption(self.target.clone());
        if let Some(retention) = &self.retention {
            file = file.retention(retention.clone());
        }
        self.legal_hold.into_iter().fold(file, NewFile::legal_hold)
    }

    fn copy(&self, target: CopyTarget, _: &FileVersion) -> CopyTarget {
        let mut target = target.encryption(self.target.clone());
        if let Some(retention) = &self.retention {
            target = target.retention(retention.clone());
        }
        let holds = self.legal_hold.map(|is_on| if is_on { LegalHold::On } else { LegalHold::Off });
        holds.into_iter().fold(target, CopyTarget::legal_hold)
    }

    fn source_key(&self, source: &FileVersion) -> Option<NamedKey> {
        let mode = source.server_side_encryption.as_ref().and_then(|it| it.mode.as_ref());
        // A key for what needs none is refused.
        self.source.clone().filter(|_| mode == Some(&EncryptionMode::SseC))
    }
}
