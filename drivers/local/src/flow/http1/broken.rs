//! How an exchange can break off.

use crate::exchange::http1::Unreadable;
use crate::exchange::{Trouble, system};
use b2_proto::error::Cause;
use core::fmt;
use std::io;

/// Why an exchange broke off, once its connection was there.
#[derive(Debug)]
pub enum Broken {
    /// What the system or TLS said.
    Io(io::Error),
    /// The peer closed the connection before the end of the answer.
    Closed,
    /// The answer is not HTTP, or more than is taken.
    Unreadable(&'static str),
    /// The body of the request ended before its length.
    Stopped,
}

impl Broken {
    /// The same in the words of the core. `is_sending` says whether part of the request's body was
    /// still to be sent.
    pub fn trouble(&self, is_sending: bool) -> Trouble {
        let cause = match self {
            Self::Io(error) => system::cause(error.kind(), is_sending).unwrap_or(Cause::Transport),
            Self::Closed => system::closed(is_sending),
            Self::Unreadable(_) => Cause::BadReply,
            Self::Stopped => Cause::Transport,
        };
        Trouble::new(cause, self.to_string())
    }
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
