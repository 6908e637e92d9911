//! What each driver takes from the environment, and what it leaves there: nothing but the folder of
//! claims, and that only unless they are switched off.
//!
//! A process cannot change its own environment safely, so each test runs itself once more in a
//! process that has the environment it is about.
#![cfg(test)]
#![cfg(unix)]

use b2_local::account::{AccountStore as _, Choice, Location, Login, SqliteStore};
use b2_proto::model::BucketType;
use b2_proto::op::CreateBucket;
use b2_sim::Config;
use b2_sim::server::{Handle, Server, ServerConfig};
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
        let mut command = Command::new(env::current_exe().expect("own program"));
        command.args(["--exact", test, "--nocapture"]).env_clear();
        command.env("HOME", self.home.path()).env("B2_TEST_HOME", self.home.path());
        command.env("B2_APPLICATION_KEY_ID", self.server.key_id());
        command.env("B2_APPLICATION_KEY", self.server.key());
        let output = command.env("B2_ENVIRONMENT", self.server.url()).output().expect("run");
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
    ($driver:ident, $wait:ident) => {
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

tests!(b2_blocking, done);
tests!(b2_smol, on_smol);
tests!(b2_tokio, on_tokio);
