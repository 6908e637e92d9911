//! Hex, decimal and bounded text.
