//! The words of a command line before they are parsed: which of them name a command.

use std::ffi::OsString;

use clap::Command;

/// Where the words that name a command are, and the command.
pub(super) struct Named<'a> {
    /// The command that the words lead to, as far as they are known.
    pub(super) command: &'a Command,
    /// The places of the words that named it.
    pub(super) places: Vec<usize>,
}

/// Follows the words of `line`, which begins with the program's name, from command to command.
/// Words with `_` are given the spelling with `-`.
pub(super) fn follow<'a>(root: &'a Command, line: &mut [OsString]) -> Named<'a> {
    let mut named = Named { command: root, places: Vec::new() };
    let mut at = 1;
    while let Some(place) = next_plain(named.command, line, at) {
        let found = line.get(place).and_then(|word| word.to_str());
        let Some(word) = found.map(|word| word.replace('_', "-")) else { break };
        let Some(next) = named.command.find_subcommand(&word) else { break };
        if let Some(kept) = line.get_mut(place) {
            *kept = word.into();
        }
        named.command = next;
        named.places.push(place);
        at = place + 1;
    }
    named
}

/// The first word from `at` on that is neither an option nor the value of one.
pub(super) fn next_plain(command: &Command, line: &[OsString], mut at: usize) -> Option<usize> {
    loop {
        match line.get(at)?.to_str() {
            Some("--") => return None,
            Some(option) if option.starts_with('-') && option.len() > 1 => {
                at += 1 + usize::from(takes_next(command, option));
            }
            Some(_) | None => return Some(at),
        }
    }
}

/// The places of all such words from `at` on.
pub(super) fn plain(command: &Command, line: &[OsString], mut at: usize) -> Vec<usize> {
    let mut places = Vec::new();
    while let Some(place) = next_plain(command, line, at) {
        places.push(place);
        at = place + 1;
    }
    // Behind `--` nothing is an option.
    if let Some(end) = line.iter().skip(at).position(|word| word == "--") {
        places.extend(at + end + 1..line.len());
    }
    places
}

/// Whether the word behind an option belongs to it; an option can be shortened.
fn takes_next(command: &Command, option: &str) -> bool {
    let Some(name) = option.strip_prefix("--").filter(|name| !name.contains('=')) else {
        return false;
    };
    let named = |arg: &&clap::Arg| arg.get_long().is_some_and(|long| long.starts_with(name));
    let exact = command.get_arguments().find(|arg| arg.get_long() == Some(name));
    exact
        .or_else(|| command.get_arguments().find(named))
        .is_some_and(|arg| arg.get_action().takes_values() && !arg.is_require_equals_set())
}
