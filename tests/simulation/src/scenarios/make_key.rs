//! Making a key: never a second one unless nobody could tell.

use b2_proto::error::Error;
use b2_proto::machine::engine::{AnyOutput, JobId};
use b2_proto::machine::single::Single;
use b2_proto::model::CreatedKey;
use b2_proto::op::CreateKey;
use b2_proto::rng::Rng;

use crate::checkers::effects_are_told;
use crate::checkers::repeats_have_reasons::Needs;
use crate::jobs::{After, Job, Seat};

/// A key to make.
#[derive(Clone, Debug)]
pub(crate) struct MakeKeyJob {
    name: String,
    life_s: Option<u32>,
    is_restricted: bool,
}

const CREATE: &str = "b2_create_key";
const LIFE_S: u32 = 86_400;

impl MakeKeyJob {
    /// A key that expires or not, for one bucket or all.
    pub(crate) fn draw(name: String, rng: &mut Rng) -> Self {
        let (expires, is_restricted) = (rng.below(2) == 0, rng.below(2) == 0);
        Self { name, life_s: expires.then_some(LIFE_S), is_restricted }
    }
}

impl Job for MakeKeyJob {
    fn add(&self, seat: &mut Seat<'_>) -> JobId {
        let mut create =
            CreateKey::new(self.name.as_str(), ["readFiles".into(), "listFiles".into()]);
        create.valid_duration_in_seconds = self.life_s;
        if self.is_restricted {
            create = create.bucket(seat.bucket_id).prefix("folder/");
        }
        seat.add(Single::new(create))
    }

    fn needs(&self) -> Needs {
        Needs::from([(CREATE, 1)])
    }

    fn check(&self, outcome: &Result<AnyOutput, Error>, after: &After<'_>) -> Result<(), String> {
        let of_name = after.account.keys.iter().filter(|key| key.name == self.name);
        let found: Vec<_> = of_name.collect();
        if let Ok(output) = outcome {
            let made = output.downcast_ref::<CreatedKey>().expect("a key");
            let id = &made.key.application_key_id;
            if !found.iter().any(|key| *id == *key.id) {
                return Err(format!("S10: {id:?} is told, but there is {found:?}"));
            }
        }
        effects_are_told::check(CREATE, false, outcome, after, found.len() as u64)
    }
}
