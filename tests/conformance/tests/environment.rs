//! What each driver takes from the environment, its proxies among it, and what it leaves there:
//! nothing but the folder of claims, and that only unless they are switched off.
//!
//! A process cannot change its own environment safely, so each test runs itself once more in a
//! process that has the environment it is about.
#![cfg(test)]
#![cfg(unix)]

use b2_local::account::{AccountStore as _, Choice, Location, Login, SqliteStore};
use b2_local::exchange::Resolver;
use b2_proto::model::BucketType;
use b2_proto::op::CreateBucket;
use b2_sim::Config;
use b2_sim::server::{Handle, Server, ServerConfig};
use conformance::proxy::Proxy;
use core::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};
use tempfile::TempDir;

/// The home of a test, in the process that has its environment.
fn home() -> Option<PathBuf> {
    env::var_os("B2_TEST_HOME").map(PathBuf::from)
}

/// A service, and a home in which nobody has been.
struct Place {
    server: Handle,
    home: TempDir,
}

impl Place {
    fn new() -> Self {
        let service = Config::default().with_small_limits();
        let server = Server::start(ServerConfig { service, ..ServerConfig::default() });
        Self { server: server.expect("started"), home: tempfile::tempdir().expect("a folder") }
    }

    /// Keeps a login as `b2 account authorize --profile` does.
    fn keep_login(&self, profile: &str) {
        let home = |name: &str| (name == "HOME").then(|| self.home.path().into());
        let place = Location::find(Choice::profile(Some(profile)), home).expect("a place");
        let key = self.server.key();
        let login = Login::new(self.server.key_id(), key.as_str().into(), self.server.url());
        let client = ::b2_blocking::Client::builder().login(login.clone()).build().expect("built");
        let account = login.account((*client.authorize().expect("a login")).clone());
        SqliteStore::open_at(&place).and_then(|store| store.save(&account)).expect("kept");
    }

    /// Runs the test of this name with this home and the server's key in the environment.
    fn run(&self, test: &str) {
        self.run_with(test, &[]);
    }

    /// The same with further variables, or in the place of those.
    fn run_with(&self, test: &str, variables: &[(&str, String)]) {
        let mut command = Command::new(env::current_exe().expect("own program"));
        command.args(["--exact", test, "--nocapture"]).env_clear();
        command.env("HOME", self.home.path()).env("B2_TEST_HOME", self.home.path());
        command.env("B2_APPLICATION_KEY_ID", self.server.key_id());
        command.env("B2_APPLICATION_KEY", self.server.key());
        command.env("B2_ENVIRONMENT", self.server.url());
        let output = command.envs(variables.iter().cloned()).output().expect("run");
        let text = String::from_utf8_lossy(&output.stdout);
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && text.contains("1 passed"), "{text}{err}");
    }

    /// How often somebody has logged in.
    fn logins(&self) -> usize {
        let calls = self.server.transcript();
        let is_login = |name: &str| name == "b2_authorize_account";
        calls.iter().filter(|call| call.op.is_some_and(|op| is_login(op.name()))).count()
    }
}

/// A realm that is nowhere but at the proxy, or where `here` says.
const REALM: &str = "realm.invalid";

/// Every host is this machine.
fn here() -> Resolver {
    Resolver::new(|_| Ok(vec![([127, 0, 0, 1], 0).into()]))
}

/// Where the server is, in the process that has its environment.
fn server() -> SocketAddr {
    env::var("B2_TEST_SERVER").expect("set").parse().expect("an address")
}

