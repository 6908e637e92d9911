//! The machines, state by state: each test walks to a state with a [`scenario::Scenario`], lets
//! one thing happen, and looks at what the machine does about it.
#![cfg(feature = "alloc")]

mod scenario;

mod append;
mod basis;
mod continued;
mod copy;
mod described;
mod download;
mod engine;
mod incremental;
mod large;
mod leftovers;
mod limits;
mod needs;
mod pages;
mod proofs;
mod put;
mod resume;
mod selected;
mod settle;
mod single;
mod solo;
mod synthesis;
mod synthesis_copy;
mod synthesis_sha1;
mod synthesis_stream;
mod unbounded;
mod unhide;
mod upload;
