//! Reply heads and error bodies.
