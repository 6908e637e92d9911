//! Mistakes in arguments, in the form that scripts know from the reference (spec 1.3): the help on
//! standard output, one line on standard error, exit code 2.

use core::error::Error as _;
use core::num::ParseIntError;
use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;

use clap::Command;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::words::follow;

/// Exit code of a mistake in arguments.
const CODE: u8 = 2;

/// Says what is wrong with `line`.
pub(super) fn report(root: &mut Command, line: &mut [OsString], error: &clap::Error) -> ExitCode {
    let named = follow(root, line);
    // Who does not know an option does not know whose it may be.
    let is_unknown = error.kind() == ErrorKind::UnknownArgument;
    let is_whole = is_unknown && meanings(error, named.command).is_empty();
    let mut command = if is_whole { root.clone() } else { named.command.clone() };
    let name = command.get_bin_name().unwrap_or("b2").to_owned();
    // Nobody is left to be told when one of these fails.
    let _ = writeln!(std::io::stdout(), "{}", command.render_long_help());
    let _ = writeln!(std::io::stderr(), "\n{name}: error: {}", text(error, &command));
    ExitCode::from(CODE)
}

/// What is wrong, without the usage and the hints around it.
fn text(error: &clap::Error, command: &Command) -> String {
    let argument = || shown(&one(error, ContextKind::InvalidArg));
    let value = || quoted(&one(error, ContextKind::InvalidValue));
    let valid = || many(error, ContextKind::ValidValue).iter().map(|it| quoted(it)).collect();
    #[expect(clippy::wildcard_enum_match_arm, reason = "the parser may learn new ones")]
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let names = command.get_subcommands().map(|it| quoted(it.get_name())).collect();
            let word = quoted(&one(error, ContextKind::InvalidSubcommand));
            format!("argument command: invalid choice: {word} {}", choose(names))
        }
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            "the following arguments are required: command".to_owned()
        }
        ErrorKind::UnknownArgument => {
            let option = one(error, ContextKind::InvalidArg);
            match meanings(error, command).join(", ") {
                none if none.is_empty() => format!("unrecognized arguments: {option}"),
                options => format!("ambiguous option: {option} could match {options}"),
            }
        }
        ErrorKind::MissingRequiredArgument => missing(&many(error, ContextKind::InvalidArg)),
        ErrorKind::ArgumentConflict => {
            let prior = many(error, ContextKind::PriorArg);
            let prior: Vec<_> = prior.iter().map(|it| shown(it)).collect();
            let prior = prior.join(", ");
            format!("argument {}: not allowed with argument {prior}", argument())
        }
        ErrorKind::InvalidValue if one(error, ContextKind::InvalidValue).is_empty() => {
            format!("argument {}: expected one argument", argument())
        }
        ErrorKind::InvalidValue => {
            format!("argument {}: invalid choice: {} {}", argument(), value(), choose(valid()))
        }
        ErrorKind::ValueValidation => match error.source() {
            Some(why) if why.is::<ParseIntError>() => {
                format!("argument {}: invalid int value: {}", argument(), value())
            }
            Some(why) => format!("argument {}: {why}", argument()),
            None => format!("argument {}: invalid value: {}", argument(), value()),
        },
        _ => first_line(error),
    }
}

/// The options that an unknown one may be short for. One alone would have been taken for it.
fn meanings(error: &clap::Error, command: &Command) -> Vec<String> {
    let option = one(error, ContextKind::InvalidArg);
    let Some(start) = option.strip_prefix("--").filter(|start| !start.is_empty()) else {
        return Vec::new();
    };
    let longs = command.get_arguments().filter_map(|it| it.get_long());
    longs.filter(|long| long.starts_with(start)).map(|long| format!("--{long}")).collect()
}

fn missing(arguments: &[String]) -> String {
    // A group is `<one|--other>`.
    if let [group] = arguments
        && group.contains('|')
    {
        let each = group.trim_matches(['<', '>']).replace('|', " ");
        return format!("one of the arguments {each} is required");
    }
    let names: Vec<_> = arguments.iter().map(|it| shown(it)).collect();
    format!("the following arguments are required: {}", names.join(", "))
}

fn choose(names: Vec<String>) -> String {
    format!("(choose from {})", names.join(", "))
}

/// `--threads <COUNT>` as `--threads`, `<bucketName>` as `bucketName`.
fn shown(argument: &str) -> String {
    let name = argument.split([' ', '=']).next().unwrap_or_default();
    name.trim_end_matches("...").trim_matches(['<', '>', '[', ']']).to_owned()
}

/// A text in quotes, which are double when it has a single one.
fn quoted(text: &str) -> String {
    if text.contains('\'') && !text.contains('"') {
        format!("\"{text}\"")
    } else {
        format!("'{}'", text.replace('\'', "\\'"))
    }
}

fn one(error: &clap::Error, kind: ContextKind) -> String {
    many(error, kind).join(", ")
}

fn many(error: &clap::Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::Strings(texts)) => texts.clone(),
        Some(_) | None => Vec::new(),
    }
}

fn first_line(error: &clap::Error) -> String {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser as _};

    use super::*;
    use crate::args::Cli;

    fn mistake(line: &str) -> String {
        let mut root = Cli::command();
        root.build();
        let mut words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        let error = Cli::try_parse_from(&words).expect_err("a mistake");
        text(&error, follow(&root, &mut words).command)
    }

    #[test]
    fn the_words_are_those_of_the_reference() {
        for (line, want) in [
            ("b2 ls s3://x", "argument B2_URI: Unsupported URI scheme: 's3'"),
            ("b2 ls --frob", "unrecognized arguments: --frob"),
            (
                "b2 sync a b2://b --keep 5",
                "ambiguous option: --keep could match --keep-days, --keep-days-by",
            ),
            (
                "b2 sync a b2://b --max=5",
                "ambiguous option: --max could match --max-delete, \
                 --max-download-streams-per-file",
            ),
            (
                "b2 file upload",
                "the following arguments are required: bucketName, localFilePath, b2FileName",
            ),
            (
                "b2 bucket create b allprivate",
                "argument bucketType: invalid choice: 'allprivate' (choose from \
                 'allPublic', 'allPrivate')",
            ),
            ("b2 file url b2://b/n --duration x", "argument --duration: invalid int value: 'x'"),
            (
                "b2 key create name",
                "one of the arguments capabilities --all-capabilities is required",
            ),
            (
                "b2 sync a b2://b --skip-newer --replace-newer",
                "argument --skip-newer: not allowed with argument --replace-newer",
            ),
            ("b2 file", "the following arguments are required: command"),
        ] {
            assert_eq!(mistake(line), want, "{line}");
        }
        let bad = mistake("b2 bucket update b --bucket-info {bad");
        assert!(
            bad.starts_with("argument --bucket-info: '{bad' is not a valid JSON value"),
            "{bad}"
        );
        let unknown = mistake("b2 frob");
        let want = "argument command: invalid choice: 'frob' (choose from 'account', 'bucket'";
        assert!(unknown.starts_with(want), "{unknown}");
    }

    #[test]
    fn quotes_change_when_the_text_has_one() {
        assert_eq!(quoted("it's"), "\"it's\"");
        assert_eq!(quoted("a\"'"), "'a\"\\''");
    }
}
