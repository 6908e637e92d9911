//! The B2 command line.

mod args;
mod commands;
mod context;
mod failure;
mod interrupt;
mod log;
mod login;
mod output;
mod select;
mod sim;
mod sync;

use core::time::Duration;
use std::process::ExitCode;

use crate::args::{AccountCommand, Cli, Command};
use crate::context::Context;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::Out;

/// What is still being written when a command ends may take so long.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(2);

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
        in_runtime(out, &global, command)
    };
    if let Some(log) = &global.log {
        log.end(result.as_ref().err());
    }
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

/// Writing more than a file of this process may have becomes an error of that file, as on a full
/// disk; by default the system would end the process without a word.
#[cfg(unix)]
fn outlive_file_limits() {
    use tokio::signal::unix::{SignalKind, signal};
    // The process goes on once somebody has listened, also when nobody does any more. Where that is
    // impossible, it ends as any other does.
    let _ = signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw()));
}

fn in_runtime(out: Out, global: &args::Global, command: Command) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::message(format_args!("no threads to work with: {error}")))?;
    let hint = if matches!(command, Command::Sync(_)) { sync::INTERRUPTED } else { "" };
    let tells_events = matches!(&command, Command::Sync(args) if args.telling.events.is_some());
    let interrupt = Interrupt::default();
    let result = runtime.block_on(async {
        #[cfg(unix)]
        outlive_file_limits();
        tokio::select! {
            result = run(out, global, command, &interrupt) => Some(result),
            // Dropping the command gives its jobs up, and what was half written goes with them.
            () = interrupt.is_over() => None,
        }
    });
    runtime.shutdown_timeout(SHUTDOWN_TIMEOUT);
    if tells_events && result.is_none() {
        // What was said so far is out: the command is dropped.
        let out = Out::new(global);
        out.result(sync::interrupted()).and_then(|()| out.flush())?;
    }
    result.unwrap_or(Err(Failure::Interrupted(hint)))
}

async fn run(
    out: Out,
    global: &args::Global,
    command: Command,
    interrupt: &Interrupt,
) -> Result<(), Failure> {
    // Logging in and out works without a login.
    if let Command::Account(AccountCommand::Clear) = command {
        return commands::account::clear(global);
    }
    if let Command::Account(AccountCommand::Authorize(args)) = command {
        commands::account::authorize(&out, global, args).await?;
        return out.flush();
    }
    if let Command::CompleteWords(args) = command {
        return commands::complete::run(out, global, args).await;
    }
    let context = Context::open(out, global).await?;
    let result =
        dispatch(&context, command, interrupt).await.map_err(|failure| context.describe(failure));
    // What was found before a failure is still worth seeing.
    let flushed = context.out.flush();
    result.and(flushed)
}

async fn dispatch(
    context: &Context,
    command: Command,
    interrupt: &Interrupt,
) -> Result<(), Failure> {
    match command {
        Command::Account(_) => commands::account::get(context),
        Command::Bucket(command) => commands::bucket::run(context, command).await,
        Command::File(command) => commands::file::run(context, command).await,
        Command::Key(command) => commands::key::run(context, command).await,
        Command::Ls(args) => commands::ls::run(context, args).await,
        Command::Replication(command) => commands::replication::run(context, command).await,
        Command::Rm(args) if args.dry_run => commands::rm::run(context, args).await,
        Command::Rm(args) => commands::rm::run(context, args).await.map_err(Failure::of_work),
        Command::Sync(args) => sync::run(context, args, interrupt).await,
        Command::Verify(args) => commands::verify::run(context, args).await,
        Command::DeleteFileVersion(args) => commands::file::hide::delete(context, args).await,
        // They need no login.
        Command::License(_) | Command::InstallAutocomplete(_) | Command::CompleteWords(_) => Ok(()),
        Command::Version(args) => commands::version::run(&context.out, &args),
    }
}
