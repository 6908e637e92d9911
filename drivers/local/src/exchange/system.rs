//! What the system says about a connection, in the words of the core.

use std::io::ErrorKind;

use b2_proto::error::Cause;

/// What broke an exchange off; `None` when the system names nothing in particular. `is_sending`
/// says whether part of the request's body was still to be sent.
#[expect(clippy::wildcard_enum_match_arm, reason = "most kinds are not about connections")]
pub const fn cause(kind: ErrorKind, is_sending: bool) -> Option<Cause> {
    Some(match kind {
        ErrorKind::BrokenPipe => Cause::BrokenPipe,
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted => Cause::Reset,
        ErrorKind::TimedOut if is_sending => Cause::SendTimeout,
        ErrorKind::TimedOut => Cause::ReadTimeout,
        ErrorKind::UnexpectedEof => closed(is_sending),
        _ => return None,
    })
}

/// Why no connection was made. To the core it is the same whether an address cannot be reached or
/// a handshake broke off: nothing of a request has left.
#[expect(clippy::wildcard_enum_match_arm, reason = "only one kind says anything else")]
pub const fn connecting(kind: ErrorKind) -> Cause {
    match kind {
        ErrorKind::TimedOut => Cause::ConnectTimeout,
        _ => Cause::Refused,
    }
}

/// The peer closed the connection before the end of the answer.
pub const fn closed(is_sending: bool) -> Cause {
    if is_sending { Cause::BrokenPipe } else { Cause::Closed }
}
