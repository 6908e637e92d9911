//! What a half-written command line may go on with.

use std::ffi::OsString;

use clap::{Command, CommandFactory as _};

use super::words::{follow, plain};
use super::{Cli, deprecated};

/// What the word that is being written may be.
#[derive(PartialEq, Eq, Debug)]
pub(crate) enum Candidates {
    /// One of these words.
    Words(Vec<String>),
    /// The URI of a bucket or a file.
    Uri,
    /// A bucket, plain or as a URI.
    Bucket,
    /// Something the shell knows more about, such as a local file.
    Other,
}

/// A line as far as it is written.
#[derive(Debug)]
pub(crate) struct Unfinished {
    /// The word that is being written; may be empty.
    pub(crate) word: String,
    /// What it may be.
    pub(crate) candidates: Candidates,
    /// The words before it.
    before: Vec<OsString>,
}

impl Unfinished {
    /// A line that begins with the program's name.
    pub(crate) fn new(line: &str) -> Self {
        let mut words: Vec<&str> = line.split_whitespace().collect();
        let is_new = line.ends_with(char::is_whitespace);
        let word = if is_new { None } else { words.pop() };
        let word = word.unwrap_or_default().to_owned();
        let mut before: Vec<OsString> = words.into_iter().map(OsString::from).collect();
        let mut root = Cli::command();
        root.build();
        let candidates = candidates(&root, &mut before, &word);
        Self { word, candidates, before }
    }

    /// The value of an option that is given in the line.
    pub(crate) fn value_of(&self, option: &str) -> Option<String> {
        let mut words = self.before.iter().filter_map(|word| word.to_str());
        while let Some(word) = words.next() {
            match word.strip_prefix(option) {
                Some("") => return words.next().map(str::to_owned),
                Some(rest) if rest.starts_with('=') => return rest.get(1..).map(str::to_owned),
                Some(_) | None => {}
            }
        }
        None
    }
}

fn candidates(root: &Command, before: &mut [OsString], word: &str) -> Candidates {
    let named = follow(root, before);
    let (command, behind) = (named.command, named.places.last().map_or(1, |place| place + 1));
    if word.starts_with('-') {
        let options = command.get_arguments().filter(|option| !option.is_hide_set());
        let longs = options.filter_map(|option| option.get_long());
        return Candidates::Words(beginning(longs.map(|long| format!("--{long}")), word));
    }
    if command.has_subcommands() {
        let shown = command.get_subcommands().filter(|command| !command.is_hide_set());
        let mut names = beginning(shown.map(|command| command.get_name().to_owned()), word);
        if named.places.is_empty() {
            names.extend(beginning(deprecated::names().map(|(old, _)| old.to_owned()), word));
        }
        return Candidates::Words(names);
    }
    let given = plain(command, before, behind).len();
    let positional = command.get_positionals().nth(given);
    let name = positional.and_then(|it| it.get_value_names()?.first().map(|it| it.to_string()));
    match name.unwrap_or_default().to_lowercase() {
        name if name.ends_with("uri") => Candidates::Uri,
        name if name.ends_with("bucketname") => Candidates::Bucket,
        name if matches!(name.as_str(), "source" | "destination") && word.starts_with("b2:") => {
            Candidates::Uri
        }
        _ => Candidates::Other,
    }
}

fn beginning(names: impl Iterator<Item = String>, start: &str) -> Vec<String> {
    names.filter(|name| name.starts_with(start)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        let found = Unfinished::new(line).candidates;
        let Candidates::Words(words) = found else { panic!("{line}: {found:?}") };
        words
    }

    #[test]
    fn commands_and_options_are_known() {
        let all = words("b2 ");
        assert!(["ls", "sync", "authorize-account"].iter().all(|it| all.iter().any(|w| w == it)));
        assert_eq!(words("b2 delete-f"), ["delete-file-version"]);
        assert_eq!(words("b2 file unh"), ["unhide"]);
        assert_eq!(words("b2 file hide --q"), ["--quiet"]);
        assert_eq!(words("b2 --sim D bucket notification-rule en"), ["enable"]);
        assert!(words("b2 frob").is_empty());
    }

    #[test]
    fn places_of_uris_are_known() {
        for line in ["b2 ls ", "b2 ls -r b2", "b2 file server-side-copy b2id://x b2://", "b2 rm b"]
        {
            assert_eq!(Unfinished::new(line).candidates, Candidates::Uri, "{line}");
        }
        for line in ["b2 bucket get ", "b2 file upload --threads 3 b"] {
            assert_eq!(Unfinished::new(line).candidates, Candidates::Bucket, "{line}");
        }
        for line in ["b2 file upload bucket ", "b2 file download b2://b/x ", "b2 ls b2://b "] {
            assert_eq!(Unfinished::new(line).candidates, Candidates::Other, "{line}");
        }
        let line = Unfinished::new("b2 --sim=D ls --profile p b2://x");
        assert_eq!(
            (line.value_of("--sim"), line.value_of("--profile")),
            (Some("D".into()), Some("p".into()))
        );
        assert_eq!((line.word.as_str(), line.value_of("--threads")), ("b2://x", None));
    }
}
