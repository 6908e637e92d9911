//! The rules of `ARCHITECTURE.md`, checked on the tree.

mod core_abstains;
mod drivers;
mod figures;
mod layers;
mod lengths;
mod licences;
mod vectors;
mod words;

/// Fails with everything that was found.
#[track_caller]
fn none(what: &str, found: &[String]) {
    assert!(found.is_empty(), "{} × {what}:\n{}", found.len(), found.join("\n"));
}
