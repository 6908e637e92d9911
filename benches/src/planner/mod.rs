//! The planner of files built from many sources, alone: shapes of input and ways to plan them.

pub mod backup;
pub mod blocks;
pub mod shapes;
pub mod vectors;

use b2_proto::limits::PARTS_MAX;
use b2_proto::plan::sizes::{SizeOptions, Sizes};
use b2_proto::plan::synthesis::least::Weights;
use b2_proto::plan::synthesis::{Intent, Synthesis};

/// How a file is planned.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// As the reference does.
    Reference,
    /// The same, while the intents come.
    Streaming,
    /// With the least transfer.
    Least,
}

impl Form {
    /// All of them, with what tables and arguments call them.
    pub const ALL: [(Self, &'static str); 3] =
        [(Self::Reference, "reference"), (Self::Streaming, "streaming"), (Self::Least, "least")];

    /// Plans a file and returns its number of parts.
    ///
    /// # Panics
    /// When it is no file.
    pub fn plan(self, intents: &[Intent], parts_max: u32) -> u32 {
        let synthesis = synthesis().parts_max(parts_max);
        match self {
            Self::Reference => synthesis.plan(intents).expect("a plan").count(),
            Self::Least => {
                let plan = synthesis.least_transfer(intents, &Weights::default());
                plan.expect("a plan").count()
            }
            Self::Streaming => {
                let stream = synthesis.stream(intents.iter().copied());
                stream.fold(0, |count, part| count + u32::from(!part.expect("a part").is_empty()))
            }
        }
    }
}

/// A planner with the sizes of an ordinary account.
///
/// # Panics
/// Never: the sizes are in order.
pub fn synthesis() -> Synthesis {
    let options = SizeOptions { account: Some(100_000_000), ..SizeOptions::default() };
    Synthesis::new(Sizes::resolve(options).expect("sizes in order"))
}

/// What the service takes.
pub const LIMIT: u32 = PARTS_MAX as u32;
