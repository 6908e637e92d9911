#![no_main]
//! `fuzz::errors` under libFuzzer.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::errors(data));
