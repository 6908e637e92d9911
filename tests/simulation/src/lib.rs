//! Deterministic simulation: machines of the core x the service x seeded faults x a virtual clock.
