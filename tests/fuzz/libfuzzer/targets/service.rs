#![no_main]
//! `fuzz::service` under libFuzzer.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::service(data));
