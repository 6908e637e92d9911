//! Keys of the files that are written and read.

use b2_local::sync::{Place, Provider};
use b2_proto::machine::copy::{CopyTarget, NamedKey, TargetEncryption};
use b2_proto::model::FileVersion;
use b2_proto::op::new_file::NewFile;

use crate::args::SyncArgs;
use crate::commands::file::encryption::{source_key, source_key_id, target_key};
use crate::failure::Failure;

/// One way for all files of each side.
pub(super) struct Keys {
    target: TargetEncryption,
    source: Option<NamedKey>,
}

/// As the options and the environment say (spec 1.5).
pub(super) fn of(args: &SyncArgs, source: &Place, destination: &Place) -> Result<Keys, Failure> {
    let refuse = |side: &str| {
        let text =
            format!("ValueError: server-side encryption cannot be set for a non-b2 sync {side}");
        Err(Failure::Line(text))
    };
    let mode = args.target.destination_server_side_encryption.as_deref();
    if mode.is_some() && matches!(destination, Place::Folder(_)) {
        return refuse("destination");
    }
    if args.read.source_server_side_encryption.is_some() && matches!(source, Place::Folder(_)) {
        return refuse("source");
    }
    let target = match mode {
        None => TargetEncryption::Default,
        Some("SSE-C") => {
            let (key, id) = target_key()?;
            TargetEncryption::Customer(NamedKey::new(&key, id.as_deref()))
        }
        Some(_) => TargetEncryption::Managed,
    };
    let source = source_key(&args.read)?.map(|key| NamedKey::new(&key, source_key_id().as_deref()));
    Ok(Keys { target, source })
}

impl Provider for Keys {
    fn upload(&self, file: NewFile) -> NewFile {
        file.encryption(self.target.clone())
    }

    fn copy(&self, target: CopyTarget, _: &FileVersion) -> CopyTarget {
        target.encryption(self.target.clone())
    }

    fn source_key(&self, _: &FileVersion) -> Option<NamedKey> {
        self.source.clone()
    }
}
