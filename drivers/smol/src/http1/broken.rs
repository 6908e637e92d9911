//! How an exchange can break off.

use b2_local::exchange::http1::Unreadable;
use core::fmt;
use std::io;

/// Why an exchange broke off, once its connection was there.
#[derive(Debug)]
pub(crate) enum Broken {
    /// What the system or TLS said.
    Io(io::Error),
    /// The peer closed the connection before the end of the answer.
    Closed,
    /// The answer is not HTTP, or more than is taken.
    Unreadable(&'static str),
    /// The body of the request ended before its length.
    Stopped,
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<Unreadable> for Broken {
    fn from(unreadable: Unreadable) -> Self {
        Self::Unreadable(unreadable.0)
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => error.fmt(f),
            Self::Closed => f.write_str("the peer closed the connection"),
            Self::Unreadable(what) => f.write_str(what),
            Self::Stopped => f.write_str("the body of the request was stopped"),
        }
    }
}
