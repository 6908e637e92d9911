//! Files built from many sources: plans against vectors, properties, and every small file.
#![cfg(feature = "alloc")]

#[path = "../common/mod.rs"]
mod common;

mod plan_id;
mod shown;
mod vectors;
