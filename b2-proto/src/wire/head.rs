//! Request heads: method, target and headers, written lazily.
