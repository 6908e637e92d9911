//! Text that must not be printed.
