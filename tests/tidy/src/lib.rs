//! Checks on the tree itself: layering, abstinence of the core, file and function length.
