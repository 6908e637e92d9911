//! From errors of sockets, TLS and HTTP to the words of the core.

use crate::http1::Broken;
use b2_local::exchange::{Trouble, system};
use b2_local::tls;
use b2_proto::error::Cause;
use std::io;

/// Why there is no connection. No part of the request has left.
pub(crate) fn of_connect(error: &io::Error) -> Trouble {
    let carried = error.get_ref().and_then(|carried| carried.downcast_ref());
    let cause = carried.map_or_else(|| system::connecting(error.kind()), tls::cause);
    Trouble::new(cause, error.to_string())
}

/// Why there is no answer. `is_sending` says whether part of the request's body was still to be
/// sent.
pub(crate) fn of_exchange(broken: &Broken, is_sending: bool) -> Trouble {
    let cause = match broken {
        Broken::Io(error) => system::cause(error.kind(), is_sending).unwrap_or(Cause::Transport),
        Broken::Closed => system::closed(is_sending),
        Broken::Unreadable(_) => Cause::BadReply,
        Broken::Stopped => Cause::Transport,
    };
    Trouble::new(cause, broken.to_string())
}

#[cfg(test)]
mod tests;
