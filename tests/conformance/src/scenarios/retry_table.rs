//! Every row of the retry table on every class of call, by scripted faults.
//!
//! Each scenario makes one kind of request fail in one way: first once, then always. The
//! transcript shows how often it was sent, what was sent in between, and what the caller was told.

use b2_proto::error::Error;
use b2_sim::fault::{Rule, When};

use crate::face::{Bucket as _, Client as _, Face};
use crate::scenario::Scenario;
use crate::tools::bytes;
use crate::transfer::{Copy, Fetch, Upload};
use crate::world::{Bucket, Service, World};

pub(super) fn all<F: Face>() -> Vec<Scenario<F>> {
    let mut scenarios = Vec::new();
    for (call, operation, send) in calls::<F>() {
        for (fault, rule) in faults() {
            let rule = Rule { op: Some(operation.to_owned()), ..rule };
            let run = move |world: &World<'_, F>| fail(world, operation, &rule, send);
            scenarios.push(Scenario::new(format!("{call}_{fault}"), run));
        }
    }
    scenarios
}

/// Makes one request that is tried.
type Send<F> = fn(&Service<'_, F>, &<F as Face>::Client, &Bucket<F>) -> Result<(), Error>;

/// One operation for each way the table treats requests: calls that are safe, that settle and
/// that are not, uploads and what they need, downloads, copies.
fn calls<F: Face>() -> Vec<(&'static str, &'static str, Send<F>)> {
    vec![
        ("login", "b2_authorize_account", |service, _, _| service.client().authorize().map(|_| ())),
        ("safe_call", "b2_list_buckets", |_, client, _| client.buckets().map(|_| ())),
        ("unsafe_call", "b2_start_large_file", |_, client, bucket| {
            let new = b2_proto::op::new_file::NewFile::new(bucket.id(), "large");
            let start = b2_proto::op::start_large_file::StartLargeFile::new(new);
            client.run::<_>(start).map(|_: b2_proto::model::FileVersion| ())
        }),
        ("settling_call", "b2_delete_file_version", |service, _, bucket| {
            let file = bucket.upload("a", b"x".into())?.file;
            service.skip();
            bucket.delete_version("a", file.file_id.as_str()).map(|_| ())
        }),
        ("upload_url", "b2_get_upload_url", |service, _, _| {
            // A client of its own, which has no upload URL left over.
            let bucket = service.client().bucket("photos-1")?;
            service.skip();
            upload(&bucket)
        }),
        ("upload", "b2_upload_file", |_, _, bucket| upload(bucket)),
        ("part_url", "b2_get_upload_part_url", |_, _, bucket| upload_parts(bucket)),
        ("part", "b2_upload_part", |_, _, bucket| upload_parts(bucket)),
        ("finish", "b2_finish_large_file", |_, _, bucket| upload_parts(bucket)),
        ("download", "b2_download_file_by_name", |_, _, bucket| {
            bucket.download("there", Fetch::default()).map(|_| ())
        }),
        ("by_id", "b2_download_file_by_id", |service, client, bucket| {
            let file = bucket.upload("b", b"x".into())?.file;
            service.skip();
            client.download_by_id(file.file_id.as_str(), Fetch::default()).map(|_| ())
        }),
        ("range", "b2_download_file_by_name", |_, _, bucket| {
            let fetch = Fetch { range: Some(10..30), ..Fetch::default() };
            bucket.download("there", fetch).map(|_| ())
        }),
        ("copy", "b2_copy_file", |service, _, bucket| {
            let file = bucket.upload("b", b"x".into())?.file;
            service.skip();
            bucket.copy("copy", Copy::of(&file.file_id)).map(|_| ())
        }),
        ("copied_part", "b2_copy_part", |service, _, bucket| {
            let upload = Upload { part_len: Some(100_000), ..bytes(1_000).into() };
            let file = bucket.upload("b", upload)?.file;
            service.skip();
            let parts = Copy {
                range: Some(0..1_000),
                part_len_max: Some(400),
                lanes: Some(1),
                ..Copy::of(&file.file_id)
            };
            bucket.copy("copy", parts).map(|_| ())
        }),
        // An answer to HEAD has no body that could name an error.
        ("head", "b2_download_file_by_name", |_, _, bucket| bucket.head("there").map(|_| ())),
        ("file_info", "b2_get_file_info", |service, client, bucket| {
            let file = bucket.upload("b", b"x".into())?.file;
            service.skip();
            client.file_info(file.file_id.as_str()).map(|_| ())
        }),
    ]
}

fn upload<B: crate::face::Bucket>(bucket: &B) -> Result<(), Error> {
    bucket.upload("a", b"abc".into()).map(|_| ())
}

/// Three parts, one after the other.
fn upload_parts<B: crate::face::Bucket>(bucket: &B) -> Result<(), Error> {
    let upload = Upload { lanes: Some(1), ..bytes(500).into() };
    bucket.upload("large", upload).map(|_| ())
}

/// What goes wrong.
fn faults() -> Vec<(&'static str, Rule)> {
    let status = |status| Rule { status: Some(status), ..Rule::default() };
    let code = |number, code: &str| Rule { code: Some(code.to_owned()), ..status(number) };
    let says = |number, body: &str| Rule { body: Some(body.to_owned()), ..status(number) };
    let asks = |number| Rule { retry_after_s: Some(1), ..status(number) };
    let reset = |when| Rule { reset: Some(when), ..Rule::default() };
    vec![
        ("400", status(400)),
        ("400_token_limit", says(400, TOKEN_LIMIT)),
        ("401_expired", code(401, "expired_auth_token")),
        ("401_bad_token", code(401, "bad_auth_token")),
        ("401_unauthorized", code(401, "unauthorized")),
        ("401_retry_after", asks(401)),
        ("401_unverified", code(401, "email_not_verified")),
        ("401_no_payment", code(401, "no_payment_history")),
        ("403_cap", code(403, "storage_cap_exceeded")),
        ("403_transaction_cap", code(403, "transaction_cap_exceeded")),
        ("403_download_cap", code(403, "download_cap_exceeded")),
        ("403_retry_after", asks(403)),
        ("403_access", code(403, "access_denied")),
        ("404", status(404)),
        ("408", status(408)),
        ("408_retry_after", asks(408)),
        ("409", status(409)),
        ("416", code(416, "range_not_satisfiable")),
        ("429", status(429)),
        ("429_retry_after", asks(429)),
        ("500", status(500)),
        ("500_retry_after", asks(500)),
        ("500_after_effect", Rule { answer: Some(When::After), ..status(500) }),
        ("502", status(502)),
        ("502_page", says(502, "<html><body><h1>502 Bad Gateway</h1></body></html>")),
        ("503", status(503)),
        ("503_retry_after", asks(503)),
        ("504", status(504)),
        ("reset_before_effect", reset(When::Before)),
        ("reset_after_effect", reset(When::After)),
        ("cut_answer", Rule { cut_after_bytes: Some(10), ..Rule::default() }),
    ]
}

/// An upload token, which an answer repeats.
const TOKEN: &str = "4_002_not_to_be_shown";

/// What the service says to a second upload with it.
const TOKEN_LIMIT: &str = r#"{"status": 400, "code": "auth_token_limit",
    "message": "more than one upload using auth token 4_002_not_to_be_shown"}"#;

fn fail<F: Face>(world: &World<'_, F>, operation: &str, rule: &Rule, send: Send<F>) {
    let service = world.service();
    let (client, bucket) = service.bucket();
    bucket.upload("there", bytes(50).into()).expect("uploaded");
    service.skip();
    for (often, count) in [("once", Some(1)), ("always", None)] {
        service.step(often);
        let before = service.of(operation).len();
        service.faults([Rule { count, ..rule.clone() }]);
        let result = send(&service, &client, &bucket);
        service.said(&result);
        let shown = result.map_err(|error| format!("{error} {error:?}")).err().unwrap_or_default();
        assert!(!shown.contains(TOKEN), "a token is shown: {shown}");
        assert!(service.of(operation).len() > before, "nothing failed {often}");
    }
    service.no_faults();
    service.step("after that");
    let result = client.buckets();
    service.said(&result);
    result.expect("the client goes on");
}
