//! From errors of sockets and TLS to the words of the core.

use crate::exchange::{Trouble, system};
use crate::tls;
use std::io;

/// Why there is no connection. No part of the request has left.
pub(crate) fn of_connect(error: &io::Error) -> Trouble {
    let carried = error.get_ref().and_then(|carried| carried.downcast_ref());
    let cause = carried.map_or_else(|| system::connecting(error.kind()), tls::cause);
    Trouble::new(cause, error.to_string())
}

#[cfg(test)]
mod tests;
