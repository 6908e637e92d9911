//! Services that do not answer, answer nonsense, or send other bytes than they stored.

use core::time::Duration;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use b2_sim::fault::FaultPlan;

use crate::world::{World, assert_has, assert_names};

fn with_realm(realm: &str) -> World {
    let mut world = World::bare();
    world.set("B2_ENVIRONMENT", realm);
    world.set("B2_APPLICATION_KEY_ID", "000000000000");
    world.set("B2_APPLICATION_KEY", "K000secret");
    world.set("B2_MAX_ATTEMPTS", "1");
    world
}

fn realm_of(listener: &TcpListener) -> String {
    format!("http://{}", listener.local_addr().expect("address"))
}

#[test]
fn a_closed_port_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("listen");
    let realm = realm_of(&listener);
    drop(listener);
    let error = with_realm(&realm).fails("ls");
    assert_has(&error, &["ERROR: ", "onnection refused", "Check the address", &realm]);
    assert!(!error.contains("K000secret"));
}

#[test]
fn a_realm_that_never_answers_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("listen");
    let mut world = with_realm(&realm_of(&listener));
    world.set("B2_LOGIN_TIMEOUT_S", "1");
    let error = world.fails("ls");
    assert_has(&error, &["did not answer within 1 seconds", "B2_ENVIRONMENT"]);
}

/// Nor is it waited for longer with a login that is kept, whether it is taken still or not.
#[test]
fn a_service_that_falls_silent_is_given_up() {
    let mut world = World::served("[]");
    assert_eq!(world.b2("account authorize").code, 0);
    world.ok("bucket create demo-bucket allPrivate");
    world.set("B2_LOGIN_TIMEOUT_S", "1");
    let faults = |rules: &str| {
        let plan = FaultPlan::parse(0, rules.as_bytes()).expect("faults");
        world.server().host().set_faults(plan);
    };
    for rules in [
        r#"[{"op": "b2_list_buckets", "expireTokens": true},
            {"op": "b2_authorize_account", "latencyMs": 600000}]"#,
        r#"[{"op": "b2_list_buckets", "latencyMs": 600000}]"#,
    ] {
        faults(rules);
        let error = world.fails("bucket list");
        let told = [world.server().url(), "did not answer within 1 seconds", "B2_ENVIRONMENT"];
        assert_has(&error, &told);
    }
    // What has answered once may take its time.
    faults(r#"[{"op": "b2_delete_file_version", "latencyMs": 2500}]"#);
    world.write("a", b"x");
    world.ok("file upload --no-progress demo-bucket a a");
    world.ok("rm --no-progress --recursive --versions b2://demo-bucket");
}

/// What comes is no silence, however long it takes; that of a first request is the whole command.
#[test]
fn a_download_with_a_kept_login_may_take_its_time() {
    let mut world = World::served("[]");
    assert_eq!(world.b2("account authorize").code, 0);
    world.ok("bucket create demo-bucket allPrivate");
    world.write("a", vec![7; 3_000_000]);
    world.ok("file upload --quiet demo-bucket a a");
    world.set("B2_LOGIN_TIMEOUT_S", "1");
    world.ok("--bandwidth-down 1000000 file download --no-progress b2://demo-bucket/a b");
    assert_eq!(world.read("b").len(), 3_000_000);
    let said = world.ok("--bandwidth-down 1000000 file cat --no-progress b2://demo-bucket/a");
    assert_eq!(said.len(), 3_000_000);
}

/// The head of an answer says that somebody is there, before all of a list has come.
#[test]
fn a_list_on_a_slow_line_may_take_its_time() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("listen");
    let realm = realm_of(&listener);
    let mut world = with_realm(&realm);
    let account = format!(
        r#"{{"accountId": "a", "authorizationToken": "t", "apiInfo": {{"storageApi": {{
        "absoluteMinimumPartSize": 5000000, "recommendedPartSize": 100000000, "apiUrl": "{realm}",
        "downloadUrl": "{realm}", "s3ApiUrl": "{realm}", "allowed": {{"buckets": null,
        "capabilities": ["listBuckets"], "namePrefix": null}}}}}},
        "applicationKeyExpirationTimestamp": null}}"#
    );
    let server = std::thread::spawn(move || {
        for body in [account.as_str(), r#"{"buckets": []}"#] {
            let (mut stream, _) = listener.accept().expect("connection");
            let (mut request, mut piece) = (Vec::new(), [0; 4096]);
            while !request.ends_with(b"\r\n\r\n") && !request.ends_with(b"}") {
                let len = stream.read(&mut piece).expect("request");
                assert!(len > 0, "broken off");
                request.extend_from_slice(&piece[..len]);
            }
            let len = body.len();
            let head = format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {len}");
            stream.write_all(format!("{head}\r\n\r\n").as_bytes()).expect("answer");
            let is_slow = len < 20;
            for piece in body.as_bytes().chunks(if is_slow { 1 } else { len }) {
                std::thread::sleep(Duration::from_millis(if is_slow { 200 } else { 0 }));
                stream.write_all(piece).expect("answer");
            }
        }
    });
    assert_eq!(world.b2("account authorize").code, 0);
    world.set("B2_LOGIN_TIMEOUT_S", "1");
    assert_eq!(world.ok("bucket list"), "");
    server.join().expect("server");
}

