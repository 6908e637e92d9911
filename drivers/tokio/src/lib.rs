//! Backblaze B2 client for tokio, on reqwest.
