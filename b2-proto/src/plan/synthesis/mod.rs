//! Plans that build one file of local data and ranges of files the service already has.

mod build;
mod error;
mod fit;
mod intent;
pub mod least;
mod order;
mod part;
mod plan;
mod plan_id;
mod planned;
mod priority;
mod select;
mod stream;
mod verify;

pub use error::SynthesisError;
pub use intent::{Intent, Origin};
pub use part::{Part, Piece, PlannedPart, StreamedPart};
pub use plan::{Parts, Plan, Totals};
pub use plan_id::LocalRange;
pub use planned::Synthesis;
pub use priority::Priority;
pub use stream::{PIECES_MAX, Stream};
