//! `b2 version`: needs no login, no runtime, no time.

use crate::args::VersionArgs;
use crate::failure::Failure;
use crate::output::Out;

const VERSION: &str = env!("CARGO_PKG_VERSION");

pub(crate) fn run(out: &Out, args: &VersionArgs) -> Result<(), Failure> {
    if args.short {
        out.say(VERSION)?;
    } else {
        // The core has the version of the workspace, as everything in it.
        out.say(format_args!(
            "b2 command line tool, version {VERSION} (b2-proto version {VERSION})"
        ))?;
    }
    out.flush()
}
