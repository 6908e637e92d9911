//! What an upload can have beside its bytes and its lanes.

use b2_proto::machine::copy::TargetEncryption;
use b2_proto::machine::put::{Continue, PutOptions, WholeSha1};
use b2_proto::op::new_file::NewFile;
use b2_proto::rng::Rng;

use crate::customer_key;
use crate::scenarios::Guard;
use crate::service::{BEGIN_MS, Side};

/// The manner of an upload; by default the one of most callers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Manner {
    /// The unfinished file it goes on with, and no other.
    pub(crate) file_id: Option<String>,
    /// It is read while it is sent, and not before.
    is_one_pass: bool,
    /// An upload time of its own, in milliseconds since 1970.
    time_ms: Option<u64>,
    pub(crate) guard: Guard,
}

/// An upload time of its own is earlier than the run by less than this.
const AGE_MS_MAX: u64 = 3_600_000;

impl Manner {
    /// Each of these for a part of the uploads.
    pub(crate) fn draw(rng: &mut Rng, side: &Side) -> Self {
        let (is_one_pass, is_dated) = (rng.below(4) == 0, rng.below(4) == 0);
        let age_ms = 1 + rng.below(AGE_MS_MAX);
        let encryption = match rng.below(8) {
            0 | 1 => customer_key::named().into(),
            2 => TargetEncryption::Managed,
            _ => TargetEncryption::Default,
        };
        let time_ms = is_dated.then(|| BEGIN_MS - age_ms);
        let guard = Guard::draw(rng, side).encrypted(encryption);
        Self { file_id: None, is_one_pass, time_ms, guard }
    }

    /// That of most callers, but for locks.
    pub(crate) fn guarded(guard: Guard) -> Self {
        Self { guard, ..Self::default() }
    }

    /// Whether it has an upload time of its own.
    pub(crate) const fn is_dated(&self) -> bool {
        self.time_ms.is_some()
    }

    /// The file to be uploaded.
    pub(crate) fn file(&self, bucket_id: &str, name: &str) -> NewFile {
        let bucket_id = self.guard.bucket_id(bucket_id);
        let mut file = NewFile::new(bucket_id, name).content_type("text/plain");
        if let Some(ms) = self.time_ms {
            file = file.upload_timestamp_ms(ms);
        }
        self.guard.set(file)
    }

    /// Sets what is of this in the options.
    pub(crate) fn set(&self, options: &mut PutOptions) {
        if let Some(id) = &self.file_id {
            options.resume = Continue::File(id.as_str().into());
        }
        if self.is_one_pass {
            options.whole_sha1 = WholeSha1::OnePass;
        }
    }
}
