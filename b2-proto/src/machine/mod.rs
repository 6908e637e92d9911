//! Jobs as state machines.
