#![doc = include_str!("blocks.md")]

mod block;
mod chunker;
mod index;
mod manifest;
mod matcher;
mod sidecar;
mod size;

pub use block::{Block, BlockDigest, DIGEST_LEN};
pub use chunker::Chunker;
pub use manifest::{Draft, MANIFEST_LEN_MAX, Manifest, ManifestError};
pub use matcher::{Match, Matched, Matcher};
pub use sidecar::{CONTENT_TYPE, SUFFIX, is_manifest, sidecar_name};
pub use size::{BLOCKS_MAX, BlockSize};
