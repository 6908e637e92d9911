//! What a driver does for a job, whether it waits in threads or in futures.
//!
//! | module | what |
//! | --- | --- |
//! | [`io`] | what a job reads from and writes to |
//! | [`source`] | sources, and how they are opened |
//! | [`work`] | what a machine asks for that needs no connection |
//! | [`content`] | what follows the head of a request |
//! | [`answer`] | what becomes of an answer |
//! | [`news`] | what a listener is told, and when |
//!
//! Nothing in here waits, but for the disk, where it says so.

pub mod answer;
pub mod content;
pub mod io;
pub mod news;
pub mod source;
pub mod work;

pub use answer::{Answer, Room};
pub use content::Content;
pub use io::{JobIo, JobSink};
pub use news::{Listener, Teller};
pub use source::{Opened, SourceHandle};

/// Most bytes that are taken into memory, hashed and sent as one: a file of so many while it is
/// uploaded, and a payload that is in memory already. A client has a few hundred uploads at a time
/// at most.
pub const SHORT_LEN_MAX: u64 = 64 * 1024;
