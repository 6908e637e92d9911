//! From the words of the command line to what they ask for.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use clap::{Arg, Command, CommandFactory as _, FromArgMatches as _};

use super::{Cli, deprecated, mistake};
use crate::output::note;

/// What the program is called when its file has another name altogether.
const PROGRAM: &str = "b2";

/// What the words ask for. A mistake is told, as help is, and ends the program with the code given.
pub(crate) fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Cli, ExitCode> {
    let mut line: Vec<OsString> = words.into_iter().collect();
    let program = program(line.first());
    match line.first_mut() {
        Some(first) => *first = program.clone().into(),
        None => line.push(program.clone().into()),
    }
    let mut root = with_negative_numbers(Cli::command()).bin_name(program.clone());
    root.build();
    let (mut line, warnings) = deprecated::renewed(&root, line);
    for warning in &warnings {
        note!("WARNING: {warning}");
    }
    let parsed = root.try_get_matches_from_mut(&line);
    match parsed.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(mut cli) => {
            cli.global.program = program;
            Ok(cli)
        }
        // Help goes to standard output with 0.
        Err(error) if !error.use_stderr() => {
            let _ = error.print();
            Err(ExitCode::SUCCESS)
        }
        Err(_) if line.iter().any(|word| word == "--help-all") => {
            let help = format!("{}\n{}", root.render_long_help(), deprecated::help(&program));
            let _ = std::io::stdout().write_all(help.as_bytes());
            Err(ExitCode::SUCCESS)
        }
        Err(error) => Err(mistake::report(&mut root, &mut line, &error)),
    }
}

/// A number below zero is a value, and no option (spec 1.3).
fn with_negative_numbers(command: Command) -> Command {
    let of_value = |arg: Arg| {
        let takes_value = arg.get_action().takes_values();
        if takes_value { arg.allow_negative_numbers(true) } else { arg }
    };
    command.mut_args(of_value).mut_subcommands(with_negative_numbers)
}

/// What the program is called in texts (spec 1.1): the name of its file, unless that has no `b2`.
fn program(first: Option<&OsString>) -> String {
    let name = first.and_then(|path| Path::new(path).file_name());
    let name = name.and_then(|name| name.to_str()).filter(|name| name.contains(PROGRAM));
    name.unwrap_or(PROGRAM).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_called_as_its_file() {
        let called = |path: &str| program(Some(&OsString::from(path)));
        assert_eq!(called("/opt/x/b2v4"), "b2v4");
        assert_eq!(called("b2"), "b2");
        assert_eq!(called("./target/backup"), "b2");
        assert_eq!(program(None), "b2");
    }
}
