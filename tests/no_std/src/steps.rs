//! The steps of a proof and what its exit code means: ten times the step and the kind of fault.

use crate::driver::{Fault, World};
use crate::{start, transcript};

/// One step.
pub(crate) type Step = fn(&mut World) -> Result<(), Fault>;

/// Exit code when the session cannot be made.
const BAD_CREDENTIALS: u8 = 2;
/// Exit code when the stack was used to its end.
const STACK_OVERFLOW: u8 = 3;

/// Takes one step after the other, and tells how deep the stack was; exits when one fails.
pub(crate) fn run(steps: &[Step]) {
    let Ok(mut world) = World::new() else { start::exit(BAD_CREDENTIALS) };
    for (number, step) in (1_u8..).zip(steps) {
        if let Err(fault) = step(&mut world) {
            start::exit(10 * number + fault as u8);
        }
    }
    let depth = start::stack_depth();
    if depth >= start::STACK_LEN {
        start::exit(STACK_OVERFLOW);
    }
    transcript::report("stack", depth);
}
