//! What was found of a file's newest version.

use crate::machine::copy::{CopySource, NamedKey};
use crate::model::FileVersion;
use crate::plan::blocks::{Manifest, ManifestError};

/// What the service has that a file could be built from; see
/// [`FindBasis`](crate::machine::basis::FindBasis).
#[derive(Clone, Debug)]
pub struct Basis {
    /// The visible version of the name, if there is one.
    pub version: Option<FileVersion>,
    /// The key it is encrypted with, if that is the new file's.
    pub key: Option<NamedKey>,
    /// The manifest of that version's blocks, or why there is none to use.
    pub manifest: Result<Manifest, NoBasis>,
    /// The manifest that is there, for whatever version; a new one takes its place.
    pub sidecar: Option<FileVersion>,
    /// How long a part must be that is copied, in bytes.
    pub part_len_min: u64,
}

/// Why a file cannot be built from the blocks of its newest version.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum NoBasis {
    /// The key may not list files, or may not read them.
    NotAllowed,
    /// The file is no longer than the shortest part.
    TooShort,
    /// There is no version at the service, or what is there hides the file.
    NoVersion,
    /// The version or its manifest is encrypted with a customer key that the caller does not give.
    NoCustomerKey,
    /// There is no manifest.
    NoManifest,
    /// What has the manifest's name is another file; none is kept.
    NameTaken,
    /// The manifest's name would be too long; none is kept.
    NameTooLong,
    /// The manifest is of another version: the newest was uploaded without one.
    OtherVersion,
    /// The manifest cannot be used.
    Unreadable(ManifestError),
}

impl Basis {
    /// Nothing has been found yet.
    pub(super) const NOTHING: Self = Self {
        version: None,
        key: None,
        manifest: Err(NoBasis::NoManifest),
        sidecar: None,
        part_len_min: 0,
    };

    /// The version as the source of copies.
    #[must_use]
    pub fn source(&self) -> Option<CopySource> {
        let source = self.version.as_ref().map(CopySource::of_version);
        source.map(|source| match self.key.clone() {
            Some(key) => source.customer_key(key),
            None => source,
        })
    }

    /// Whether a manifest of the new version may be kept beside it.
    #[must_use]
    pub fn takes_manifest(&self) -> bool {
        let Err(why) = &self.manifest else { return true };
        match why {
            NoBasis::TooShort | NoBasis::NameTaken | NoBasis::NameTooLong => false,
            // Nobody has looked what has its name.
            NoBasis::NotAllowed => false,
            NoBasis::NoVersion
            | NoBasis::NoCustomerKey
            | NoBasis::NoManifest
            | NoBasis::OtherVersion
            | NoBasis::Unreadable(_) => true,
        }
    }
}
