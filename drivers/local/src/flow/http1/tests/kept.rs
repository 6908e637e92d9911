//! Which connections are used again.

use super::peer::{OK, Peer, answer, head};
use super::*;
use core::time::Duration;
use smol::future::{FutureExt as _, zip};
use smol::io::{AsyncReadExt as _, AsyncWriteExt as _};

fn ok() -> Result<(u16, String), Cause> {
    Ok((200, "ok".to_owned()))
}

#[test]
fn a_connection_is_used_again_and_the_head_is_as_told() {
    smol::block_on(async {
        let (peer, http) = (Peer::new().await, client());
        let url = peer.url();
        let chunked =
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n";
        let serving = async {
            let mut stream = peer.accept().await;
            let first = answer(&mut stream, OK).await.expect("a request");
            assert_eq!(
                first,
                format!("GET / HTTP/1.1\r\nhost: 127.0.0.1:{}\r\nx-asked: yes\r\n\r\n", peer.port)
            );
            for text in [chunked, "HTTP/1.1 204 No\r\n\r\n", OK] {
                answer(&mut stream, text).await;
            }
        };
        let asking = async {
            assert_eq!(get(&http, &url).await, ok());
            assert_eq!(get(&http, &url).await, ok());
            assert_eq!(get(&http, &url).await, Ok((204, String::new())));
            assert_eq!(get(&http, &url).await, ok());
        };
        zip(serving, asking).await;
    });
}

#[test]
fn a_connection_that_was_closed_meanwhile_is_replaced() {
    smol::block_on(async {
        let (peer, http) = (Peer::new().await, client());
        let url = peer.url();
        let serve = async || {
            let mut stream = peer.accept().await;
            answer(&mut stream, OK).await;
            stream
        };
        let (stream, answered) = zip(serve(), get(&http, &url)).await;
        assert_eq!(answered, ok());
        drop(stream);
        let (mut stream, answered) = zip(serve(), get(&http, &url)).await;
        assert_eq!(answered, ok());
        // Nobody asked for this, so it must not be taken for an answer.
        stream.write_all(b"HTTP/1.1 408 Too slow\r\n\r\n").await.expect("sent");
        let (_, answered) = zip(serve(), get(&http, &url)).await;
        assert_eq!(answered, ok());
    });
}

#[test]
fn an_answer_that_says_close_is_the_last_of_its_connection() {
    smol::block_on(async {
        let (peer, http) = (Peer::new().await, client());
        let url = peer.url();
        for text in [
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
            "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok and more",
        ] {
            let serving = async {
                let mut stream = peer.accept().await;
                answer(&mut stream, text).await;
                assert_eq!(head(&mut stream).await, None, "{text}");
            };
            assert_eq!(zip(serving, get(&http, &url)).await.1, ok(), "{text}");
        }
        let serving = async {
            let mut stream = peer.accept().await;
            answer(&mut stream, "HTTP/1.1 200 OK\r\n\r\nok").await;
        };
        assert_eq!(zip(serving, get(&http, &url)).await.1, ok());
    });
}

#[test]
fn a_request_that_was_begun_is_not_repeated() {
    smol::block_on(async {
        let (peer, http) = (Peer::new().await, client());
        let url = peer.url();
        let serving = async {
            let mut stream = peer.accept().await;
            answer(&mut stream, OK).await;
            let _ = head(&mut stream).await.expect("a second request");
            drop(stream);
            peer.accept().await;
        };
        let asking = async {
            assert_eq!(get(&http, &url).await, ok());
            assert_eq!(get(&http, &url).await, Err(Cause::Closed));
        };
        // It would be answered by nobody.
        let serving = async {
            serving.await;
            panic!("there is a second connection")
        };
        asking.or(serving).await;
    });
}

#[test]
fn a_body_that_is_not_read_to_its_end_closes_its_connection() {
    smol::block_on(async {
        let (peer, http) = (Peer::new().await, client());
        let url = peer.url();
        let serving = async {
            let mut stream = peer.accept().await;
            answer(&mut stream, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok").await;
            stream
        };
        let meter = Meter::new();
        let (mut stream, response) = zip(serving, http.send(request(&url), &meter)).await;
        drop(response.expect("an answer"));
        assert_eq!(head(&mut stream).await, None);
        let cut = async {
            let mut stream = peer.accept().await;
            answer(&mut stream, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok").await;
        };
        assert_eq!(zip(cut, get(&http, &url)).await.1, Err(Cause::Closed));
    });
}

#[test]
fn an_unused_connection_is_closed_in_time() {
    smol::block_on(async {
        let idle_timeout = Some(Duration::from_millis(30));
        let http = client_with(Settings { idle_timeout, ..Settings::default() });
        let peer = Peer::new().await;
        let url = peer.url();
        for _ in 0..2 {
            let serving = async {
                let mut stream = peer.accept().await;
                answer(&mut stream, OK).await;
                stream
            };
            let (mut stream, answered) = zip(serving, get(&http, &url)).await;
            assert_eq!(answered, ok());
            assert_eq!(stream.read(&mut [0]).await.ok(), Some(0));
        }
    });
}

#[test]
fn at_most_so_many_connections_are_kept() {
    smol::block_on(async {
        let peer = Peer::new().await;
        let url = peer.url();
        for (connections, expected) in [(1, 6), (2, 4)] {
            let http = client_with(Settings { connections, ..Settings::default() });
            let mut accepted = 0;
            let serving = async {
                loop {
                    let mut stream = peer.accept().await;
                    accepted += 1;
                    // So slowly that all four requests are under way at once.
                    let serve = async move {
                        while head(&mut stream).await.is_some() {
                            Timer::after(Duration::from_millis(20)).await;
                            stream.write_all(OK.as_bytes()).await.expect("sent");
                        }
                    };
                    smol::spawn(serve).detach();
                }
            };
            let asking = async {
                for _ in 0..2 {
                    let pair = || zip(get(&http, &url), get(&http, &url));
                    assert_eq!(zip(pair(), pair()).await, ((ok(), ok()), (ok(), ok())));
                }
            };
            asking.or(serving).await;
            assert_eq!(accepted, expected);
        }
    });
}
