//! A command at work, on a thread of its own: whatever it waits for, such as somebody who reads
//! what it prints, Ctrl-C is heard.

use core::time::Duration;
use std::io;
use std::sync::Arc;
use std::thread;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

use crate::args::{AccountCommand, Command, Global};
use crate::commands;
use crate::context::Context;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::Out;
use crate::sync;

/// What is still being written when a command ends may take so long.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(2);
/// A command that was given up has so long to end. After that it waits for something that may
/// never come, and the process ends without it.
const ENDING_TIMEOUT: Duration = Duration::from_secs(3);
/// As large as that of the thread a program begins with.
const STACK_LEN: usize = 8 << 20;
/// The exit code after a panic, which has told of itself.
const PANICKED: u8 = 101;

/// Does what was asked for, until it is done or Ctrl-C ends it.
pub(crate) fn run(out: Out, global: &Global, command: Command) -> Result<(), Failure> {
    let ear = Builder::new_current_thread().enable_all().build().map_err(|it| no_threads(&it))?;
    let hint = if matches!(command, Command::Sync(_)) { sync::INTERRUPTED } else { "" };
    let interrupt = Arc::new(Interrupt::default());
    let (give_up, given_up) = oneshot::channel();
    let (end, ended) = oneshot::channel();
    let work = Work { global: global.clone(), hint, interrupt: interrupt.clone(), given_up };
    thread::Builder::new()
        .name("b2-command".to_owned())
        .stack_size(STACK_LEN)
        .spawn(move || {
            // Nobody listens any more when it took too long.
            let _ = end.send(work.run(out, command));
        })
        .map_err(|error| no_threads(&error))?;
    ear.block_on(async {
        let mut ended = ended;
        tokio::select! {
            biased;
            result = &mut ended => return result.unwrap_or(Err(Failure::Exit(PANICKED))),
            () = interrupt.is_over() => drop(give_up),
        }
        let late = tokio::time::timeout(ENDING_TIMEOUT, ended).await;
        late.ok().and_then(Result::ok).unwrap_or(Err(Failure::Interrupted(hint)))
    })
}

fn no_threads(error: &io::Error) -> Failure {
    Failure::message(format_args!("no threads to work with: {error}"))
}

/// What the thread has.
struct Work {
    global: Global,
    /// What is said when Ctrl-C ends it.
    hint: &'static str,
    interrupt: Arc<Interrupt>,
    /// Ends when the command is to be dropped; nothing is ever sent.
    given_up: oneshot::Receiver<()>,
}

impl Work {
    fn run(self, out: Out, command: Command) -> Result<(), Failure> {
        let Self { global, hint, interrupt, given_up } = self;
        let runtime = Runtime::new().map_err(|error| no_threads(&error))?;
        let tells_events = matches!(&command, Command::Sync(it) if it.telling.events.is_some());
        let result = runtime.block_on(async {
            #[cfg(unix)]
            outlive_file_limits();
            tokio::select! {
                result = with_context(out, &global, command, &interrupt) => Some(result),
                // Dropping the command gives its jobs up, and what was half written goes with them.
                _ = given_up => None,
            }
        });
        runtime.shutdown_timeout(SHUTDOWN_TIMEOUT);
        if tells_events && result.is_none() {
            // What was said so far is out: the command is dropped.
            let out = Out::new(&global);
            out.result(sync::interrupted()).and_then(|()| out.flush())?;
        }
        result.unwrap_or(Err(Failure::Interrupted(hint)))
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

async fn with_context(
    out: Out,
    global: &Global,
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
    // Its events need a last line.
    let ends_itself = matches!(command, Command::Sync(_));
    let work = dispatch(&context, command, interrupt);
    let result = match ends_itself {
        true => work.await,
        false => context.login.unless_silent(work).await.and_then(|it| it),
    };
    let result = result.map_err(|failure| context.describe(failure));
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
