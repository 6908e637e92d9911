//! What was found of a file's newest version.

use crate::error::ErrorKind;
use crate::id::SourceId;
use crate::machine::copy::{CopySource, NamedKey};
use crate::machine::synthesis::WriteIntent;
use crate::machine::upload::{Reason, Reused};
use crate::model::FileVersion;
use crate::op::file_spec::DescribeFile as _;
use crate::op::new_file::NewFile;
use crate::plan::blocks::{Manifest, ManifestError, Matched, Matcher};
use crate::wire::text::Sha1;
use alloc::vec::Vec;

/// What the service has that a file could be built from; see
/// [`FindBasis`](crate::machine::basis::FindBasis).
#[derive(Clone, Debug)]
pub struct Basis {
    /// The visible version of the name, if there is one.
    pub version: Option<FileVersion>,
    /// The key it is encrypted with, if that is the new file's.
    pub key: Option<NamedKey>,
    /// The manifest of that version's blocks.
    pub manifest: Option<Manifest>,
    /// Why there is no manifest that can be used.
    pub lacks: Option<NoBasis>,
    /// The manifest that is there, for whatever version; a new one takes its place.
    pub sidecar: Option<FileVersion>,
    /// Whether a manifest of the new version may be kept beside it.
    pub takes_manifest: bool,
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
    /// The manifest could not be fetched.
    Unreachable(ErrorKind),
    /// The version has other bytes than was said, by its manifest or by itself, or is gone.
    Refuted,
}

impl Basis {
    /// Nothing has been found yet.
    pub(super) const NOTHING: Self = Self {
        version: None,
        key: None,
        manifest: None,
        lacks: None,
        sidecar: None,
        takes_manifest: false,
        part_len_min: 0,
    };

    /// Whether anything comes of reading the new file before it is uploaded: matches, or a manifest
    /// to keep.
    #[must_use]
    pub fn is_worth_reading(&self) -> bool {
        self.takes_manifest || self.manifest.is_some() || self.beginning().is_some()
    }

    /// What reads a new file of `len` bytes: it gets the manifest, or else looks whether the file
    /// begins with all of the version.
    #[must_use]
    pub fn matcher(&mut self, len: u64) -> Matcher {
        let matcher = Matcher::new(len, self.part_len_min, self.manifest.take());
        match self.beginning() {
            Some((len, sha1)) => matcher.beginning(len, sha1),
            None => matcher,
        }
    }

    /// Length and SHA-1 of the version, if it can be copied and both are known.
    fn beginning(&self) -> Option<(u64, Sha1)> {
        let is_closed = matches!(self.lacks, Some(NoBasis::NotAllowed | NoBasis::NoCustomerKey));
        let version = self.version.as_ref().filter(|_| !is_closed)?;
        let len = version.content_length;
        (len >= self.part_len_min.max(1)).then_some((len, version.whole_sha1()?))
    }

    /// What `file` is built from after it was read: the first intent is all of it, source 0 of the
    /// job, and the others what the version has of it. None when it is to be uploaded as it is:
    /// nothing matches, or all of it does and a copy cannot have the upload time that is wanted.
    #[must_use]
    pub fn intents(&self, file: &NewFile, matched: &Matched) -> Vec<WriteIntent> {
        let Some(version) = &self.version else { return Vec::new() };
        let is_all = matched.matches.iter().any(|found| found.span.len == matched.len);
        let has_time = file.spec().upload_timestamp_ms.is_some();
        if matched.matches.is_empty() || is_all && has_time {
            return Vec::new();
        }
        let mut source = CopySource::of_version(version);
        if let Some(key) = &self.key {
            source = source.customer_key(key.clone());
        }
        let mut intents = Vec::with_capacity(1 + matched.matches.len());
        intents.push(WriteIntent::local(0, SourceId(0), 0, matched.len));
        intents.extend(matched.matches.iter().map(|found| {
            let is_whole = found.base_offset == 0 && found.span.len == version.content_length;
            let source = source.clone();
            let part = || source.clone().range(found.base_offset, found.span.len);
            WriteIntent::remote(found.span.offset, if is_whole { source.clone() } else { part() })
        }));
        intents
    }

    /// What an upload says about bytes that were copied.
    #[must_use]
    pub const fn reused(&self, bytes: u64) -> Reused {
        match self.lacks {
            None if bytes > 0 => Reused::Blocks { bytes },
            Some(_) if bytes > 0 => Reused::Version { bytes },
            Some(NoBasis::NotAllowed) => Reused::NotAllowed,
            Some(NoBasis::TooShort) => Reused::Nothing(Reason::TooShort),
            Some(NoBasis::NoCustomerKey) => Reused::Nothing(Reason::NoCustomerKey),
            None | Some(_) if self.version.is_none() => Reused::Nothing(Reason::NoVersion),
            None | Some(_) => Reused::Nothing(Reason::Changed),
        }
    }
}
