//! Every number B2 sets, named, with its source.