/// Runs the test of this name, which logs in, with each environment of proxies: who is asked?
fn run_with_proxies(test: &str) {
    let place = Place::new();
    let server = place.server.url().strip_prefix("http://").expect("plain").to_owned();
    let port = server.rsplit_once(':').expect("a port").1.to_owned();
    let (plain, tls) = (format!("http://{REALM}:{port}"), format!("https://{REALM}:{port}"));
    let forwarded = format!("POST {plain}/b2api/");
    let tunnelled = format!("CONNECT {REALM}:{port} ");
    let (none, one) = ("other.invalid", format!("other.invalid,{REALM}"));
    for (what, realm, variable, no_proxy, line) in [
        ("plain", &plain, "HTTP_PROXY", none, Some(&forwarded)),
        ("of all", &plain, "all_proxy", none, Some(&forwarded)),
        ("with TLS", &tls, "HTTPS_PROXY", none, Some(&tunnelled)),
        ("of TLS alone", &plain, "HTTPS_PROXY", none, None),
        ("not for the realm", &plain, "HTTP_PROXY", &one, None),
        ("not by the setting", &plain, "HTTP_PROXY", none, None),
        ("not by the connector", &plain, "HTTP_PROXY", none, None),
    ] {
        // It refuses, so that nobody looks the realm up.
        let (proxy, logins) = (Proxy::refusing(407), place.logins());
        let is_asked = line.is_some();
        place.run_with(
            test,
            &[
                ("B2_ENVIRONMENT", realm.clone()),
                (variable, proxy.url()),
                ("NO_PROXY", no_proxy.to_owned()),
                ("B2_TEST_SERVER", server.clone()),
                ("B2_TEST_PROXY", what.to_owned()),
                ("B2_TEST_IS_ASKED", is_asked.to_string()),
            ],
        );
        let lines = proxy.lines();
        assert_eq!(lines.len(), usize::from(is_asked), "{what}: {lines:?}");
        assert!(lines.iter().zip(line).all(|(is, line)| is.starts_with(line)), "{what}: {lines:?}");
        assert_eq!(place.logins() - logins, usize::from(!is_asked), "{what}");
    }
}

/// All that is below a folder, with the folders.
fn below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("read").path());
    entries
        .flat_map(|path| {
            if path.is_dir() { [vec![path.clone()], below(&path)].concat() } else { vec![path] }
        })
        .collect()
}

/// Where large files and destinations are claimed.
fn claims(home: &Path) -> PathBuf {
    home.join(".local/state/b2/claims")
}

/// What claims something: an upload in parts and a sync.
macro_rules! work {
    ($wait:ident, $client:expr) => {
        let client = $client;
        let new = CreateBucket::new("photos-1", BucketType::AllPrivate);
        let photos = $wait!(client.create_bucket(new)).expect("created");
        $wait!(photos.upload("large", vec![7; 500]).send()).expect("uploaded");
        let files = tempfile::tempdir().expect("a folder");
        fs::write(files.path().join("a"), "a").expect("written");
        let summary = $wait!(client.sync(files.path(), "b2://photos-1/files").send());
        assert_eq!(summary.expect("in step").transferred, 1);
    };
}

