//! S10 of what makes no version: it is done if that was told, it is not if that was told, and it
//! is done twice only where nobody could tell.

use b2_proto::error::Error;
use b2_proto::machine::engine::AnyOutput;

use crate::jobs::After;

/// Compares what a job told about `operation` with how often the service has done it. Whether it
/// was done is asked before a job says that nobody knows, if it `is_asked`.
pub(crate) fn check(
    operation: &str,
    is_asked: bool,
    outcome: &Result<AnyOutput, Error>,
    after: &After<'_>,
    times: u64,
) -> Result<(), String> {
    let suffered = &after.suffered;
    // A life that died can have done it, and the next one does not know.
    let most = 1 + after.deaths + suffered.late(operation);
    if times > most {
        return Err(format!("S10: {operation} took effect {times} times, {most} are explained"));
    }
    match outcome {
        Ok(_) if times == 0 => Err(format!("S10: {operation} is told, but it was not done")),
        Ok(_) => Ok(()),
        Err(error) if error.may_have_taken_effect => {
            let has_reason = suffered.unsettled(operation, is_asked) > 0
                || suffered.is_cancelled
                || suffered.is_skewed
                || after.deaths > 0;
            let why = || format!("S10: a doubt about {operation} without reason");
            if has_reason { Ok(()) } else { Err(why()) }
        }
        Err(_) if times > 0 && after.deaths == 0 => {
            Err(format!("S10: {operation} was done, but it is told that it was not"))
        }
        Err(_) => Ok(()),
    }
}
