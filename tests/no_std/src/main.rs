//! The bare core at work in a program without standard library, C library and heap.
//!
//! It logs in, uploads a small file, and uploads a large file in three parts over two lanes with a
//! refused part, all against answers that are written down here, and compares every request with
//! the text it must have. It exits with 0; any other code tells which step failed and how (see
//! [`steps`]). If anything below needed std, an allocator or libc, it would not link. `more.rs` is
//! the same for downloads and single calls, apart so that the sizes of this program are those of
//! uploading.
//!
//! This is the one crate that may use `unsafe`: a program without start-up code must set its own
//! stack, call the kernel, and bring the memory functions that compiled code expects. All of it is
//! in `start` and `memory`.

#![no_std]
#![no_main]

mod driver;
mod large;
#[cfg(target_arch = "x86_64")]
mod memory;
#[path = "no_sink.rs"]
mod sink;
mod small;
#[cfg_attr(target_arch = "arm", path = "start_arm.rs")]
mod start;
mod steps;
mod transcript;

/// Called by `_start` on the program's own stack.
extern "C" fn entry() -> ! {
    steps::run(&[small::run, large::run]);
    transcript::report("session", size_of::<b2_proto::machine::Session>());
    transcript::report("upload", size_of::<small::Job>());
    transcript::report("large_upload", size_of::<large::Job>());
    start::exit(0)
}
