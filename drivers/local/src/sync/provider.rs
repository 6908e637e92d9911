//! What a sync cannot know of single files: keys, locks, types.

use b2_proto::machine::copy::{CopyTarget, NamedKey};
use b2_proto::model::FileVersion;
use b2_proto::op::new_file::NewFile;

/// Decides for each file how it is stored and with which key it is read.
///
/// Each method is asked once for each file, just before it is transferred, and adds what it wants
/// to what is there.
///
/// ```
/// use b2_local::sync::Provider;
/// use b2_proto::machine::copy::TargetEncryption;
/// use b2_proto::op::new_file::NewFile;
///
/// /// Encrypts what is in a folder with keys of the service's.
/// struct Managed;
///
/// impl Provider for Managed {
///     fn upload(&self, file: NewFile) -> NewFile {
///         let is_private = file.name().starts_with("private/");
///         if is_private { file.encryption(TargetEncryption::Managed) } else { file }
///     }
/// }
/// ```
pub trait Provider: Send + Sync {
    /// What a file is uploaded as: type, file info, encryption, retention, legal hold. The time of
    /// modification is added afterwards.
    fn upload(&self, file: NewFile) -> NewFile {
        file
    }

    /// What a version is copied to. Its type and file info are the source's unless replaced here;
    /// encryption and locks are never copied.
    fn copy(&self, target: CopyTarget, source: &FileVersion) -> CopyTarget {
        let _ = source;
        target
    }

    /// The key that a version is encrypted with (SSE-C), to download or copy it. Where renamed
    /// files are looked for, this is also asked about versions of the destination; one whose key
    /// is not known is uploaded instead.
    fn source_key(&self, source: &FileVersion) -> Option<NamedKey> {
        let _ = source;
        None
    }
}

/// The buckets' own defaults, and no keys.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct BucketDefaults;

impl Provider for BucketDefaults {}
