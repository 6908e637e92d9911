//! From an error of the HTTP library to the words of the core.
//!
//! The library wraps errors several times; what happened is found by walking down the sources.

use b2_local::exchange::proxy::answer;
use b2_local::exchange::{Trouble, system};
use b2_local::tls;
use b2_proto::error::Cause;
use core::error::Error;
use std::io::{self, ErrorKind};

/// What happened, and the innermost error's own words.
///
/// `is_sending` says whether part of the request's body was still to be sent.
pub(crate) fn of_http(error: &reqwest::Error, is_sending: bool) -> Trouble {
    let facts = Facts::gather(error);
    if let Some(what) = facts.words.strip_prefix(TUNNEL_TROUBLE) {
        return of_tunnel(what);
    }
    let cause = if error.is_connect() {
        of_connect(&facts, error.is_timeout())
    } else {
        of_exchange(&facts, is_sending)
    };
    Trouble::new(cause, facts.words)
}

/// How an error about the tunnel through a proxy begins. It has no public type; its words are
/// fixed.
const TUNNEL_TROUBLE: &str = "tunnel error: ";

fn of_tunnel(what: &str) -> Trouble {
    match what {
        "proxy authorization required" => answer::no_credentials(),
        _ => Trouble::new(Cause::Refused, format!("the proxy opened no tunnel ({what})")),
    }
}

/// What was found among the sources of an error.
#[derive(Default)]
struct Facts {
    io: Option<ErrorKind>,
    handshake: Option<Cause>,
    is_dns: bool,
    is_incomplete: bool,
    is_unreadable: bool,
    words: String,
}

impl Facts {
    fn gather(error: &(dyn Error + 'static)) -> Self {
        let mut facts = Self::default();
        let mut next = Some(error);
        // The outermost error is the HTTP library's own and names the URL, which may be secret.
        let mut depth = 0_u32;
        while let Some(error) = next {
            facts.note(error);
            if depth > 0 {
                facts.words = error.to_string();
            }
            depth += 1;
            next = below(error);
        }
        if depth == 1 {
            facts.words = "the HTTP library gave up".to_owned();
        }
        facts
    }

    fn note(&mut self, error: &(dyn Error + 'static)) {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            self.io = Some(error.kind());
        }
        if let Some(error) = error.downcast_ref::<hyper::Error>() {
            self.is_incomplete |= error.is_incomplete_message() || error.is_closed();
            self.is_incomplete |= error.is_canceled();
            self.is_unreadable |= error.is_parse();
        }
        if let Some(error) = error.downcast_ref() {
            self.handshake = Some(tls::cause(error));
        }
        // The resolver's error has no public type; its words are fixed.
        self.is_dns |= error.to_string() == "dns error";
    }
}

/// An `io::Error` hides the error it carries: its source is that error's source.
fn below<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(carried) => Some(carried),
        None => error.source(),
    }
}

fn of_connect(facts: &Facts, is_timeout: bool) -> Cause {
    if let Some(cause) = facts.handshake {
        return cause;
    }
    if facts.is_dns {
        return Cause::Dns;
    }
    if is_timeout {
        return Cause::ConnectTimeout;
    }
    facts.io.map_or(Cause::Refused, system::connecting)
}

fn of_exchange(facts: &Facts, is_sending: bool) -> Cause {
    match facts.io.and_then(|kind| system::cause(kind, is_sending)) {
        Some(cause) => cause,
        None if facts.is_incomplete => system::closed(is_sending),
        None if facts.is_unreadable => Cause::BadReply,
        None => Cause::Transport,
    }
}

#[cfg(test)]
mod tests;