/// The same tests for each driver.
macro_rules! tests {
    ($driver:ident, $wait:ident, $connector:ident) => {
        mod $driver {
            use super::*;
            use ::$driver::Client;

            #[test]
            fn starts_from_a_profile() {
                if home().is_some() {
                    let client = Client::from_profile("tests").expect("a login is kept");
                    $wait!(client.buckets()).expect("listed");
                    let error = Client::from_profile("nobody").expect_err("none is kept");
                    assert!(error.to_string().contains("log in first"), "{error}");
                    return;
                }
                let place = Place::new();
                place.keep_login("tests");
                place.run(concat!(stringify!($driver), "::starts_from_a_profile"));
                assert_eq!(place.logins(), 1, "the login that was kept is used");
            }

            #[test]
            fn keeps_claims_in_the_home() {
                if let Some(home) = home() {
                    work!($wait, Client::from_env().expect("a key"));
                    assert!(below(&home).contains(&claims(&home)), "{:?}", below(&home));
                    let stays = |path: &PathBuf| !claims(&home).starts_with(path);
                    assert!(!below(&home).iter().any(stays), "{:?}", below(&home));
                    return;
                }
                let place = Place::new();
                place.run(concat!(stringify!($driver), "::keeps_claims_in_the_home"));
                assert_eq!(place.logins(), 1);
            }

            #[test]
            fn writes_nothing_when_told_so() {
                if let Some(home) = home() {
                    let login = Login::from_env(|name| env::var_os(name)).expect("text");
                    let builder = Client::builder().login(login.expect("a key"));
                    work!($wait, builder.no_lock_files().build().expect("built"));
                    assert!(below(&home).is_empty(), "{:?}", below(&home));
                    return;
                }
                let place = Place::new();
                place.run(concat!(stringify!($driver), "::writes_nothing_when_told_so"));
                assert_eq!(place.logins(), 1);
            }

            #[test]
            fn goes_by_the_proxies_of_the_environment() {
                if home().is_none() {
                    let name = "::goes_by_the_proxies_of_the_environment";
                    return run_with_proxies(&format!("{}{name}", stringify!($driver)));
                }
                let login = Login::from_env(|name| env::var_os(name)).expect("text");
                let builder = Client::builder().login(login.expect("a key"));
                let builder = match env::var("B2_TEST_PROXY").expect("set").as_str() {
                    "not by the setting" => builder.no_proxy().resolver(here()),
                    "not by the connector" => builder.connector(connectors::$connector(server())),
                    _ => builder.resolver(here()),
                };
                let client = builder.build().expect("built");
                let result = $wait!(client.authorize());
                if env::var("B2_TEST_IS_ASKED").expect("set") == "true" {
                    let text = result.expect_err("the proxy refuses").to_string();
                    assert!(text.contains("the proxy answered 407"), "{text}");
                } else {
                    result.expect("the server is there");
                }
            }
        }
    };
}

macro_rules! done {
    ($work:expr) => {
        $work
    };
}

macro_rules! on_smol {
    ($work:expr) => {
        smol::block_on($work)
    };
}

/// What a client does beside its caller goes on while nobody blocks on the runtime.
fn runtime() -> &'static tokio::runtime::Runtime {
    static RUNTIME: std::sync::LazyLock<tokio::runtime::Runtime> =
        std::sync::LazyLock::new(|| tokio::runtime::Runtime::new().expect("a runtime"));
    &RUNTIME
}

macro_rules! on_tokio {
    ($work:expr) => {
        runtime().block_on($work)
    };
}

/// Ways of the caller's own to a server, whatever the host.
mod connectors {
    use ::b2_blocking::connector as threads;
    use ::b2_smol::connector::{BoxFuture, BoxStream, Connector, Origin};
    use core::net::SocketAddr;
    use core::time::Duration;
    use std::io;

    pub(super) struct Blocking(pub(super) SocketAddr);

    impl threads::Connector for Blocking {
        fn connect(
            &self,
            _: &Origin,
            at_most: Duration,
        ) -> Result<Box<dyn threads::Stream>, threads::ConnectError> {
            let url = format!("http://{}", self.0).parse().expect("a URL");
            let server = Origin::of(&url).expect("a server");
            threads::Tcp::default().connect(&server, at_most)
        }
    }

    pub(super) struct Smol(pub(super) SocketAddr);

    impl Connector for Smol {
        fn connect(&self, _: &Origin) -> BoxFuture<io::Result<BoxStream>> {
            let server = self.0;
            Box::pin(async move {
                Ok(Box::new(smol::net::TcpStream::connect(server).await?) as BoxStream)
            })
        }
    }

    pub(super) struct Tokio(pub(super) SocketAddr);

    impl Connector for Tokio {
        fn connect(&self, _: &Origin) -> BoxFuture<io::Result<BoxStream>> {
            let server = self.0;
            Box::pin(async move {
                let stream = tokio::net::TcpStream::connect(server).await?;
                Ok(::b2_tokio::connector::stream(stream))
            })
        }
    }
}

tests!(b2_blocking, done, Blocking);
tests!(b2_smol, on_smol, Smol);
tests!(b2_tokio, on_tokio, Tokio);
