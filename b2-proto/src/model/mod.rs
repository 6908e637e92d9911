//! The resources of the service as values.
