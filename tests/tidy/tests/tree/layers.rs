//! Arrows point down: examples, tests and benches → drivers → `b2-local`, `b2-proto`.

use tidy::manifest::{Manifest, manifests};

use crate::none;

#[test]
fn arrows_point_down() {
    let all = manifests();
    let own: Vec<&str> = all.iter().map(|manifest| manifest.name.as_str()).collect();
    for name in ["b2-proto", "b2-local", "b2-sim", "b2-blocking", "b2-smol", "b2-tokio"] {
        assert!(own.contains(&name), "{name} is not here");
    }
    let mut found = Vec::new();
    for manifest in &all {
        let allowed = allowed(manifest);
        let dev_allowed = dev_allowed(manifest);
        let check = |names: &[String], allowed: &[&str]| -> Vec<String> {
            let is_own = |name: &&String| own.contains(&name.as_str());
            let is_wrong = |name: &&String| !allowed.contains(&name.as_str());
            let wrong = names.iter().filter(is_own).filter(is_wrong);
            wrong.map(|name| format!("{} → {name}", manifest.name)).collect()
        };
        found.extend(check(&manifest.dependencies, &allowed));
        found.extend(check(&manifest.dev_dependencies, &dev_allowed));
    }
    none("arrow that points up or sideways", &found);
}

/// The packages of the workspace that this one may use.
fn allowed(manifest: &Manifest) -> Vec<&str> {
    match manifest.folder.as_str() {
        "b2-proto" | "tests/tidy" | "tests/vectors" => vec![],
        "drivers/local" | "drivers/sim" | "drivers/embedded" | "tests/no_std" => vec!["b2-proto"],
        folder if folder.starts_with("drivers/") => vec!["b2-local", "b2-proto"],
        _ => {
            vec![
                "b2-local",
                "b2-proto",
                "b2-sim",
                "b2-blocking",
                "b2-smol",
                "b2-tokio",
                "benches",
                "conformance",
                "fuzz",
                "vectors",
            ]
        }
    }
}

/// The same for its tests: all may run vectors, and a driver is tested against the simulated
/// service.
fn dev_allowed(manifest: &Manifest) -> Vec<&str> {
    let mut allowed = allowed(manifest);
    allowed.push("vectors");
    let is_driver = manifest.folder.starts_with("drivers/") && manifest.folder != "drivers/local";
    if is_driver && manifest.name != "b2-sim" {
        allowed.push("b2-sim");
    }
    allowed
}
