//! Points in time as the driver tells them.
