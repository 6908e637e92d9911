//! Handles and identifiers.
