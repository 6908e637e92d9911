#![no_main]
//! `fuzz::replies` under libFuzzer.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::replies(data));
