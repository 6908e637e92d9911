//! Faults as clients see them through the transport.

use http::Method;
use serde_json::json;

use super::{Ended, Exchange, Outgoing, Transport};
use crate::config::Config;
use crate::fault::{FaultPlan, STALL_MS};
use crate::host::Host;

const NOW_MS: u64 = 1_600_000_000_000;

struct World {
    transport: Transport,
    token: String,
    bucket: String,
}

impl World {
    /// A file `a` of 100 bytes in `my-bucket`; then the faults begin.
    fn new(faults: &str) -> Self {
        let host = Host::in_memory(Config::default());
        let transport = Transport::new(host.clone());
        let login = transport
            .post(NOW_MS, "/b2api/v4/b2_authorize_account", &host.basic_authorization(), "{}")
            .json();
        let token = login["authorizationToken"].as_str().expect("token").to_owned();
        let request = json!({
            "accountId": login["accountId"], "bucketName": "my-bucket", "bucketType": "allPrivate",
        });
        let url = "/b2api/v4/b2_create_bucket";
        let bucket = transport.post(NOW_MS, url, &token, &request.to_string()).json();
        let bucket = bucket["bucketId"].as_str().expect("bucket").to_owned();
        let world = Self { transport, token, bucket };
        assert!(matches!(world.upload("a").outcome, Ended::Response(_)));
        let plan = FaultPlan::parse(1, faults.as_bytes()).expect("plan");
        world.transport.host().set_faults(plan);
        world
    }

    fn upload(&self, name: &str) -> Exchange {
        let request = json!({ "bucketId": self.bucket }).to_string();
        let url = "/b2api/v4/b2_get_upload_url";
        let pair = self.transport.post(NOW_MS, url, &self.token, &request).json();
        let headers = [
            ("authorization", pair["authorizationToken"].as_str().expect("token")),
            ("x-bz-file-name", name),
            ("content-type", "b2/x-auto"),
            ("x-bz-content-sha1", "do_not_verify"),
        ];
        let url = pair["uploadUrl"].as_str().expect("url");
        let outgoing = Outgoing { method: Method::POST, url, headers: &headers, body_len: 100 };
        self.transport.send(NOW_MS, &outgoing, &mut &[7; 100][..])
    }

    fn fetch(&self) -> Exchange {
        let headers = [("authorization", self.token.as_str())];
        let url = "/file/my-bucket/a";
        let outgoing = Outgoing { method: Method::GET, url, headers: &headers, body_len: 0 };
        self.transport.send(NOW_MS, &outgoing, &mut &b""[..])
    }

    fn count(&self) -> usize {
        self.transport.host().set_faults(FaultPlan::none());
        let url = format!("/b2api/v4/b2_list_file_versions?bucketId={}", self.bucket);
        let headers = [("authorization", self.token.as_str())];
        let outgoing = Outgoing { method: Method::GET, url: &url, headers: &headers, body_len: 0 };
        let page = self.transport.send(NOW_MS, &outgoing, &mut &b""[..]).into_response().json();
        page["files"].as_array().map_or(0, Vec::len)
    }
}

