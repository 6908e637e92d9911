//! From an error of a connection to the words of the core.

use b2_local::exchange::{Trouble, system};
use b2_local::tls;
use b2_proto::error::Cause;
use std::io::Error;

use crate::connector::ConnectError;

/// Why there is no connection; nothing of the request was sent.
pub(crate) fn of_connect(error: &ConnectError) -> Trouble {
    let cause = match error {
        ConnectError::Resolve(_) => Cause::Dns,
        ConnectError::Connect(error) => system::connecting(error.kind()),
    };
    Trouble::new(cause, error.to_string())
}

/// Why no encrypted connection could be made on top of one.
pub(crate) fn of_handshake(error: &Error) -> Trouble {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
    // Otherwise the connection broke off.
    Trouble::new(inner.map_or(Cause::Refused, tls::cause), error.to_string())
}

/// What happened in the middle of a request. `is_sending` says whether part of its body was still
/// to be sent.
pub(crate) fn of_exchange(error: &Error, is_sending: bool) -> Trouble {
    let cause = system::cause(error.kind(), is_sending);
    Trouble::new(cause.unwrap_or(Cause::Transport), error.to_string())
}

/// The peer ended the connection before its answer.
pub(crate) fn ended(is_sending: bool) -> Trouble {
    Trouble::new(system::closed(is_sending), "the connection ended before the answer")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::ErrorKind;

    #[test]
    fn kinds_of_the_system_decide() {
        use ErrorKind as K;
        for (kind, connecting, sending, waiting) in [
            (K::ConnectionRefused, Cause::Refused, Cause::Transport, Cause::Transport),
            (K::TimedOut, Cause::ConnectTimeout, Cause::SendTimeout, Cause::ReadTimeout),
            (K::ConnectionReset, Cause::Refused, Cause::Reset, Cause::Reset),
            (K::BrokenPipe, Cause::Refused, Cause::BrokenPipe, Cause::BrokenPipe),
            (K::UnexpectedEof, Cause::Refused, Cause::BrokenPipe, Cause::Closed),
        ] {
            assert_eq!(of_connect(&Error::from(kind).into()).cause, connecting, "{kind:?}");
            assert_eq!(of_exchange(&kind.into(), true).cause, sending, "{kind:?}");
            assert_eq!(of_exchange(&kind.into(), false).cause, waiting, "{kind:?}");
        }
    }

    #[test]
    fn tls_trouble_hides_in_an_error_of_the_system() {
        let inner = rustls::Error::NoCertificatesPresented;
        let error = Error::new(ErrorKind::InvalidData, inner);
        assert_eq!(of_handshake(&error).cause, Cause::Tls);
        assert_eq!(of_exchange(&error, false).cause, Cause::Transport);
        assert_eq!(of_handshake(&ErrorKind::UnexpectedEof.into()).cause, Cause::Refused);
    }
}
