//! The files of the repository.

use std::fs;
use std::path::{Path, PathBuf};

use crate::source;

/// One file of text.
#[derive(Clone, Debug)]
pub struct File {
    /// From the root of the repository, with `/`.
    pub path: String,
    /// Its content.
    pub text: String,
}

impl File {
    /// Whether the file holds nothing but tests.
    pub fn is_test(&self) -> bool {
        let is_in = |folder: &str| self.path.split('/').any(|piece| piece == folder);
        is_in("tests") || is_in("benches") || self.path.ends_with("/tests.rs")
    }
}

/// The root of the repository.
pub fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.ancestors().nth(2).unwrap_or(own).to_path_buf()
}

/// Every text file, in the order of the paths; build products and version control left out.
///
/// # Panics
/// When a folder cannot be read: a check that saw half the tree must not pass.
pub fn files() -> Vec<File> {
    let mut files = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).expect("the folder can be read");
        for entry in entries {
            let path = entry.expect("the entry can be read").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() && !matches!(name.as_str(), "target" | ".git") {
                folders.push(path);
            } else if path.is_file()
                && name != ".git"
                && let Ok(text) = fs::read_to_string(&path)
            {
                files.push(File { path: relative(&path), text });
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(files.len() > 100, "this is not the whole tree");
    files
}

/// Every Rust file.
pub fn rust_files() -> Vec<File> {
    files().into_iter().filter(|file| file.path.ends_with(".rs")).collect()
}

/// The Rust files below `folder` without their tests, and without files that are compiled for
/// tests only.
pub fn shipped(folder: &str) -> Vec<File> {
    let all: Vec<File> =
        rust_files().into_iter().filter(|file| file.path.starts_with(folder)).collect();
    let for_tests: Vec<String> = all.iter().flat_map(test_modules).collect();
    let mut shipped = all;
    shipped.retain(|file| {
        let is_below = |path: &String| {
            file.path
                .strip_prefix(path.as_str())
                .is_some_and(|rest| [".rs", "/"].contains(&start(rest)))
        };
        !file.is_test() && !for_tests.iter().any(is_below)
    });
    for file in &mut shipped {
        file.text = source::without_tests(&file.text).to_owned();
    }
    assert!(!shipped.is_empty(), "nothing in {folder}");
    shipped
}

/// `.rs` or `/`, whichever `rest` of a path is or begins with.
fn start(rest: &str) -> &str {
    if rest.starts_with('/') { "/" } else { rest }
}

/// Paths without extension of the modules that `file` declares for tests only.
fn test_modules(file: &File) -> Vec<String> {
    let stem = file.path.strip_suffix(".rs").unwrap_or(&file.path);
    let folder = match stem.rsplit_once('/') {
        Some((folder, "mod" | "lib" | "main")) => folder,
        _ => stem,
    };
    let mut modules = Vec::new();
    let mut is_for_tests = false;
    for line in file.text.lines() {
        let words = line.trim().trim_end_matches(';').trim_start_matches("pub(crate) ");
        if let (true, Some(name)) = (is_for_tests, words.strip_prefix("mod ")) {
            modules.push(format!("{folder}/{name}"));
        }
        is_for_tests = source::is_test_attribute(line);
    }
    modules
}

fn relative(path: &Path) -> String {
    let relative = path.strip_prefix(root()).unwrap_or(path);
    relative.to_string_lossy().replace('\\', "/")
}
