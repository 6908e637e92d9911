#![no_main]
//! `fuzz::accounts` under libFuzzer.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::accounts(data));
