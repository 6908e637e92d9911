//! Stores: what survives a restart, and what a crash leaves behind.

use std::collections::BTreeMap;
use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use http::Method;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{FILLER_LEN, filler};
use crate::config::Config;
use crate::host::Host;
use crate::transport::{Outgoing, Response, Transport};

const NOW_MS: u64 = 1_600_000_000_000;

struct World {
    transport: Transport,
    token: String,
    account: String,
}

impl World {
    fn new(host: Arc<Host>) -> Self {
        let login = host.basic_authorization();
        let transport = Transport::new(host);
        let url = "/b2api/v4/b2_authorize_account";
        let json = transport.post(NOW_MS, url, &login, "{}").json();
        let field = |name: &str| json[name].as_str().expect(name).to_owned();
        Self { token: field("authorizationToken"), account: field("accountId"), transport }
    }

    fn open(folder: &Path) -> Self {
        let config = Config::default().with_small_limits();
        Self::new(Host::in_folder(config, folder).expect("store"))
    }

    fn try_call(&self, op: &str, request: &Value) -> Response {
        let url = format!("/b2api/v4/{op}");
        self.transport.post(NOW_MS, &url, &self.token, &request.to_string())
    }

    fn call(&self, op: &str, request: &Value) -> Value {
        let response = self.try_call(op, request);
        assert_eq!(response.status, 200, "{op}: {}", response.json());
        response.json()
    }

    fn bucket(&self) -> Value {
        let request = json!({
            "accountId": self.account, "bucketName": "my-bucket", "bucketType": "allPrivate",
        });
        self.call("b2_create_bucket", &request)["bucketId"].clone()
    }

    fn upload(&self, bucket: &Value, name: &str, data: &[u8]) -> Response {
        let pair = self.call("b2_get_upload_url", &json!({ "bucketId": bucket }));
        let headers = [
            ("authorization", pair["authorizationToken"].as_str().expect("token")),
            ("x-bz-file-name", name),
            ("content-type", "b2/x-auto"),
            ("x-bz-content-sha1", "do_not_verify"),
        ];
        let url = pair["uploadUrl"].as_str().expect("url");
        let body_len = data.len() as u64;
        let outgoing = Outgoing { method: Method::POST, url, headers: &headers, body_len };
        self.transport.send(NOW_MS, &outgoing, &mut &*data).into_response()
    }

    fn fetch(&self, name: &str) -> Response {
        let url = format!("/file/my-bucket/{name}");
        let headers = [("authorization", self.token.as_str())];
        let outgoing = Outgoing { method: Method::GET, url: &url, headers: &headers, body_len: 0 };
        self.transport.send(NOW_MS, &outgoing, &mut &b""[..]).into_response()
    }
}

/// The whole state, as text.
fn dump(world: &World) -> String {
    let all = |service: &mut crate::service::Service| {
        serde_json::to_string(&service.state().changes().collect::<Vec<_>>()).expect("JSON")
    };
    world.transport.host().with_service(all).expect("store")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn replaying_the_journal_gives_the_same_state(steps in vec((0_u8..8, 0_usize..64), 1..40)) {
        let folder = TempDir::new().expect("folder");
        let world = World::open(folder.path());
        let bucket = world.bucket();
        for (kind, pick) in steps {
            let listed = world.call("b2_list_file_versions", &json!({ "bucketId": bucket }));
            let files = listed["files"].as_array().expect("files");
            let file = files.get(pick % files.len().max(1)).cloned().unwrap_or_default();
            let (id, name) = (&file["fileId"], &file["fileName"]);
            let new_name = format!("n{}", pick % 4);
            // Calls that do not fit the file are refused; only the state matters here.
            match kind {
                0 => drop(world.upload(&bucket, &new_name, &[1; 50])),
                1 => drop(world.try_call("b2_start_large_file", &json!({
                    "bucketId": bucket, "fileName": new_name, "contentType": "text/plain",
                }))),
                2 | 3 => drop(world.try_call("b2_copy_part", &json!({
                    "sourceFileId": files.first().map(|f| f["fileId"].clone()),
                    "largeFileId": id, "partNumber": kind,
                }))),
                4 => drop(world.try_call("b2_hide_file", &json!({
                    "bucketId": bucket, "fileName": new_name,
                }))),
                5 => drop(world.try_call("b2_copy_file", &json!({
                    "sourceFileId": id, "fileName": new_name,
                }))),
                6 => drop(world.try_call("b2_delete_file_version", &json!({
                    "fileId": id, "fileName": name,
                }))),
                _ => drop(world.try_call("b2_cancel_large_file", &json!({ "fileId": id }))),
            }
        }
        let (before, blobs_before) = (dump(&world), blobs(folder.path()));
        drop(world);
        let world = World::open(folder.path());
        prop_assert_eq!(dump(&world), before);
        prop_assert_eq!(blobs(folder.path()), blobs_before);
    }
}

