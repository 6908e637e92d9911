//! The `b2-sim` server binary.

fn main() {}
