use super::*;
use core::fmt;

/// An error around another one, as HTTP libraries stack them.
#[derive(Debug)]
struct Layer(&'static str, Box<dyn Error + Send + Sync>);

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Error for Layer {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.1)
    }
}

fn facts(inner: impl Error + Send + Sync + 'static) -> Facts {
    Facts::gather(&Layer("error sending request", Box::new(Layer("in between", Box::new(inner)))))
}

fn io(kind: ErrorKind) -> io::Error {
    io::Error::from(kind)
}

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
        let facts = facts(io(kind));
        assert_eq!(of_connect(&facts, false), connecting, "{kind:?}");
        assert_eq!(of_exchange(&facts, true), sending, "{kind:?}");
        assert_eq!(of_exchange(&facts, false), waiting, "{kind:?}");
    }
}

#[test]
fn tls_trouble_hides_in_an_error_of_the_system() {
    let inner = rustls::Error::NoCertificatesPresented;
    let facts = facts(io::Error::new(ErrorKind::InvalidData, inner));
    assert_eq!(of_connect(&facts, false), Cause::Tls);
    assert_eq!(of_exchange(&facts, false), Cause::Transport);
}

#[test]
fn the_words_are_the_innermost() {
    let facts = facts(io::Error::other("cable pulled"));
    assert_eq!(facts.words, "cable pulled");
    let outermost = Facts::gather(&Layer("secret URL", Box::new(io(ErrorKind::BrokenPipe))));
    assert!(!outermost.words.contains("secret"), "{}", outermost.words);
}

/// A resolver that knows no host, so that the library's own error is seen.
struct NoHosts;

impl reqwest::dns::Resolve for NoHosts {
    fn resolve(&self, _name: reqwest::dns::Name) -> reqwest::dns::Resolving {
        Box::pin(async { Err("no such host".into()) })
    }
}

async fn cause_of(http: reqwest::ClientBuilder, url: &str) -> Cause {
    let http = http.no_proxy().tls_backend_preconfigured(tls::config(&[]).expect("settings"));
    let error = http.build().expect("client").get(url).send().await.expect_err("no answer");
    of_http(&error, false).cause
}

#[tokio::test]
async fn unknown_hosts_and_closed_ports() {
    let http = || reqwest::Client::builder().dns_resolver(NoHosts);
    assert_eq!(cause_of(http(), "http://b2.invalid/").await, Cause::Dns);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("bound"));
    drop(listener);
    assert_eq!(cause_of(http(), &url).await, Cause::Refused);
}

/// Serves one connection with fixed bytes and closes it.
async fn answer(bytes: &'static [u8]) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let mut request = [0; 1024];
        let _ = stream.read(&mut request).await.expect("a request");
        stream.write_all(bytes).await.expect("sent");
    });
    address.to_string()
}

#[tokio::test]
async fn answers_that_make_no_sense() {
    let http = reqwest::Client::builder;
    let url = format!("http://{}/", answer(b"").await);
    assert_eq!(cause_of(http(), &url).await, Cause::Closed);
    let url = format!("http://{}/", answer(b"not HTTP at all\r\n\r\n").await);
    assert_eq!(cause_of(http(), &url).await, Cause::BadReply);
    let url = format!("https://{}/", answer(b"not TLS at all\r\n\r\n").await);
    assert_eq!(cause_of(http(), &url).await, Cause::Refused);
}
