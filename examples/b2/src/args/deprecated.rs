//! Names that commands had before: each becomes the present one, after a warning (spec 8.4).

use core::iter;
use std::ffi::{OsStr, OsString};
use std::path::Path;

use clap::Command;

use super::words::{follow, next_plain, plain};

/// What becomes of the words behind an old name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Form {
    /// They mean the same.
    Same,
    /// The first is the ID of a version.
    Id,
    /// The first is a bucket.
    Bucket,
    /// The first two are a bucket and a name in it.
    Name,
    /// The ID of a version, a bucket and a name in it.
    Copy,
    /// `[name] id` and what the last option named here is to be.
    Lock(&'static str),
    /// A reader, with options that are not needed any more.
    Stream,
    /// There is still a command of the old name, which is not shown.
    Own,
}

/// The old names, with what takes their place.
const NAMES: [(&str, &str, Form); 39] = [
    ("authorize-account", "account authorize", Form::Same),
    ("cancel-all-unfinished-large-files", "file large unfinished cancel", Form::Bucket),
    ("cancel-large-file", "file large unfinished cancel", Form::Id),
    ("cat", "file cat", Form::Same),
    ("clear-account", "account clear", Form::Same),
    ("copy-file-by-id", "file server-side-copy", Form::Copy),
    ("create-bucket", "bucket create", Form::Same),
    ("create-key", "key create", Form::Same),
    ("delete-bucket", "bucket delete", Form::Same),
    ("delete-file-version", "rm", Form::Own),
    ("delete-key", "key delete", Form::Same),
    ("download-file", "file download", Form::Same),
    ("download-file-by-id", "file download", Form::Id),
    ("download-file-by-name", "file download", Form::Name),
    ("file-info", "file info", Form::Same),
    ("get-account-info", "account get", Form::Same),
    ("get-bucket", "bucket get", Form::Same),
    ("get-download-auth", "bucket get-download-auth", Form::Same),
    ("get-download-url-with-auth", "file url --with-auth", Form::Name),
    ("get-file-info", "file info", Form::Id),
    ("get-url", "file url", Form::Same),
    ("hide-file", "file hide", Form::Name),
    ("list-buckets", "bucket list", Form::Same),
    ("list-keys", "key list", Form::Same),
    ("list-parts", "file large parts", Form::Id),
    ("list-unfinished-large-files", "file large unfinished list", Form::Bucket),
    ("make-friendly-url", "file url", Form::Name),
    ("make-url", "file url", Form::Id),
    ("notification-rules", "bucket notification-rule", Form::Same),
    ("replication-delete", "replication delete", Form::Same),
    ("replication-pause", "replication pause", Form::Same),
    ("replication-setup", "replication setup", Form::Same),
    ("replication-status", "replication status", Form::Same),
    ("replication-unpause", "replication unpause", Form::Same),
    ("update-bucket", "bucket update", Form::Same),
    ("update-file-legal-hold", "file update", Form::Lock("--legal-hold")),
    ("update-file-retention", "file update", Form::Lock("--file-retention-mode")),
    ("upload-file", "file upload", Form::Same),
    ("upload-unbound-stream", "file upload", Form::Stream),
];

/// The old names, for help that lists all.
pub(super) fn names() -> impl Iterator<Item = (&'static str, &'static str)> {
    NAMES.iter().map(|(old, new, _)| (*old, command_of(new)))
}

/// The line with present names, and the warnings that go with it.
pub(super) fn renewed(root: &Command, mut line: Vec<OsString>) -> (Vec<OsString>, Vec<String>) {
    let mut warnings = Vec::new();
    let Some(place) = next_plain(root, &line, 1) else { return (line, warnings) };
    let word = line.get(place).and_then(|word| word.to_str()).unwrap_or_default().replace('_', "-");
    let Some((old, new, form)) = NAMES.iter().find(|(old, ..)| *old == word) else {
        return (of_hide(root, line, &mut warnings), warnings);
    };
    if *old != "notification-rules" {
        let new = command_of(new);
        warnings.push(format!("`{old}` command is deprecated. Use `{new}` instead."));
    }
    if *form == Form::Own {
        if let Some(kept) = line.get_mut(place) {
            *kept = word.into();
        }
        return (line, warnings);
    }
    let given = new.split(' ').map(OsString::from);
    let behind = place + new.split(' ').count();
    line.splice(place..=place, given);
    let command = follow(root, &mut line).command;
    if *form == Form::Stream {
        line = without_stream_options(line, behind);
        warnings.extend(of_regular_file(command, &line, behind));
    }
    reshape(command, &mut line, behind, *form);
    (line, warnings)
}

