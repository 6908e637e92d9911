//! Bytes on the wire: request heads and bodies, replies, JSON and text.

pub mod body;
pub(crate) mod digest;
pub mod head;
pub mod json_read;
pub mod json_write;
pub mod range;
pub mod reply;
pub mod text;
pub mod url;
