//! A small seeded random generator for jitter.