#[test]
fn connections_break_before_or_after_the_effect() {
    let world = World::new(r#"[{"op": "b2_upload_file", "refuse": true}]"#);
    assert!(matches!(world.upload("b").outcome, Ended::Refused));
    assert_eq!(world.count(), 1);
    let world = World::new(r#"[{"op": "b2_upload_file", "reset": "before"}]"#);
    assert!(matches!(world.upload("b").outcome, Ended::Reset { took_effect: false }));
    assert_eq!(world.count(), 1);
    let world = World::new(r#"[{"op": "b2_upload_file", "reset": "after"}]"#);
    assert!(matches!(world.upload("b").outcome, Ended::Reset { took_effect: true }));
    assert_eq!(world.count(), 2);
    let entries = world.transport.host().transcript();
    assert!(entries.iter().any(|entry| entry.status == 0));
}

#[test]
fn errors_are_answered_with_their_advice() {
    let world = World::new(r#"[{"op": "b2_upload_file", "status": 503, "retryAfterS": 9}]"#);
    let response = world.upload("b").into_response();
    assert_eq!((response.status, response.code().as_str()), (503, "service_unavailable"));
    assert_eq!(response.headers["retry-after"], "9");
    assert_eq!(world.count(), 1);
    let after = r#"[{"op": "b2_upload_file", "status": 500, "answer": "after"}]"#;
    let world = World::new(after);
    assert_eq!(world.upload("b").into_response().status, 500);
    assert_eq!(world.count(), 2);
}

#[test]
fn bodies_are_cut_or_changed() {
    let world = World::new(r#"[{"cutAfterBytes": 10}]"#);
    let Ended::Cut(response) = world.fetch().outcome else { panic!("whole") };
    assert_eq!(
        (response.body.len(), &response.headers["content-length"]),
        (10, &"100".parse().expect("value"))
    );
    let world = World::new(r#"[{"corrupt": true}]"#);
    let body = world.fetch().into_response().body;
    assert_eq!(body.iter().filter(|byte| **byte != 7).count(), 1);
    let world = World::new(r#"[{"wrongDigest": true}]"#);
    let told = world.fetch().into_response().headers["x-bz-content-sha1"].clone();
    assert_eq!(told, "0123456789012345678901234567890123456789");
    assert_eq!(world.upload("b").into_response().json()["contentSha1"], json!(told.to_str().ok()));
}

#[test]
fn a_stall_is_a_cut_that_takes_a_day() {
    let world = World::new(r#"[{"op": "b2_download_file_by_name", "stallAfterBytes": 30}]"#);
    let exchange = world.fetch();
    assert_eq!(exchange.latency_ms, STALL_MS);
    let Ended::Cut(response) = exchange.outcome else { panic!("{:?}", exchange.outcome) };
    assert_eq!(response.body.len(), 30);
}

#[test]
fn tokens_end_before_the_request_that_was_chosen() {
    let plan = r#"[{"op": "b2_download_file_by_name", "nth": 2, "expireTokens": true}]"#;
    let world = World::new(plan);
    let fetch = || world.fetch().into_response();
    assert_eq!(fetch().status, 200);
    let refused = fetch();
    assert_eq!((refused.status, refused.code().as_str()), (401, "expired_auth_token"));
}

#[test]
fn time_is_latency_and_bytes_over_bandwidth() {
    let world =
        World::new(r#"[{"latencyMs": 30, "bytesPerSecond": 1000, "clockSkewMs": 3600000}]"#);
    let exchange = world.fetch();
    assert_eq!(exchange.latency_ms, 130);
    let date = exchange.into_response().headers["date"].clone();
    assert_eq!(date, "Sun, 13 Sep 2020 13:26:40 GMT");
}

#[test]
fn a_short_body_has_no_effect() {
    let world = World::new("[]");
    let request = json!({ "bucketId": world.bucket }).to_string();
    let url = "/b2api/v4/b2_get_upload_url";
    let pair = world.transport.post(NOW_MS, url, &world.token, &request).json();
    let headers = [
        ("authorization", pair["authorizationToken"].as_str().expect("token")),
        ("x-bz-file-name", "b"),
        ("content-type", "b2/x-auto"),
        ("x-bz-content-sha1", "do_not_verify"),
    ];
    let url = pair["uploadUrl"].as_str().expect("url");
    let outgoing = Outgoing { method: Method::POST, url, headers: &headers, body_len: 100 };
    let exchange = world.transport.send(NOW_MS, &outgoing, &mut &[7; 50][..]);
    assert!(matches!(exchange.outcome, Ended::Reset { took_effect: false }));
    assert_eq!((exchange.sent, world.count()), (50, 1));
}

#[test]
fn a_swarm_is_the_same_for_the_same_seed() {
    let run = |seed| {
        let world = World::new("[]");
        world.transport.host().set_faults(FaultPlan::swarm(seed, 0.5));
        (0..50).map(|_| format!("{:?}", world.fetch())).collect::<Vec<_>>()
    };
    assert_eq!(run(5), run(5));
    assert_ne!(run(5), run(6));
}

#[test]
fn what_is_late_takes_effect_after_its_answer() {
    for (outcome, ends) in [(r#""status": 504, "answer": "late""#, 504), (r#""reset": "late""#, 0)]
    {
        let rule = format!(r#"[{{"op": "b2_upload_file", {outcome}, "lateMs": 500}}]"#);
        let world = World::new(&rule);
        let exchange = world.upload("late");
        assert_eq!((exchange.sent, exchange.into_response().status), (100, ends));
        let names = |after_ms| {
            let list = json!({ "bucketId": world.bucket }).to_string();
            let url = "/b2api/v4/b2_list_file_names";
            let page = world.transport.post(NOW_MS + after_ms, url, &world.token, &list).json();
            page["files"].as_array().map_or(0, Vec::len)
        };
        assert_eq!((names(499), names(500), names(501)), (1, 2, 2));
    }
}
