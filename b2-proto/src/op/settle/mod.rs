//! What became of a request whose answer was lost: what is asked, and what the answer means.
//!
//! An operation that may be done twice, or that is refused when it was done already, names a
//! [`Question`] about the present state. The machine asks it before it sends the request again
//! and before it gives up, and the operation draws a [`Conclusion`] from the [`Facts`]. Without a
//! heap nothing is asked: the outcome says that it is not known (see DESIGN.md, "Unknown
//! outcomes").

use crate::error::Error;
use crate::machine::session::given::Given;
#[cfg(feature = "alloc")]
use crate::model::{Bucket, FileVersion};
#[cfg(feature = "alloc")]
use crate::op::list_file_versions::FileVersionsPage;
#[cfg(feature = "alloc")]
use crate::op::list_keys::KeysPage;
#[cfg(feature = "alloc")]
use crate::op::{GetFileInfo, ListBuckets, ListFileVersions, ListKeys, Operation as _};

#[cfg(feature = "alloc")]
pub(crate) mod buckets;
#[cfg(feature = "alloc")]
pub(crate) mod guard;
#[cfg(feature = "alloc")]
mod versions;

#[cfg(feature = "alloc")]
pub use versions::{Search, has_info};

/// The service's hosts have clocks of their own. What was stored so much earlier than the first
/// attempt, by the date of another host's answer, may still be of that attempt.
pub const CLOCK_SLACK_MS: u64 = 5_000;

/// What is asked of the service.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Question {
    /// Which versions there are.
    #[cfg(feature = "alloc")]
    Versions(ListFileVersions),
    /// Which buckets there are.
    #[cfg(feature = "alloc")]
    Buckets(ListBuckets),
    /// Which keys there are.
    #[cfg(feature = "alloc")]
    Keys(ListKeys),
    /// Whether there is a certain file version.
    #[cfg(feature = "alloc")]
    File(GetFileInfo<alloc::string::String>),
}

impl Question {
    /// The newest versions of one name.
    #[cfg(feature = "alloc")]
    pub fn versions_of(bucket_id: &str, name: &str) -> Self {
        Self::Versions(
            ListFileVersions::new(bucket_id)
                .start_at(name)
                .prefix(name)
                .page_len(versions::ROWS_MAX),
        )
    }

    /// The capability it takes.
    pub const fn capability(&self) -> &'static str {
        match *self {
            #[cfg(feature = "alloc")]
            Self::Versions(_) => ListFileVersions::SPEC.capability,
            #[cfg(feature = "alloc")]
            Self::Buckets(_) => ListBuckets::SPEC.capability,
            #[cfg(feature = "alloc")]
            Self::Keys(_) => ListKeys::SPEC.capability,
            #[cfg(feature = "alloc")]
            Self::File(_) => GetFileInfo::<&str>::SPEC.capability,
        }
    }
}

/// What the service answers.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Facts {
    /// Versions, the newest of a name first.
    #[cfg(feature = "alloc")]
    Versions(FileVersionsPage),
    /// Buckets.
    #[cfg(feature = "alloc")]
    Buckets(alloc::vec::Vec<Bucket>),
    /// Keys.
    #[cfg(feature = "alloc")]
    Keys(KeysPage),
    /// The file version, unless there is none.
    #[cfg(feature = "alloc")]
    File(Option<alloc::boxed::Box<FileVersion>>),
}

/// What is known about the attempts whose answers were lost.
#[derive(Debug)]
pub struct Lost<'a> {
    /// By the service's clock, the first attempt was not sent before this, in milliseconds since
    /// 1970.
    pub since_ms: u64,
    /// The versions that jobs of this session have got.
    #[cfg_attr(not(feature = "alloc"), expect(dead_code, reason = "without a heap nobody asks"))]
    pub(crate) given: &'a mut Given,
}

/// What the facts say about a request whose answer was lost.
#[derive(Debug)]
pub enum Conclusion<T> {
    /// It was done, and this is what its answer would have told.
    Done(T),
    /// It was not done, so it may be sent again.
    NotDone,
    /// It cannot be told. It is sent again as if nobody had asked, and what comes of it says that
    /// it may have been done twice.
    Unclear,
    /// It cannot be told, and sending it again would not help the caller.
    Failed(Error),
}
