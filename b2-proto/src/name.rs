//! File names and bucket names: rules, percent-encoding, and how to print them safely.
