#![no_main]
//! `fuzz::journals` under libFuzzer.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::journals(data));
