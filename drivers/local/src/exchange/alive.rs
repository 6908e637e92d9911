//! What the system is told of a connection, so that a path that is dead ends it.
//!
//! A network that is left, a cable that is pulled or a router that forgets a connection tells
//! nobody. Where something is sent, the system notices by what is not confirmed; where an answer
//! is awaited, only by asking whether the other end is still there.

#[cfg(unix)]
use core::time::Duration;
#[cfg(unix)]
use std::os::fd::AsFd;

/// After so long a silence the other end is asked, and then as often again.
#[cfg(unix)]
const ASK_AFTER: Duration = Duration::from_secs(15);
/// So many questions without an answer end the connection, where no time says so.
#[cfg(target_vendor = "apple")]
const ASKED_MAX: u32 = 8;
/// What is not confirmed for so long, a question included, ends it. It is what the longest silence
/// while data are sent may be: a peer that takes nothing for a while is no dead path.
#[cfg(any(target_os = "linux", target_os = "android"))]
const UNCONFIRMED_MS_MAX: u32 = 128_000;

/// Has the system notice when the other end of a connection is not there any more. What it does
/// not know stays as it is: each operation has a bound of its own.
#[cfg(unix)]
pub fn watch(socket: impl AsFd) {
    use rustix::net::sockopt;
    let _ = sockopt::set_socket_keepalive(&socket, true);
    #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
    {
        let _ = sockopt::set_tcp_keepidle(&socket, ASK_AFTER);
        let _ = sockopt::set_tcp_keepintvl(&socket, ASK_AFTER);
    }
    #[cfg(target_vendor = "apple")]
    let _ = sockopt::set_tcp_keepcnt(&socket, ASKED_MAX);
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let _ = sockopt::set_tcp_user_timeout(&socket, UNCONFIRMED_MS_MAX);
}

/// Has the system notice when the other end of a connection is not there any more, where that can
/// be told: elsewhere each operation has a bound of its own.
#[cfg(not(unix))]
pub fn watch<T>(_socket: T) {}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use rustix::net::sockopt;

    #[test]
    fn the_system_asks_whether_the_other_end_is_there() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("bound");
        let stream = std::net::TcpStream::connect(address).expect("connected");
        watch(&stream);
        assert_eq!(sockopt::socket_keepalive(&stream), Ok(true));
        assert_eq!(sockopt::tcp_keepidle(&stream), Ok(ASK_AFTER));
        assert_eq!(sockopt::tcp_user_timeout(&stream), Ok(UNCONFIRMED_MS_MAX));
    }
}
