//! `Cargo.toml` files, as far as the checks need them.

use crate::tree;

/// The manifest of one package.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// The package's folder from the root of the repository.
    pub folder: String,
    /// The package's name.
    pub name: String,
    /// What it depends on when it is used, and for building.
    pub dependencies: Vec<String>,
    /// What only its tests, examples and benches depend on.
    pub dev_dependencies: Vec<String>,
    entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    section: String,
    key: String,
    value: String,
}

impl Manifest {
    /// The value of `key` in `section`, as written.
    pub fn value(&self, section: &str, key: &str) -> Option<&str> {
        let mut entries = self.entries.iter();
        let entry = entries.find(|entry| entry.section == section && entry.key == key)?;
        Some(&entry.value)
    }

    fn read(path: &str, text: &str) -> Option<Self> {
        let entries = entries(text);
        let folder = path.strip_suffix("/Cargo.toml")?.to_owned();
        let named = |kinds: &[&str]| -> Vec<String> {
            let is_of = |entry: &&Entry| {
                let last = entry.section.rsplit('.').next().unwrap_or_default();
                kinds.contains(&last)
            };
            entries.iter().filter(is_of).map(|entry| first(&entry.key)).collect()
        };
        let mut manifest = Self {
            folder,
            name: String::new(),
            dependencies: named(&["dependencies", "build-dependencies"]),
            dev_dependencies: named(&["dev-dependencies"]),
            entries,
        };
        manifest.name = manifest.value("package", "name")?.trim_matches('"').to_owned();
        Some(manifest)
    }
}

/// The manifests of all packages.
pub fn manifests() -> Vec<Manifest> {
    let files = tree::files();
    let manifests: Vec<Manifest> =
        files.iter().filter_map(|file| Manifest::read(&file.path, &file.text)).collect();
    assert!(manifests.len() > 5, "these are not all packages");
    manifests
}

fn entries(text: &str) -> Vec<Entry> {
    let mut section = String::new();
    let mut entries = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            name.trim_matches(['[', ']']).clone_into(&mut section);
        } else if let Some((key, value)) = line.split_once('=') {
            let (key, value) = (key.trim().to_owned(), value.trim().to_owned());
            entries.push(Entry { section: section.clone(), key, value });
        }
    }
    entries
}

/// `a` of `a.workspace`.
fn first(key: &str) -> String {
    key.split('.').next().unwrap_or(key).trim_matches('"').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_is_read() {
        let text = "[package]\nname = \"a\"\nlicense.workspace = true\n\n[dependencies]\n\
            b.workspace = true\nc = { version = \"1\" }\n# d = 1\n\n\
            [target.'cfg(unix)'.dependencies]\ne = \"1\"\n[dev-dependencies]\nf = \"1\"\n";
        let manifest = Manifest::read("x/Cargo.toml", text).expect("is a package");
        assert_eq!((manifest.folder.as_str(), manifest.name.as_str()), ("x", "a"));
        assert_eq!(manifest.dependencies, ["b", "c", "e"]);
        assert_eq!(manifest.dev_dependencies, ["f"]);
        assert_eq!(manifest.value("package", "license.workspace"), Some("true"));
    }
}
