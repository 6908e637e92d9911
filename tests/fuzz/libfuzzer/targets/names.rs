#![no_main]
//! `fuzz::names` under libFuzzer.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::names(data));
