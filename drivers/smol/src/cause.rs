//! From errors of sockets, TLS and HTTP to the words of the core.

use crate::http1::Broken;
use b2_local::exchange::Trouble;
use b2_proto::error::Cause;
use std::io::{self, ErrorKind};

/// Why there is no connection. No part of the request has left.
pub(crate) fn of_connect(error: &io::Error) -> Trouble {
    let is_tls = error.get_ref().is_some_and(|carried| carried.is::<rustls::Error>());
    let cause = match error.kind() {
        _ if is_tls => Cause::Tls,
        ErrorKind::TimedOut => Cause::ConnectTimeout,
        // The handshake broke off, or the address cannot be reached.
        _ => Cause::Refused,
    };
    Trouble::new(cause, error.to_string())
}

/// Why there is no answer. `is_sending` says whether part of the request's body was still to be
/// sent.
pub(crate) fn of_exchange(broken: &Broken, is_sending: bool) -> Trouble {
    let cause = match broken {
        Broken::Io(error) => of_io(error.kind(), is_sending),
        Broken::Closed => closed(is_sending),
        Broken::Unreadable(_) => Cause::BadReply,
        Broken::Stopped => Cause::Transport,
    };
    Trouble::new(cause, broken.to_string())
}

fn of_io(kind: ErrorKind, is_sending: bool) -> Cause {
    match kind {
        ErrorKind::BrokenPipe => Cause::BrokenPipe,
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted => Cause::Reset,
        ErrorKind::TimedOut if is_sending => Cause::SendTimeout,
        ErrorKind::TimedOut => Cause::ReadTimeout,
        ErrorKind::UnexpectedEof => closed(is_sending),
        _ => Cause::Transport,
    }
}

const fn closed(is_sending: bool) -> Cause {
    if is_sending { Cause::BrokenPipe } else { Cause::Closed }
}

#[cfg(test)]
mod tests;
