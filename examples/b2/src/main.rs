//! The `b2` command line.

fn main() {}
