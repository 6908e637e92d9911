//! The bare core's downloads and single calls, in a program like that of `main.rs`: it logs in,
//! uploads, downloads a range over a connection that breaks, downloads a whole file with its
//! digest, hides, deletes and cancels.

#![no_std]
#![no_main]

mod calls;
mod download;
mod driver;
#[cfg(target_arch = "x86_64")]
mod memory;
mod sink;
mod small;
#[cfg_attr(target_arch = "arm", path = "start_arm.rs")]
mod start;
mod steps;
mod transcript;

/// Called by `_start` on the program's own stack.
extern "C" fn entry() -> ! {
    steps::run(&[small::run, download::run, calls::run]);
    transcript::report("upload", size_of::<small::Job>());
    transcript::report("download", size_of::<download::Job>());
    start::exit(0)
}
