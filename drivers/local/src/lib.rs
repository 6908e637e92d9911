//! What the standard-library drivers of the B2 client share: files, walks, safe names, atomic commits.
