#![no_main]
//! `fuzz::answers` under libFuzzer.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::answers(data));