fn blobs(folder: &Path) -> usize {
    fs::read_dir(folder.join("blobs")).expect("folder").count()
}

#[test]
fn a_folder_goes_on_where_it_left_off() {
    let folder = TempDir::new().expect("folder");
    let world = World::open(folder.path());
    let bucket = world.bucket();
    let first = world.upload(&bucket, "a", b"one").json();
    world.upload(&bucket, "a", b"two");
    let large = json!({ "bucketId": bucket, "fileName": "big", "contentType": "text/plain" });
    let large = world.call("b2_start_large_file", &large);
    let versions =
        |world: &World| world.call("b2_list_file_versions", &json!({ "bucketId": bucket }));
    let (before, token) = (versions(&world), world.token.clone());
    drop(world);

    let mut world = World::open(folder.path());
    assert_eq!(versions(&world), before);
    assert_eq!(world.fetch("a").body.as_ref(), b"two");
    world.token = token;
    assert_eq!(versions(&world), before, "tokens outlive a restart");
    let next = world.upload(&bucket, "b", b"x").json();
    assert_ne!(next["fileId"], first["fileId"]);
    assert_ne!(next["fileId"], large["fileId"]);
}

/// A folder with a rule that removes what was hidden for a day, and such a file.
fn with_a_hidden_file(folder: &Path) {
    let world = World::open(folder);
    let bucket = world.bucket();
    let rules = json!([{ "fileNamePrefix": "", "daysFromHidingToDeleting": 1 }]);
    let update = json!({
        "accountId": world.account, "bucketId": bucket, "lifecycleRules": rules,
    });
    world.call("b2_update_bucket", &update);
    world.upload(&bucket, "a", b"one");
    world.call("b2_hide_file", &json!({ "bucketId": bucket, "fileName": "a" }));
}

fn versions(world: &World) -> usize {
    let count = |service: &mut crate::service::Service| service.state().versions.len();
    world.transport.host().with_service(count).expect("store")
}

#[test]
fn rules_run_once_a_day_however_short_each_process_lives() {
    const HOUR_MS: u64 = 3_600_000;
    let folder = TempDir::new().expect("folder");
    with_a_hidden_file(folder.path());
    // From noon: the rule is due after a day, which is found on the day after that at the latest.
    for (hours, left) in [(0, 2), (1, 2), (23, 2), (47, 1), (48, 1), (71, 0)] {
        let world = World::open(folder.path());
        let chores =
            |service: &mut crate::service::Service| service.run_chores(NOW_MS + hours * HOUR_MS);
        world.transport.host().with_service(chores).expect("store");
        assert_eq!(versions(&world), left, "after {hours} hours");
    }
}

#[cfg(feature = "server")]
#[test]
fn a_server_does_what_is_due_before_it_serves() {
    use crate::server::{Server, ServerConfig, StoreKind};
    let folder = TempDir::new().expect("folder");
    with_a_hidden_file(folder.path());
    let store = StoreKind::Folder(folder.path().to_owned());
    let config = ServerConfig { store, ..ServerConfig::default() };
    Server::start(config).expect("server").shutdown();
    assert_eq!(versions(&World::open(folder.path())), 1, "the marker is left for the next day");
}

#[test]
fn one_folder_belongs_to_one_process() {
    let folder = TempDir::new().expect("folder");
    let world = World::open(folder.path());
    let second = Host::in_folder(Config::default(), folder.path());
    assert_eq!(second.expect_err("in use").kind(), ErrorKind::WouldBlock);
    drop(world);
    World::open(folder.path());
}

