//! Programs that are killed at random moments and started again, until their transfer is complete.
//!
//! The simulated service, and each program, is a process of its own. A program does one transfer
//! by the ordinary methods of its driver; nothing but the disk, the user's folder for state and
//! the service outlives it.

mod account;
mod count;
mod life;
mod programs;
mod report;
mod run;
mod server;
pub mod task;

pub use programs::{DRIVERS, Programs};
pub use report::table;
pub use run::{Outcome, Plan};

/// What went wrong, for people.
pub type Failure = Box<dyn core::error::Error + Send + Sync>;
