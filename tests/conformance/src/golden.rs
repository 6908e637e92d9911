//! The transcripts every driver must have, one file per theme.
//!
//! A file has a section per scenario: `## name` and its lines. With the variable
//! `CONFORMANCE_WRITE` set to 1 the files are written from the first wire instead of compared; the
//! second is compared with them.

use core::fmt::Write as _;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

/// Transcripts by scenario.
pub(crate) type Sections = BTreeMap<String, Vec<String>>;

pub(crate) fn is_writing() -> bool {
    std::env::var("CONFORMANCE_WRITE").is_ok_and(|value| value == "1")
}

/// The transcripts of a theme; none when there is no file yet.
pub(crate) fn read(theme: &str) -> Sections {
    let text = fs::read_to_string(path(theme)).unwrap_or_default();
    let mut sections = Sections::new();
    let mut name = String::new();
    for line in text.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            heading.clone_into(&mut name);
            sections.insert(name.clone(), Vec::new());
        } else if let Some(lines) = sections.get_mut(&name).filter(|_| !line.is_empty()) {
            lines.push(line.to_owned());
        }
    }
    sections
}

/// Writes the transcripts of a theme.
///
/// # Panics
/// When the file cannot be written.
pub(crate) fn write(theme: &str, sections: &Sections) {
    let mut text = String::new();
    for (name, lines) in sections {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "## {name}");
        for line in lines {
            let _ = writeln!(text, "{line}");
        }
        text.push('\n');
    }
    fs::write(path(theme), text.trim_end().to_owned() + "\n").expect("the transcripts are written");
}

/// What is wrong with `lines`; nothing when they are as they must be.
pub(crate) fn difference(expected: Option<&Vec<String>>, lines: &[String]) -> Option<String> {
    let Some(expected) = expected else {
        return Some("there is no transcript to compare with".to_owned());
    };
    if expected == lines {
        return None;
    }
    let at = expected.iter().zip(lines).take_while(|(a, b)| a == b).count();
    let mut text = String::from("another transcript:\n");
    for line in lines.iter().take(at) {
        let _ = writeln!(text, "    {line}");
    }
    for line in expected.iter().skip(at) {
        let _ = writeln!(text, "  - {line}");
    }
    for line in lines.iter().skip(at) {
        let _ = writeln!(text, "  + {line}");
    }
    Some(text)
}

fn path(theme: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden").join(format!("{theme}.txt"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use b2_sim::service::Op;

    /// Text of all transcripts.
    fn all() -> String {
        let folder = path("").with_file_name("");
        let files = fs::read_dir(folder).expect("a folder").flatten();
        files.map(|file| fs::read_to_string(file.path()).expect("text")).collect()
    }

    #[test]
    fn every_operation_is_seen_to_succeed() {
        let text = all();
        let is_seen = |op: &&Op| {
            ["200", "206"].iter().any(|status| text.contains(&format!(" {} {status}", op.name())))
        };
        let missing: Vec<&Op> = Op::ALL.iter().filter(|op| !is_seen(op)).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn every_transcript_has_something_to_compare() {
        let text = all();
        let is_empty = |section: &&str| section.trim_end().lines().count() < 2;
        let empty: Vec<&str> = text.split("## ").skip(1).filter(is_empty).collect();
        assert!(empty.is_empty(), "{empty:?}");
    }

    #[test]
    fn no_transcript_has_a_secret() {
        for word in ["4_token", "uploadUrl", "http://", "https://", "Bearer", "Basic "] {
            assert!(!all().contains(word), "{word}");
        }
    }

    #[test]
    fn differences_are_shown_from_where_they_begin() {
        let lines = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(difference(Some(&lines("a b")), &lines("a b")), None);
        let shown = difference(Some(&lines("a b c")), &lines("a d")).expect("another one");
        assert_eq!(shown, "another transcript:\n    a\n  - b\n  - c\n  + d\n");
        assert!(difference(None, &lines("a")).is_some());
    }
}
