//! The B2 command line.

mod args;
mod commands;
mod context;
mod failure;
mod first_answer;
mod interrupt;
mod log;
mod login;
mod output;
mod prompt;
mod select;
mod sim;
mod sync;
mod work;

use std::process::ExitCode;

use crate::args::{Cli, Command};
use crate::output::Out;

fn main() -> ExitCode {
    let Cli { mut global, command } = match args::parse(std::env::args_os()) {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    if let Err(failure) = log::begin(&mut global, &command) {
        return failure.report();
    }
    if let Command::Sync(args) = &command {
        global.lanes = args.lanes();
    }
    let out = Out::new(&global);
    let result = if let Command::Version(args) = &command {
        commands::version::run(&out, args)
    } else if let Command::License(args) = &command {
        commands::license::run(&out, &global.program, args)
    } else if let Command::InstallAutocomplete(args) = &command {
        commands::complete::install::run(&out, &global, args).and_then(|()| out.flush())
    } else {
        work::run(out, &global, command)
    };
    if let Some(log) = &global.log {
        log.end(result.as_ref().err());
    }
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
