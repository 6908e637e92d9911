//! Requests of any form to the simulated service: each gets a sound answer.

use std::sync::Arc;

use b2_sim::Config;
use b2_sim::fault::FaultPlan;
use b2_sim::host::{Answer, AnswerBody, Host, Started};
use b2_sim::service::Request;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::Value;

use crate::input::Bytes;

const NOW_MS: u64 = 1_795_431_600_000;
/// So many requests are made of one input.
const REQUESTS_MAX: u64 = 8;

/// A fault plan in the first line; then requests: one line each for method, target, headers with an
/// empty one behind them, and the body.
pub fn service(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    if let Ok(mut plan) = FaultPlan::parse(7, bytes.line()) {
        let _ = plan.decide(None, "/x");
    }
    let host = Host::in_memory(Config { seed: 7, ..Config::default().with_small_limits() });
    let mut tokens = Tokens::default();
    for number in 0..REQUESTS_MAX {
        if bytes.is_empty() {
            return;
        }
        let Some(request) = request(&mut bytes, &host, &tokens) else { return };
        let answer = answer(&host, NOW_MS + number, &request, bytes.line());
        tokens.learn(&check(answer));
    }
}

/// What nobody guesses.
#[derive(Default)]
struct Tokens {
    account: String,
    upload: String,
}

impl Tokens {
    fn learn(&mut self, body: &Value) {
        let Some(token) = body["authorizationToken"].as_str() else { return };
        let place = if body["apiInfo"].is_null() { &mut self.upload } else { &mut self.account };
        token.clone_into(place);
    }
}

fn request(bytes: &mut Bytes<'_>, host: &Host, tokens: &Tokens) -> Option<Request> {
    let method = match bytes.text() {
        "GET" => Method::GET,
        "HEAD" => Method::HEAD,
        _ => Method::POST,
    };
    let uri = bytes.text().parse().ok()?;
    let mut headers = HeaderMap::new();
    for (name, value) in bytes.fields().0 {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        let value = match value {
            "KEY" => host.basic_authorization(),
            "TOKEN" => tokens.account.clone(),
            "UPLOAD" => tokens.upload.clone(),
            value => value.to_owned(),
        };
        headers.append(name, HeaderValue::from_str(&value).ok()?);
    }
    Some(Request { method, uri, headers })
}

fn answer(host: &Arc<Host>, now_ms: u64, request: &Request, body: &[u8]) -> Answer {
    match host.begin(now_ms, request) {
        Started::Reply(answer) => answer,
        Started::Read => host.handle(now_ms, request, body),
        Started::Receive(mut receiver) => {
            let len = usize::try_from(receiver.missing()).unwrap_or(usize::MAX).min(body.len());
            receiver.write(&body[..len]).expect("a store in memory");
            receiver.finish(now_ms)
        }
    }
}

/// An error tells itself in JSON; nothing is the service's own fault.
fn check(answer: Answer) -> Value {
    let status = answer.status;
    assert_ne!(status, 500, "the service fails");
    match answer.body {
        AnswerBody::Text(text) => {
            let body: Value = serde_json::from_slice(&text).expect("JSON");
            if status >= 400 {
                assert_eq!(body["status"], status);
                assert!(body["code"].is_string() && body["message"].is_string(), "{body}");
            }
            body
        }
        AnswerBody::Content(mut content) => {
            while let Some(_bytes) = content.next_bytes().expect("a store in memory") {}
            Value::Null
        }
        AnswerBody::Empty => Value::Null,
    }
}
