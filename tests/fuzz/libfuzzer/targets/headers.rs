#![no_main]
//! `fuzz::headers` under libFuzzer.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::headers(data));
