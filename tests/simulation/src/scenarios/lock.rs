//! Locking a version, and lifting locks again.

use b2_proto::error::Error;
use b2_proto::machine::engine::{AnyOutput, JobId};
use b2_proto::machine::single::Single;
use b2_proto::model::{FileRetention, LegalHold};
use b2_proto::op::{UpdateFileLegalHold, UpdateFileRetention};
use b2_proto::rng::Rng;

use crate::checkers::effects_are_told;
use crate::checkers::repeats_have_reasons::Needs;
use crate::held::Held;
use crate::jobs::{After, Job, Seat};
use crate::service::{BEGIN_MS, Side};

/// A version to lock or to free.
#[derive(Clone, Debug)]
pub(crate) struct LockJob {
    name: String,
    file_id: String,
    change: Change,
}

#[derive(Clone, Copy, Debug)]
enum Change {
    Hold,
    Retain {
        until_ms: u64,
    },
    /// A retention ends sooner, which only a key with the right to it may say.
    Shorten {
        until_ms: u64,
    },
}

const HOLD: &str = "b2_update_file_legal_hold";
const RETAIN: &str = "b2_update_file_retention";
/// Longer than any run.
const DAY_MS: u64 = 86_400_000;

impl LockJob {
    /// Of a version that is put there now, and retained for two days if that is to be shortened.
    pub(crate) fn draw(name: String, rng: &mut Rng, side: &Side) -> Self {
        let file_id = side.put_lockable(BEGIN_MS, &name);
        let until_ms = BEGIN_MS + 365 * DAY_MS + rng.below(DAY_MS);
        let change = match rng.below(3) {
            0 => Change::Hold,
            1 => Change::Retain { until_ms },
            _ => {
                side.retain(BEGIN_MS, (&name, &file_id), until_ms + DAY_MS);
                Change::Shorten { until_ms }
            }
        };
        Self { name, file_id, change }
    }

    const fn operation(&self) -> &'static str {
        match self.change {
            Change::Hold => HOLD,
            Change::Retain { .. } | Change::Shorten { .. } => RETAIN,
        }
    }

    fn is_done(&self, now: &Held) -> bool {
        match self.change {
            Change::Hold => now.hold == Some(true),
            Change::Retain { until_ms } | Change::Shorten { until_ms } => {
                now.retention == FileRetention::governance(until_ms)
            }
        }
    }
}

impl Job for LockJob {
    fn add(&self, seat: &mut Seat<'_>) -> JobId {
        let (name, id) = (self.name.clone(), self.file_id.as_str());
        match self.change {
            Change::Hold => {
                seat.add(Single::new(UpdateFileLegalHold::new(name, id, LegalHold::On)))
            }
            Change::Retain { until_ms } => {
                let retention = FileRetention::governance(until_ms);
                seat.add(Single::new(UpdateFileRetention::new(name, id, retention)))
            }
            Change::Shorten { until_ms } => {
                let retention = FileRetention::governance(until_ms);
                let update = UpdateFileRetention::new(name, id, retention).bypass_governance();
                seat.add(Single::new(update))
            }
        }
    }

    fn needs(&self) -> Needs {
        Needs::from([(self.operation(), 1)])
    }

    fn check(&self, outcome: &Result<AnyOutput, Error>, after: &After<'_>) -> Result<(), String> {
        let found = after.held.iter().find(|it| it.file_id == self.file_id);
        let Some(now) = found else { return Err(format!("{} is lost", self.name)) };
        effects_are_told::check(
            self.operation(),
            false,
            outcome,
            after,
            u64::from(self.is_done(now)),
        )
    }
}
