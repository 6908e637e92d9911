//! Reading single values out of a JSON text without a heap.
