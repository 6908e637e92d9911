//! Files built from many sources: plans against vectors, properties, and every small file.
#![cfg(feature = "alloc")]

#[path = "../common/mod.rs"]
mod common;

mod examples;
mod least;
mod oracle;
mod plan_id;
mod properties;
mod random;
mod shown;
mod vectors;
