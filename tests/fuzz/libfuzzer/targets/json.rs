#![no_main]
//! `fuzz::json` under libFuzzer.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::json(data));