#[test]
fn a_torn_line_is_dropped_and_damage_is_not() {
    let folder = TempDir::new().expect("folder");
    let world = World::open(folder.path());
    world.bucket();
    drop(world);
    let journal = folder.path().join("journal");
    let good = fs::read(&journal).expect("journal");
    // Cut anywhere in the last line, the batches before it are there.
    let last_line = good[..good.len() - 1].iter().rposition(|byte| *byte == b'\n').expect("lines");
    for cut in [last_line + 1, last_line + 2, good.len() - 2, good.len() - 1] {
        fs::write(&journal, &good[..cut]).expect("journal");
        let world = World::open(folder.path());
        let listed = world.call("b2_list_buckets", &json!({ "accountId": world.account }));
        assert_eq!(listed["buckets"], json!([]), "{cut}");
        world.bucket();
        drop(world);
        let world = World::open(folder.path());
        let listed = world.call("b2_list_buckets", &json!({ "accountId": world.account }));
        assert_eq!(listed["buckets"].as_array().map(Vec::len), Some(1), "{cut}");
    }
    let mut damaged = good.clone();
    damaged[30] ^= 1;
    fs::write(&journal, damaged).expect("journal");
    let opened = Host::in_folder(Config::default(), folder.path());
    assert_eq!(opened.expect_err("damage").kind(), ErrorKind::InvalidData);
}

/// Every file below a folder with what is in it.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("folder") {
        let path = entry.expect("entry").path();
        if path.is_dir() {
            all.append(&mut files(&path));
        } else {
            all.insert(path.clone(), fs::read(&path).expect("file"));
        }
    }
    all
}

#[test]
fn a_folder_of_somebody_else_is_left_as_it_is() {
    let foreign: [&[(&str, &str)]; 6] = [
        &[("blobs/important.doc", "mine")],
        &[("blobs/7", "mine")],
        &[("journal", "hello")],
        &[("journal", "hello\n"), ("blobs/8.part", "mine")],
        &[("journal", ""), ("important.doc", "mine")],
        &[("lock", "mine")],
    ];
    for others in foreign {
        let folder = TempDir::new().expect("folder");
        for (name, content) in others {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("parent")).expect("folders");
            fs::write(path, content).expect("file");
        }
        let before = files(folder.path());
        let opened = Host::in_folder(Config::default(), folder.path());
        assert_eq!(opened.expect_err("no store").kind(), ErrorKind::InvalidInput, "{others:?}");
        assert_eq!(files(folder.path()), before);
    }
    let nameless = Host::in_folder(Config::default(), Path::new(""));
    assert_eq!(nameless.expect_err("no name").kind(), ErrorKind::InvalidInput);
}

#[test]
fn blobs_without_their_journal_wait_for_it() {
    let folder = TempDir::new().expect("folder");
    let world = World::open(folder.path());
    let bucket = world.bucket();
    world.upload(&bucket, "a", b"one");
    drop(world);
    let journal = folder.path().join("journal");
    let saved = fs::read(&journal).expect("journal");
    for lost in [None, Some(&b""[..])] {
        match lost {
            Some(left) => fs::write(&journal, left).expect("journal"),
            None => fs::remove_file(&journal).expect("journal"),
        }
        let opened = Host::in_folder(Config::default(), folder.path());
        assert_eq!(opened.expect_err("no journal").kind(), ErrorKind::InvalidInput);
        assert_eq!(blobs(folder.path()), 1);
    }
    fs::write(&journal, saved).expect("journal");
    assert_eq!(World::open(folder.path()).fetch("a").body.as_ref(), b"one");
}

#[test]
fn what_was_killed_at_its_beginning_is_begun_again() {
    let folder = TempDir::new().expect("folder");
    World::open(folder.path());
    let journal = folder.path().join("journal");
    let whole = fs::read(&journal).expect("journal");
    let first = whole.iter().position(|byte| *byte == b'\n').expect("a line");
    for len in [0, 1, first] {
        fs::write(&journal, &whole[..len]).expect("journal");
        World::open(folder.path()).bucket();
    }
}

#[test]
fn what_a_store_did_not_make_stays_in_its_folder() {
    let folder = TempDir::new().expect("folder");
    World::open(folder.path());
    let others = ["notes", "blobs/important.doc", "blobs/012"];
    for name in others {
        fs::write(folder.path().join(name), b"mine").expect("file");
    }
    World::open(folder.path()).bucket();
    for name in others {
        assert_eq!(fs::read(folder.path().join(name)).expect(name), b"mine");
    }
}

