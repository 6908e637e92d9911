//! Writing JSON piece by piece without a heap.
