//! Making a bucket, also where somebody else has the name.

use b2_proto::error::{Error, ErrorKind};
use b2_proto::machine::engine::{AnyOutput, JobId};
use b2_proto::machine::single::Single;
use b2_proto::model::{Bucket, BucketType};
use b2_proto::op::CreateBucket;
use b2_proto::rng::Rng;

use crate::checkers::effects_are_told;
use crate::checkers::repeats_have_reasons::Needs;
use crate::jobs::{After, Job, Seat};
use crate::service::{BEGIN_MS, Side};

/// A bucket to make.
#[derive(Clone, Debug)]
pub(crate) struct MakeBucketJob {
    name: String,
    /// The bucket of that name which is there, with other settings.
    taken: Option<String>,
}

const CREATE: &str = "b2_create_bucket";

impl MakeBucketJob {
    /// A bucket whose name is taken in a quarter of the cases.
    pub(crate) fn draw(name: String, rng: &mut Rng, side: &Side) -> Self {
        let taken = (rng.below(4) == 0).then(|| side.make_bucket(BEGIN_MS, &name));
        Self { name, taken }
    }
}

impl Job for MakeBucketJob {
    fn add(&self, seat: &mut Seat<'_>) -> JobId {
        let create = CreateBucket::new(self.name.as_str(), BucketType::AllPublic);
        seat.add(Single::new(create.info("made", "here")))
    }

    fn needs(&self) -> Needs {
        Needs::from([(CREATE, 1)])
    }

    fn is_done_before(&self, error: &Error) -> bool {
        error.kind == ErrorKind::Conflict
    }

    fn is_overtaken(&self, error: &Error) -> bool {
        self.taken.is_some() && error.kind == ErrorKind::Conflict && !error.may_have_taken_effect
    }

    fn check(&self, outcome: &Result<AnyOutput, Error>, after: &After<'_>) -> Result<(), String> {
        let of_name = after.account.buckets.iter().filter(|bucket| bucket.name == self.name);
        let mut found: Vec<_> = of_name.collect();
        if let Some(taken) = &self.taken {
            found.retain(|bucket| bucket.id != *taken || bucket.is_public);
        }
        if let Ok(output) = outcome {
            let id = &output.downcast_ref::<Bucket>().expect("a bucket").bucket_id;
            if !found.iter().any(|bucket| *id == *bucket.id && bucket.is_public) {
                return Err(format!("S10: {id:?} is told, but there is {found:?}"));
            }
        }
        if found.len() > 1 {
            return Err(format!("S10: more than one bucket: {found:?}"));
        }
        effects_are_told::check(CREATE, true, outcome, after, found.len() as u64)
    }
}