/// The words of a command without its options.
fn command_of(new: &'static str) -> &'static str {
    new.split_once(" --").map_or(new, |(command, _)| command)
}

/// Gives the words from `behind` on the form that the present command takes.
fn reshape(command: &Command, line: &mut Vec<OsString>, behind: usize, form: Form) {
    let places = plain(command, line, behind);
    let word = |place: &usize| line.get(*place).map(|word| (*place, word.clone()));
    let given: Vec<(usize, OsString)> = places.iter().filter_map(word).collect();
    let at = |nth: usize| given.get(nth).cloned();
    match form {
        Form::Same | Form::Stream | Form::Own => {}
        Form::Id => replace(line, at(0), "b2id://"),
        Form::Bucket => replace(line, at(0).filter(|(_, word)| !is_uri(word)), "b2://"),
        Form::Name => {
            let (Some((first, bucket)), Some((second, name))) = (at(0), at(1)) else { return };
            line.splice(first..=first, [file_uri(&bucket, &name)]);
            line.remove(second);
        }
        Form::Copy => {
            let (Some((first, bucket)), Some((second, name))) = (at(1), at(2)) else { return };
            replace(line, at(0), "b2id://");
            line.splice(first..=first, [file_uri(&bucket, &name)]);
            line.remove(second);
        }
        Form::Lock(option) => {
            let Some(last) = given.len().checked_sub(1) else { return };
            let Some(before) = last.checked_sub(1) else { return };
            let (Some((value_at, value)), Some((id_at, id))) = (at(last), at(before)) else {
                return;
            };
            let name_at = before.checked_sub(1).and_then(at).map(|(place, _)| place);
            line.splice(value_at..=value_at, [OsString::from(option), value]);
            replace(line, Some((id_at, id)), "b2id://");
            // The ID is enough.
            name_at.map(|place| line.remove(place));
        }
    }
}

fn replace(line: &mut [OsString], word: Option<(usize, OsString)>, prefix: &str) {
    if let Some((place, word)) = word
        && let Some(kept) = line.get_mut(place)
    {
        *kept = joined([OsStr::new(prefix), &word]);
    }
}

fn is_uri(word: &OsStr) -> bool {
    word.to_str().is_some_and(|word| word.starts_with("b2://"))
}

fn file_uri(bucket: &OsStr, name: &OsStr) -> OsString {
    let scheme = if is_uri(bucket) { "" } else { "b2://" };
    joined([OsStr::new(scheme), bucket, OsStr::new("/"), name])
}

fn joined<const N: usize>(parts: [&OsStr; N]) -> OsString {
    parts.into_iter().collect()
}

/// `file hide bucket name`, which takes one URI now.
fn of_hide(root: &Command, mut line: Vec<OsString>, warnings: &mut Vec<String>) -> Vec<OsString> {
    let named = follow(root, &mut line);
    let Some(behind) = named.places.last().map(|place| place + 1) else { return line };
    let is_hide = named.command.get_name() == "hide" && named.places.len() == 2;
    if is_hide && plain(named.command, &line, behind).len() == 2 {
        warnings.push(
            "\"bucketName fileName\" arguments syntax is deprecated, use \
             \"b2://bucketName/fileName\" instead"
                .to_owned(),
        );
        reshape(named.command, &mut line, behind, Form::Name);
    }
    line
}

/// Buffers are not counted any more, and a part size is what parts have at least.
fn without_stream_options(line: Vec<OsString>, behind: usize) -> Vec<OsString> {
    const UNUSED: &str = "--unused-buffer-timeout-seconds";
    let mut words = line.into_iter();
    let mut kept: Vec<OsString> = words.by_ref().take(behind).collect();
    while let Some(word) = words.next() {
        let text = word.to_str().unwrap_or_default();
        if text == UNUSED {
            words.next();
        } else if let Some(value) = text.strip_prefix("--part-size") {
            kept.push(format!("--min-part-size{value}").into());
        } else if !text.starts_with(&format!("{UNUSED}=")) {
            kept.push(word);
        }
    }
    kept
}

fn of_regular_file(command: &Command, line: &[OsString], behind: usize) -> Option<String> {
    let place = plain(command, line, behind).into_iter().nth(1)?;
    Path::new(line.get(place)?).is_file().then(|| {
        "You are using a stream upload command to upload a regular file. While it will work, it \
         is inefficient. Use of `file upload` command is recommended."
            .to_owned()
    })
}

/// The old names as lines of help.
pub(super) fn help(program: &str) -> String {
    let lines = names().map(|(old, new)| format!("  {program} {old}  (DEPRECATED) {new}\n"));
    iter::once("Deprecated commands:\n".to_owned()).chain(lines).collect()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;
    use clap::Parser as _;

    use super::*;
    use crate::args::Cli;

    fn renew(line: &str) -> (String, Vec<String>) {
        let mut root = Cli::command();
        root.build();
        let (line, warnings) = renewed(&root, line.split(' ').map(OsString::from).collect());
        let words: Vec<_> = line.iter().map(|word| word.to_str().expect("text")).collect();
        (words.join(" "), warnings)
    }

    #[test]
    fn every_old_name_leads_to_a_command() {
        let mut root = Cli::command();
        root.build();
        for (old, new) in names() {
            let mut line: Vec<OsString> =
                format!("b2 {new}").split(' ').map(OsString::from).collect();
            let words = line.len() - 1;
            assert_eq!(follow(&root, &mut line).places.len(), words, "{old}: {new}");
        }
    }

    #[test]
    fn positionals_get_their_present_form() {
        for (old, new) in [
            ("b2 list_buckets --json", "b2 bucket list --json"),
            ("b2 --sim D hide-file b n", "b2 --sim D file hide b2://b/n"),
            ("b2 make-url 4_z1", "b2 file url b2id://4_z1"),
            ("b2 get-url b2id://4_z1", "b2 file url b2id://4_z1"),
            ("b2 make-friendly-url b a/c", "b2 file url b2://b/a/c"),
            (
                "b2 get-download-url-with-auth --duration 5 b n",
                "b2 file url --with-auth --duration 5 b2://b/n",
            ),
            (
                "b2 download-file-by-name --threads 4 b --no-progress n -- -x",
                "b2 file download --threads 4 b2://b/n --no-progress -- -x",
            ),
            ("b2 download-file-by-id --thr 4 4_z1 x", "b2 file download --thr 4 b2id://4_z1 x"),
            (
                "b2 update-file-legal-hold name 4_z1 on",
                "b2 file update b2id://4_z1 --legal-hold on",
            ),
            (
                "b2 update-file-retention 4_z1 governance --retain-until 5",
                "b2 file update b2id://4_z1 --file-retention-mode governance --retain-until 5",
            ),
            ("b2 copy-file-by-id 4_z1 b n", "b2 file server-side-copy b2id://4_z1 b2://b/n"),
            ("b2 list-unfinished-large-files b", "b2 file large unfinished list b2://b"),
            ("b2 cancel-large-file 4_z1", "b2 file large unfinished cancel b2id://4_z1"),
            (
                "b2 upload-unbound-stream --part-size 9 --unused-buffer-timeout-seconds 3 b - n",
                "b2 file upload --min-part-size 9 b - n",
            ),
        ] {
            let (line, warnings) = renew(old);
            assert_eq!((line.as_str(), warnings.len()), (new, 1), "{old}");
            assert!(Cli::try_parse_from(line.split(' ')).is_ok(), "{line}");
        }
    }

    #[test]
    fn warnings_name_both_commands() {
        let (_, warnings) = renew("b2 get_download_url_with_auth b n");
        let want = "`get-download-url-with-auth` command is deprecated. Use `file url` instead.";
        assert_eq!(warnings, [want]);
        let (line, warnings) = renew("b2 file hide b n");
        assert_eq!(line, "b2 file hide b2://b/n");
        assert!(warnings[0].starts_with("\"bucketName fileName\" arguments"), "{warnings:?}");
        let (line, warnings) = renew("b2 notification_rules list b2://b");
        assert_eq!((line.as_str(), warnings.len()), ("b2 bucket notification-rule list b2://b", 0));
        let (line, warnings) = renew("b2 delete_file_version 4_z1");
        assert_eq!((line.as_str(), warnings.len()), ("b2 delete-file-version 4_z1", 1));
    }

    #[test]
    fn present_lines_stay_as_they_are() {
        for line in ["b2", "b2 ls b2://b", "b2 file hide b2://b/n", "b2 --sim cat ls", "b2 frob x"]
        {
            assert_eq!(renew(line), (line.to_owned(), Vec::new()));
        }
        // Missing words are the parser's to tell.
        assert_eq!(renew("b2 make-url").0, "b2 file url");
        assert_eq!(renew("b2 update-file-legal-hold on").0, "b2 file update on");
    }
}
