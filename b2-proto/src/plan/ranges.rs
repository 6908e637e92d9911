//! Ranges of parallel downloads, and range headers.
