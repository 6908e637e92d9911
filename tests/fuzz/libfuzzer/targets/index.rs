#![no_main]
//! `fuzz::index` under libFuzzer.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::index(data));
