//! Measurements: the core alone, and the tokio driver against the simulator beside a plain floor.
