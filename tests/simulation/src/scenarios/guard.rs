//! How new files are guarded: by locks, by the default of their bucket, by encryption.

use b2_proto::machine::copy::{CopyTarget, TargetEncryption};
use b2_proto::model::{FileRetention, LegalHold, RetentionMode};
use b2_proto::op::new_file::NewFile;
use b2_proto::rng::Rng;
use serde_json::{Value, json};

use crate::account::Place;
use crate::held::Held;
use crate::service::{BEGIN_MS, Side};

/// What keeps a new file from being deleted or read, as it is asked for or as its bucket does it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Guard {
    /// A bucket with file lock; the one without where there is none.
    bucket_id: Option<String>,
    /// The bucket retains its files so long, in milliseconds, where nothing is asked for.
    default_ms: Option<u64>,
    retention: Option<FileRetention>,
    hold: Option<bool>,
    encryption: TargetEncryption,
}

const DAY_MS: u64 = 86_400_000;
/// How long one of the buckets retains its files by default, in days.
const DEFAULT_DAYS: u64 = 7;

impl Guard {
    /// Locks for a third of the files, in a bucket that has a default or has none.
    pub(crate) fn draw(rng: &mut Rng, side: &Side) -> Self {
        let (is_locked, has_default) = (rng.below(3) == 0, rng.below(2) == 0);
        let mut guard = Self::default();
        guard.draw_locks(rng);
        if !is_locked {
            return Self::default();
        }
        let days = has_default.then_some(DEFAULT_DAYS);
        guard.default_ms = days.map(|days| days * DAY_MS);
        guard.bucket_id = Some(side.locked_bucket(BEGIN_MS, days));
        guard
    }

    /// Other locks and another encryption in the same bucket.
    pub(crate) fn draw_other(&self, rng: &mut Rng) -> Self {
        let mut other = self.clone();
        if self.bucket_id.is_some() {
            other.draw_locks(rng);
        }
        // A customer's key has a name in the file info, which tells two files apart.
        other.encryption = match rng.below(2) {
            0 => TargetEncryption::Default,
            _ => TargetEncryption::Managed,
        };
        other
    }

    /// The same with this encryption.
    pub(crate) fn encrypted(self, encryption: TargetEncryption) -> Self {
        Self { encryption, ..self }
    }

    fn draw_locks(&mut self, rng: &mut Rng) {
        let until_ms = BEGIN_MS + 365 * DAY_MS + rng.below(DAY_MS);
        self.retention = match rng.below(4) {
            0 | 1 => None,
            2 => Some(FileRetention::governance(until_ms)),
            _ => Some(FileRetention::compliance(until_ms)),
        };
        self.hold = [None, Some(true), Some(false)][crate::world::index(rng.below(3))];
    }

    /// The file's name, and its bucket if it is not the usual one.
    pub(crate) fn place<'a>(&'a self, name: &'a str) -> Place<'a> {
        Place { bucket_id: self.bucket_id.as_deref(), name }
    }

    /// The bucket, which is the `usual` one where there is nothing to be locked.
    pub(crate) fn bucket_id<'a>(&'a self, usual: &'a str) -> &'a str {
        self.bucket_id.as_deref().unwrap_or(usual)
    }

    /// Whether the bucket retains the file without being asked.
    pub(crate) const fn is_by_default(&self) -> bool {
        self.default_ms.is_some() && self.retention.is_none()
    }

    /// Whether the bucket retains what nobody asks to be locked.
    pub(crate) const fn is_default_of_bucket(&self) -> bool {
        self.default_ms.is_some()
    }

    /// Asks for all of it.
    pub(crate) fn set(&self, file: NewFile) -> NewFile {
        let file = file.encryption(self.encryption.clone());
        let file = file.retention(self.retention.clone().unwrap_or(FileRetention::NONE));
        match self.hold {
            Some(is_on) => file.legal_hold(is_on),
            None => file,
        }
    }

    /// The same for a copy, which is not encrypted here.
    pub(crate) fn set_target(&self, mut target: CopyTarget) -> CopyTarget {
        if let Some(retention) = &self.retention {
            target = target.retention(retention.clone());
        }
        match self.hold {
            Some(is_on) => target.legal_hold(LegalHold::from_bool(is_on)),
            None => target,
        }
    }

    /// The locks as a request to start a large file has them.
    pub(crate) fn locks(&self) -> Value {
        let mut locks = json!({});
        if let Some(retention) = &self.retention {
            locks["fileRetention"] = json!(retention);
        }
        if let Some(is_on) = self.hold {
            locks["legalHold"] = json!(LegalHold::from_bool(is_on));
        }
        locks
    }

    /// Whether a version is guarded so.
    pub(crate) fn is_of(&self, held: &Held) -> bool {
        self.is_alike(held) && self.is_retained_so(held)
    }

    /// Whether one that another job of the same name and content has asked to be guarded so may
    /// be taken for this one's: a retention that was not asked for may be the bucket's.
    pub(crate) fn may_take(&self, held: &Held, other: &Self) -> bool {
        self.bucket_id.is_some()
            && self.retention.is_none()
            && self.is_alike(held)
            && other.is_of(held)
    }

    fn is_alike(&self, held: &Held) -> bool {
        let encryption = held.encryption.as_deref();
        let is_encrypted_so = match self.encryption {
            // An unfinished file with a key of the service's is gone on with.
            TargetEncryption::Default => encryption != Some("SSE-C"),
            TargetEncryption::Managed => encryption == Some("SSE-B2"),
            TargetEncryption::Customer(_) => encryption == Some("SSE-C"),
        };
        is_encrypted_so && self.hold.unwrap_or(false) == held.hold.unwrap_or(false)
    }

    fn is_retained_so(&self, held: &Held) -> bool {
        match (&self.retention, self.default_ms) {
            (None, None) => held.retention == FileRetention::NONE,
            (Some(asked), _) => held.retention == *asked,
            (None, Some(default_ms)) => {
                let until_ms = held.retention.retain_until_ms.unwrap_or(0);
                // It counts from when the file was begun, which may have a time of its own.
                held.retention.mode == Some(RetentionMode::Governance)
                    && until_ms.abs_diff(held.uploaded_ms + default_ms) < DAY_MS
            }
        }
    }
}
