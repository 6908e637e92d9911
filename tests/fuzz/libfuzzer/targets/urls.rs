#![no_main]
//! `fuzz::urls` under libFuzzer.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::urls(data));
