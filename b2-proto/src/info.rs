//! File info: custom metadata that travels in headers, its limits and well-known keys.
