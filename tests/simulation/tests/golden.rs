//! The effect of the retry policy as numbers.
//!
//! After a change that is meant: `SIM_GOLDEN=write cargo test -p simulation --test golden`.

use std::{env, fs};

#[test]
fn time_and_requests_are_as_before() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/golden.txt");
    let table = simulation::table();
    if env::var("SIM_GOLDEN").is_ok_and(|what| what == "write") {
        fs::write(path, &table).unwrap();
    }
    let before = fs::read_to_string(path).unwrap();
    assert!(table == before, "the table has changed to\n{table}\nfrom\n{before}");
}