#[test]
fn what_is_too_long_for_a_line_is_several_or_refused() {
    use crate::service::{Change, State};
    let folder = TempDir::new().expect("folder");
    let (store, state) = super::FolderStore::open(folder.path()).expect("store");
    let change = |len: usize| -> Change {
        serde_json::from_value(json!({ "BucketGone": "x".repeat(len) })).expect("a change")
    };
    let journal = || fs::read(folder.path().join("journal")).expect("journal");
    let before = journal();
    let refused = super::Store::append(&store, &[change(65 << 20)], &state);
    assert_eq!(refused.expect_err("too long").kind(), ErrorKind::InvalidInput);
    assert!(journal() == before, "nothing of it is there");
    let batch: Vec<Change> = (0..70).map(|_| change(1 << 20)).collect();
    super::Store::append(&store, &batch, &state).expect("in several lines");
    assert!(journal().len() > 70 << 20);
    drop(store);
    let (_, state) = super::FolderStore::open(folder.path()).expect("it can be read again");
    assert_eq!(state.entities(), State::new().entities());
}

#[test]
fn blobs_nobody_refers_to_are_removed() {
    let folder = TempDir::new().expect("folder");
    let world = World::open(folder.path());
    let bucket = world.bucket();
    let file = world.upload(&bucket, "a", b"one").json();
    let copy = json!({ "sourceFileId": file["fileId"], "fileName": "b" });
    world.call("b2_copy_file", &copy);
    assert_eq!(blobs(folder.path()), 1);
    let gone = json!({ "fileName": "a", "fileId": file["fileId"] });
    world.call("b2_delete_file_version", &gone);
    assert_eq!(blobs(folder.path()), 1, "the copy still refers to it");
    let files = world.call("b2_list_file_names", &json!({ "bucketId": bucket }));
    let gone = json!({ "fileName": "b", "fileId": files["files"][0]["fileId"] });
    world.call("b2_delete_file_version", &gone);
    assert_eq!(blobs(folder.path()), 0);
    drop(world);
    for left_over in ["7", "8.part"] {
        let path = folder.path().join("blobs").join(left_over);
        fs::File::create(path).and_then(|mut file| file.write_all(b"x")).expect("file");
    }
    World::open(folder.path());
    assert_eq!(blobs(folder.path()), 0);
}

#[test]
fn a_refused_upload_leaves_no_blob() {
    let folder = TempDir::new().expect("folder");
    let world = World::open(folder.path());
    let bucket = world.bucket();
    let pair = world.call("b2_get_upload_url", &json!({ "bucketId": bucket }));
    let headers = [
        ("authorization", pair["authorizationToken"].as_str().expect("token")),
        ("x-bz-file-name", "a"),
        ("content-type", "b2/x-auto"),
        ("x-bz-content-sha1", "0000000000000000000000000000000000000000"),
    ];
    let url = pair["uploadUrl"].as_str().expect("url");
    let outgoing = Outgoing { method: Method::POST, url, headers: &headers, body_len: 3 };
    let response = world.transport.send(NOW_MS, &outgoing, &mut &b"abc"[..]).into_response();
    assert_eq!(response.status, 400);
    assert_eq!(blobs(folder.path()), 0);
}

#[test]
fn a_long_journal_is_compacted_without_loss() {
    let folder = TempDir::new().expect("folder");
    let world = World::open(folder.path());
    let bucket = world.bucket();
    world.upload(&bucket, "keep", b"x");
    let journal = folder.path().join("journal");
    let mut peak = 0;
    for _ in 0..10_100 {
        let request = json!({ "accountId": world.account, "bucketId": bucket, "bucketInfo": {} });
        world.call("b2_update_bucket", &request);
        peak = peak.max(fs::metadata(&journal).expect("journal").len());
    }
    assert!(fs::metadata(&journal).expect("journal").len() < peak / 2);
    drop(world);
    let world = World::open(folder.path());
    assert_eq!(world.fetch("keep").body.as_ref(), b"x");
    let listed = world.call("b2_list_buckets", &json!({ "accountId": world.account }));
    assert_eq!(listed["buckets"][0]["revision"], json!(10_102));
}

#[test]
fn without_content_downloads_are_filler_by_position() {
    let world = World::new(Host::without_content(Config::default()));
    let bucket = world.bucket();
    let data: Vec<u8> = filler(0, FILLER_LEN).iter().copied().cycle().take(2_500_000).collect();
    world.upload(&bucket, "a", &data);
    assert!(world.fetch("a").body == data);
    assert_eq!(filler(2_500_000, 5), data[2_500_000 % FILLER_LEN..][..5]);
}