/// A failure is heard of, and told when it is the last one: what is tried again is no silence.
#[test]
fn a_network_that_is_away_is_waited_for() {
    let mut world = World::served("[]");
    assert_eq!(world.b2("account authorize").code, 0);
    let rules = r#"[{"op": "b2_list_buckets", "count": 2, "reset": "before"}]"#;
    let plan = FaultPlan::parse(0, rules.as_bytes()).expect("faults");
    world.server().host().set_faults(plan);
    world.set("B2_LOGIN_TIMEOUT_S", "1");
    assert_eq!(world.ok("bucket list"), "");
}

/// Five seconds are the shortest wait that is told.
#[test]
fn a_long_wait_is_told_and_why() {
    let faults = r#"[{"op": "b2_list_buckets", "nth": 1, "status": 503, "retryAfterS": 5}]"#;
    let told = "NOTE: b2_list_buckets failed (attempt 1): the service answered 503; it is sent \
                again in 5 s";
    let said = World::served(faults).b2("bucket list");
    assert_eq!((said.code, said.err.trim_end()), (0, told));
    let said = World::served(faults).b2("bucket list --quiet");
    assert_eq!((said.code, said.err.as_str()), (0, ""));
}

#[test]
fn an_answer_that_is_no_json_is_told() {
    for answer in ["HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n<html>", "what is this\r\n\r\n"] {
        let listener = TcpListener::bind("127.0.0.1:0").expect("listen");
        let world = with_realm(&realm_of(&listener));
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("connection");
            let mut head = [0; 4096];
            let _ = stream.read(&mut head).expect("request");
            stream.write_all(answer.as_bytes()).expect("answer");
        });
        let error = world.fails("ls");
        server.join().expect("server");
        assert_has(&error, &["ERROR: ", "Check "]);
    }
}

#[test]
fn a_realm_that_is_no_address_is_told() {
    for realm in ["not a url", "http://", "ftp://127.0.0.1"] {
        assert_has(&with_realm(realm).fails("ls"), &["ERROR: "]);
    }
}

#[test]
fn wrong_numbers_in_the_environment_are_told() {
    let mut world = World::served("[]");
    world.set("B2_MAX_ATTEMPTS", "many");
    let error = world.fails("ls");
    assert_eq!(error, "ERROR: B2_MAX_ATTEMPTS is not a number above 0: 'many'\n");
}

#[test]
fn a_corrupted_download_leaves_everything_as_it_was() {
    let mut world = World::served(
        r#"[{"op": "b2_download_file_by_name", "corrupt": true},
                                      {"op": "b2_download_file_by_id", "corrupt": true}]"#,
    );
    world.set("B2_MAX_ATTEMPTS", "2");
    world.ok("bucket create demo-bucket allPrivate");
    world.write("src/a.txt", "twelve bytes");
    world.ok("sync src b2://demo-bucket");
    world.write("dst/a.txt", "old");
    let error = world.fails("file download b2://demo-bucket/a.txt dst/a.txt");
    assert_has(&error, &["ERROR: ", "try again"]);
    assert_eq!(world.read("dst/a.txt"), b"old");
    let said = world.b2("sync --compare-versions size b2://demo-bucket dst");
    assert_eq!(said.code, 1);
    assert_has(&said.out, &["b2_download(a.txt, 4_z", "Corrupted() "]);
    assert_has(&said.err, &["ERROR: Incomplete sync: sync is incomplete (1 failed, 0 copied)"]);
    assert_eq!(world.read("dst/a.txt"), b"old");
    assert_names(&world, "dst", &["a.txt"]);
}
