//! Plays all corpora: what broke something once stays mended, and every target can be reached.

use std::fs;
use std::path::{Path, PathBuf};

/// So many inputs a corpus has at least; without any a target would not be looked at.
const INPUTS_MIN: usize = 2;

#[test]
fn corpora_break_nothing() {
    for (name, target) in fuzz::TARGETS {
        let inputs = files(&format!("corpora/{name}"));
        assert!(inputs.len() >= INPUTS_MIN, "{name} has {} inputs", inputs.len());
        for path in inputs {
            // Told only when it fails.
            println!("{}", path.display());
            target(&fs::read(&path).expect("an input"));
        }
    }
}

#[test]
fn every_target_has_a_corpus_and_a_program() {
    let names: Vec<_> = fuzz::TARGETS.iter().map(|(name, _)| *name).collect();
    let stems = |folder: &str| -> Vec<String> {
        let stem = |path: PathBuf| path.file_stem().unwrap().to_string_lossy().into_owned();
        files(folder).into_iter().map(stem).collect()
    };
    assert_eq!(stems("corpora"), names);
    assert_eq!(stems("libfuzzer/targets"), names);
}

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

#[test]
fn everything_has_an_end() {
    for (_, target) in fuzz::TARGETS {
        target(b"");
        for byte in 0..=u8::MAX {
            target(&[byte]);
            target(&[byte; 50]);
        }
    }
}
