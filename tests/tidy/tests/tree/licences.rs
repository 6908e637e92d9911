//! Every package says what it may be used for, and stands on nothing stricter.

use std::process::Command;

use tidy::manifest::manifests;
use tidy::tree::root;

use crate::none;

const OURS: &str = "MIT OR Apache-2.0";

/// Licences that ask for no more than a notice.
const PERMISSIVE: [&str; 14] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-1-Clause",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

#[test]
fn packages_are_under_one_licence() {
    let mut found = Vec::new();
    for manifest in manifests() {
        let own = manifest.value("package", "license") == Some(&format!("\"{OURS}\""));
        let shared = manifest.value("package", "license.workspace") == Some("true");
        if !own && !shared {
            found.push(format!("{}: no licence", manifest.name));
        }
        // The proof without std cannot share them: it needs unsafe code. Nor can the fuzzer's: its
        // entry has a name for the linker.
        let has_lints = manifest.value("lints", "workspace") == Some("true");
        if !has_lints && !["tests/no_std", "tests/fuzz/libfuzzer"].contains(&&*manifest.folder) {
            found.push(format!("{}: not under the lints of the workspace", manifest.name));
        }
    }
    none("package without a rule", &found);
    for file in ["LICENSE-MIT", "LICENSE-APACHE"] {
        assert!(root().join(file).is_file(), "{file}");
    }
}

#[test]
fn dependencies_are_permissive() {
    let platform = "x86_64-unknown-linux-gnu";
    let cargo = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--locked", "--filter-platform", platform])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(cargo.status.success(), "{}", String::from_utf8_lossy(&cargo.stderr));
    let metadata = String::from_utf8(cargo.stdout).expect("is text");
    // Each package has its name, version, ID and licence in this order.
    let packages: Vec<&str> = metadata.split(r#"{"name":""#).skip(1).collect();
    let licences: Vec<(&str, &str)> = packages.iter().filter_map(|text| licence(text)).collect();
    assert!(licences.len() > 50, "these are not all dependencies");
    let strict = licences.iter().filter(|(_, licence)| !is_permissive(licence));
    let found: Vec<String> = strict.map(|(name, licence)| format!("{name}: {licence}")).collect();
    none("dependency with a strict licence, or none", &found);
}

/// Name and licence of a package; nothing for what else has a name.
fn licence(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = text.split_once('"')?;
    let (_, rest) = rest.strip_prefix(r#","version":""#)?.split_once(r#","license":"#)?;
    let value = rest.split(',').next()?;
    Some((name, value.trim_matches('"')))
}

/// Whether one of the choices is permissive throughout.
fn is_permissive(expression: &str) -> bool {
    let expression = expression.replace('/', " OR ").replace(['(', ')'], "");
    let mut choices = expression.split(" OR ");
    choices.any(|choice| choice.split(" AND ").all(|each| PERMISSIVE.contains(&each.trim())))
}

#[test]
fn expressions_are_understood() {
    for (expression, is_ok) in [
        ("MIT OR GPL-2.0", true),
        ("MIT/Apache-2.0", true),
        ("(MIT OR Apache-2.0) AND Unicode-3.0", true),
        ("MIT AND GPL-2.0", false),
        ("null", false),
    ] {
        assert_eq!(is_permissive(expression), is_ok, "{expression}");
    }
}
