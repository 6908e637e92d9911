//! Measurements: the core alone, and the drivers against the simulator beside plain floors.
//!
//! Everything is printed as a Markdown table of one run; `README.md` has the commands and the
//! figures. Nothing here is timed in tests: `tests/smoke.rs` only checks that each measured piece
//! of work does what it says.

pub mod alone;
pub mod measure;
pub mod planner;
pub mod process;
pub mod report;
pub mod transfer;
