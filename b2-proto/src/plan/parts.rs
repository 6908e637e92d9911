//! Part sizes of uploads and copies.
