//! The bare core at work in a program without standard library, C library and heap.
//!
//! It logs in, uploads a small file, uploads a large file in three parts over two lanes, downloads,
//! hides, deletes and cancels, all against answers that are written down here, and compares every
//! request with the text it must have. It exits with 0; any other code tells which step failed and
//! how (see [`Scenario`]). If anything below needed std, an allocator or libc, it would not link.
//!
//! This is the one crate that may use `unsafe`: a program without start-up code must set its own
//! stack, call the kernel, and bring the memory functions that compiled code expects. All of it is
//! in `start` and `memory`.

#![no_std]
#![no_main]

mod calls;
mod download;
mod driver;
mod large;
mod memory;
mod small;
mod start;
mod transcript;

use driver::World;

/// A step: it gives the exit code's first digit, what went wrong the second.
type Scenario = fn(&mut World) -> Result<(), driver::Fault>;

const SCENARIOS: [Scenario; 4] = [small::run, large::run, download::run, calls::run];

/// Exit code when the session cannot be made.
const BAD_CREDENTIALS: u8 = 2;
/// Exit code when the stack was used to its end.
const STACK_OVERFLOW: u8 = 3;

/// Called by `_start` on the program's own stack.
extern "C" fn entry() -> ! {
    let Ok(mut world) = World::new() else { start::exit(BAD_CREDENTIALS) };
    for (step, scenario) in (1_u8..).zip(SCENARIOS) {
        if let Err(fault) = scenario(&mut world) {
            start::exit(10 * step + fault as u8);
        }
    }
    let depth = start::stack_depth();
    if depth >= start::STACK_LEN {
        start::exit(STACK_OVERFLOW);
    }
    transcript::report("stack", depth);
    transcript::report("session", size_of::<b2_proto::machine::Session>());
    transcript::report("upload", size_of::<small::Job>());
    transcript::report("large_upload", size_of::<large::Job>());
    transcript::report("download", size_of::<download::Job>());
    start::exit(0)
}
