//! What can go wrong, typed by what the caller can do about it.
