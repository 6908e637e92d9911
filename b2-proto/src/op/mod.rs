//! One file per call of the service.
