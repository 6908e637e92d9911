//! Which bytes of which file a sink gets.

use crate::plan::Span;
use crate::plan::pieces::Pieces;

/// What a sink gets: bytes of one version of a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Version<'a> {
    /// The version's ID.
    pub file_id: &'a str,
    /// The length of the whole file in bytes.
    pub len: u64,
    /// The bytes of the file that the sink gets.
    pub span: Span,
    /// The pieces of the sink whose digests will be asked for; others need not be hashed.
    pub pieces: Pieces,
}
