//! Files built from many sources: plans against vectors, properties, and every small file.
#![cfg(feature = "alloc")]

#[path = "../common/mod.rs"]
mod common;

mod least;
mod oracle;
mod plan_id;
mod random;
mod shown;
mod vectors;
