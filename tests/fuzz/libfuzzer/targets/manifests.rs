#![no_main]
//! `fuzz::manifests` under libFuzzer.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::manifests(data));
