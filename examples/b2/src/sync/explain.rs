//! `--explain`: which rule decides about a file.

use b2_local::sync::Place;

use super::options::filters;
use crate::args::SyncArgs;
use crate::context::Context;
use crate::failure::Failure;

/// Says whether the file at a path of the source takes part, and why.
pub(super) fn run(
    context: &Context,
    args: &SyncArgs,
    source: &Place,
    path: &str,
) -> Result<(), Failure> {
    let mut filters = filters(args, source)?;
    context.out.result(filters.explain(path.trim_start_matches('/')))
}
