//! What is fuzzed: one function for each target, which panics when something does not hold.
//!
//! libFuzzer calls them with bytes of its own (`libfuzzer/`, started by `./run`), and the tests of
//! this package with the bytes it has found so far (`corpora/`). See the README.

mod accounts;
mod answers;
mod errors;
mod headers;
mod index;
mod input;
mod journals;
mod json;
mod manifests;
mod names;
mod part_sha1s;
mod replies;
mod service;
mod urls;

pub use accounts::accounts;
pub use answers::answers;
pub use errors::errors;
pub use headers::headers;
pub use index::index;
pub use journals::journals;
pub use json::json;
pub use manifests::manifests;
pub use names::names;
pub use part_sha1s::part_sha1s;
pub use replies::replies;
pub use service::service;
pub use urls::urls;

/// A target: its name, which is that of its corpus, and its function.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: [Target; 13] = [
    ("accounts", accounts),
    ("answers", answers),
    ("errors", errors),
    ("headers", headers),
    ("index", index),
    ("journals", journals),
    ("json", json),
    ("manifests", manifests),
    ("names", names),
    ("part_sha1s", part_sha1s),
    ("replies", replies),
    ("service", service),
    ("urls", urls),
];
