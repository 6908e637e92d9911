//! What the checks on the tree share: its files, its manifests, and a reader of Rust source that
//! tells code from comments and texts. The checks themselves are in `tests/tree`.

pub mod functions;
pub mod manifest;
pub mod source;
pub mod tree;
