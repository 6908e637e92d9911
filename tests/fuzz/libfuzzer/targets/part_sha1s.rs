#![no_main]
//! `fuzz::part_sha1s` under libFuzzer.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::part_sha1s(data));
