//! The Backblaze B2 service in a box: a pure state machine, stores, faults, and an HTTP server.
