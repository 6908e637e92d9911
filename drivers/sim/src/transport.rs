//! Requests without a network: each exchange is one call, and time is a number.

use std::io::{self, Read};
use std::sync::Arc;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, DATE, HOST};
use http::{HeaderMap, HeaderValue, Method, Uri};
use serde_json::Value;

use crate::calendar::http_date;
use crate::fault::{Injected, Outcome, STALL_MS, When};
use crate::host::{Answer, AnswerBody, Host, Receiver, Started};
use crate::service::{JSON_BODY_LEN_MAX, Refusal, Request, error_reply};

/// Carries requests to a [`Host`] under its fault plan.
#[derive(Debug, Clone)]
pub struct Transport {
    host: Arc<Host>,
}

/// What came of a request.
#[derive(Debug)]
pub struct Exchange {
    /// How long it took, in virtual milliseconds.
    pub latency_ms: u64,
    /// Bytes of the request's body that were taken before the outcome was settled.
    pub sent: u64,
    /// The outcome.
    pub outcome: Ended,
}

/// How an exchange ended.
#[derive(Debug)]
pub enum Ended {
    /// With a whole response.
    Response(Response),
    /// With a response whose body ends too early; `content-length` says what was meant.
    Cut(Response),
    /// The connection could not be made.
    Refused,
    /// The connection broke before a response. Whether the request took effect is for checkers
    /// to know, not for clients.
    Reset {
        /// Whether the service has done what was asked.
        took_effect: bool,
    },
}

/// A response with its body.
#[derive(Debug, Clone)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Headers, always with `Date`.
    pub headers: HeaderMap,
    /// Body; empty when it went to a sink.
    pub body: Bytes,
}

impl Response {
    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The `code` of an error.
    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }
}

/// A request for the transport.
#[derive(Debug)]
pub struct Outgoing<'a> {
    /// Method.
    pub method: Method,
    /// Absolute URL, or a path.
    pub url: &'a str,
    /// Headers as names and values.
    pub headers: &'a [(&'a str, &'a str)],
    /// Length of the body; it goes into `content-length` unless there is one.
    pub body_len: u64,
}

const PIECE_LEN: usize = 256 << 10;

impl Transport {
    /// A transport to `host`.
    pub fn new(host: Arc<Host>) -> Self {
        Self { host }
    }

    /// The host it leads to.
    pub fn host(&self) -> &Arc<Host> {
        &self.host
    }

    /// Sends a request whose body is read from `body`; gives the whole response.
    pub fn send(&self, now_ms: u64, outgoing: &Outgoing<'_>, body: &mut dyn Read) -> Exchange {
        let mut collected = Vec::new();
        let mut exchange =
            self.send_into(now_ms, outgoing, body, &mut |bytes| collected.extend_from_slice(bytes));
        if let Ended::Response(response) | Ended::Cut(response) = &mut exchange.outcome {
            response.body = Bytes::from(collected);
        }
        exchange
    }

    /// As [`send`](Self::send), but the response's body goes to `sink` piece by piece.
    pub fn send_into(
        &self,
        now_ms: u64,
        outgoing: &Outgoing<'_>,
        body: &mut dyn Read,
        sink: &mut dyn FnMut(&[u8]),
    ) -> Exchange {
        let Ok(request) = request(outgoing) else {
            let refusal = Refusal {
                status: 400,
                code: "bad_request",
                message: "not an HTTP request".to_owned(),
            };
            let response =
                respond(now_ms, Answer::from_refusal(refusal), &Injected::default(), sink);
            return Exchange { latency_ms: 0, sent: 0, outcome: response.0 };
        };
        let injected = self.host.fault(&request);
        let mut run = Run { host: &self.host, now_ms, sent: 0, injected: &injected };
        let (outcome, received) = run.exchange(&request, outgoing.body_len, body, sink);
        let status = match &outcome {
            Ended::Response(response) | Ended::Cut(response) => response.status,
            Ended::Refused | Ended::Reset { .. } => 0,
        };
        self.host.note(&request, status);
        let mut latency_ms = injected.latency_ms + injected.transfer_ms(run.sent + received);
        if injected.stall_after_bytes.is_some() && matches!(outcome, Ended::Cut(_)) {
            latency_ms = latency_ms.saturating_add(STALL_MS);
        }
        Exchange { latency_ms, sent: run.sent, outcome }
    }

    /// A JSON call with the given `Authorization`, for tests. A broken connection gives status 0.
    pub fn post(&self, now_ms: u64, url: &str, authorization: &str, body: &str) -> Response {
        let headers = [(AUTHORIZATION.as_str(), authorization)];
        let headers = if authorization.is_empty() { &headers[..0] } else { &headers[..] };
        let body_len = body.len() as u64;
        let outgoing = Outgoing { method: Method::POST, url, headers, body_len };
        self.send(now_ms, &outgoing, &mut body.as_bytes()).into_response()
    }
}

impl Exchange {
    /// The response, whole or cut; a broken connection gives one with status 0.
    pub fn into_response(self) -> Response {
        match self.outcome {
            Ended::Response(response) | Ended::Cut(response) => response,
            Ended::Refused | Ended::Reset { .. } => {
                Response { status: 0, headers: HeaderMap::new(), body: Bytes::new() }
            }
        }
    }
}

impl Injected {
    fn transfer_ms(&self, bytes: u64) -> u64 {
        self.bytes_per_second.map_or(0, |rate| bytes.saturating_mul(1000) / rate.max(1))
    }

    /// The answer that takes the place of the service's.
    pub fn answer(&self, wanted: When) -> Option<Answer> {
        match &self.outcome {
            Some(Outcome::Status { status, code, retry_after_s, body, when })
                if *when == wanted =>
            {
                let message = "injected by the fault plan";
                let reply = error_reply(*status, code, message, *retry_after_s);
                let mut answer = Answer::from_reply(reply);
                if let Some(body) = body {
                    answer.headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html"));
                    answer.body = AnswerBody::Text(Bytes::from(body.clone()));
                }
                Some(answer)
            }
            _ => None,
        }
    }

    /// Whether the connection breaks at the given point.
    pub fn resets(&self, wanted: When) -> bool {
        self.outcome == Some(Outcome::Reset(wanted))
    }

    /// Whether the request takes effect only after its end.
    pub fn is_late(&self) -> bool {
        match &self.outcome {
            Some(Outcome::Reset(when) | Outcome::Status { when, .. }) => *when == When::Late,
            Some(Outcome::Refuse) | None => false,
        }
    }

    /// Changes an answer as the plan wants.
    pub fn distort(&self, now_ms: u64, answer: &mut Answer) {
        let date_ms = now_ms.saturating_add_signed(self.clock_skew_ms);
        if let Ok(date) = HeaderValue::from_str(&http_date(date_ms)) {
            answer.headers.insert(DATE, date);
        }
        if self.wrong_digest {
            falsify_digest(answer);
        }
    }
}

/// Alters the SHA-1 an answer tells, in its header or its JSON.
fn falsify_digest(answer: &mut Answer) {
    const WRONG: &str = "0123456789012345678901234567890123456789";
    if let Some(value) = answer.headers.get_mut("x-bz-content-sha1") {
        *value = HeaderValue::from_static(WRONG);
    }
    if let AnswerBody::Text(text) = &mut answer.body
        && let Ok(mut json) = serde_json::from_slice::<Value>(text)
        && let Some(digest) = json.get_mut("contentSha1")
    {
        *digest = Value::from(WRONG);
        *text = Bytes::from(json.to_string());
    }
}

struct Run<'a> {
    host: &'a Arc<Host>,
    now_ms: u64,
    sent: u64,
    injected: &'a Injected,
}

impl Run<'_> {
    fn exchange(
        &mut self,
        request: &Request,
        body_len: u64,
        body: &mut dyn Read,
        sink: &mut dyn FnMut(&[u8]),
    ) -> (Ended, u64) {
        let injected = self.injected;
        if injected.outcome == Some(Outcome::Refuse) {
            return (Ended::Refused, 0);
        }
        if injected.resets(When::Before) {
            self.sent = body_len / 2;
            return (Ended::Reset { took_effect: false }, 0);
        }
        if let Some(answer) = injected.answer(When::Before) {
            return respond(self.now_ms, answer, injected, sink);
        }
        let arrives_ms = self.now_ms + injected.latency_ms / 2;
        if injected.is_late() {
            return self.defer(arrives_ms, request, body, sink);
        }
        let answer = match self.host.begin(arrives_ms, request) {
            Started::Reply(answer) => answer,
            Started::Read => {
                let mut bytes = Vec::new();
                let limit = JSON_BODY_LEN_MAX as u64 + 1;
                if body.take(limit).read_to_end(&mut bytes).is_err() {
                    return (Ended::Reset { took_effect: false }, 0);
                }
                self.sent = bytes.len() as u64;
                self.host.handle(arrives_ms, request, &bytes)
            }
            Started::Receive(receiver) => match self.upload(arrives_ms, receiver, body) {
                Ok(answer) => answer,
                Err(_) => return (Ended::Reset { took_effect: false }, 0),
            },
        };
        if injected.resets(When::After) {
            return (Ended::Reset { took_effect: answer.is_success() }, 0);
        }
        let answer = injected.answer(When::After).unwrap_or(answer);
        let done_ms = arrives_ms + injected.transfer_ms(self.sent);
        respond(done_ms, answer, injected, sink)
    }

    /// Takes the request, answers it, and has it take effect later.
    fn defer(
        &mut self,
        now_ms: u64,
        request: &Request,
        body: &mut dyn Read,
        sink: &mut dyn FnMut(&[u8]),
    ) -> (Ended, u64) {
        let mut bytes = Vec::new();
        if body.read_to_end(&mut bytes).is_err() {
            return (Ended::Reset { took_effect: false }, 0);
        }
        self.sent = bytes.len() as u64;
        let done_ms = now_ms + self.injected.transfer_ms(self.sent);
        self.host.defer(done_ms + self.injected.late_ms, request.clone(), bytes);
        match self.injected.answer(When::Late) {
            Some(answer) => respond(done_ms, answer, self.injected, sink),
            None => (Ended::Reset { took_effect: false }, 0),
        }
    }

    fn upload(
        &mut self,
        now_ms: u64,
        mut receiver: Box<Receiver>,
        body: &mut dyn Read,
    ) -> io::Result<Answer> {
        let mut buffer = vec![0; PIECE_LEN];
        while receiver.missing() > 0 {
            let len = body.read(&mut buffer)?;
            if len == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            receiver.write(&buffer[..len])?;
            self.sent += len as u64;
        }
        Ok(receiver.finish(now_ms + self.injected.transfer_ms(self.sent)))
    }
}

/// Delivers an answer; gives the outcome and the bytes of its body.
fn respond(
    now_ms: u64,
    mut answer: Answer,
    injected: &Injected,
    sink: &mut dyn FnMut(&[u8]),
) -> (Ended, u64) {
    injected.distort(now_ms, &mut answer);
    let mut delivered = 0;
    let limits = injected.cut_after_bytes.into_iter().chain(injected.stall_after_bytes);
    let limit = limits.min().unwrap_or(u64::MAX);
    let mut cut = false;
    match answer.body {
        AnswerBody::Empty => {}
        AnswerBody::Text(text) => {
            answer.headers.insert(CONTENT_LENGTH, HeaderValue::from(text.len()));
            let len = usize::try_from(limit).unwrap_or(usize::MAX).min(text.len());
            cut = len < text.len();
            sink(&text[..len]);
            delivered = len as u64;
        }
        AnswerBody::Content(mut content) => {
            cut = limit < content.left();
            content.cut(limit);
            while let Ok(Some(bytes)) = content.next_bytes() {
                if injected.corrupt && delivered == 0 {
                    sink(&corrupted(&bytes));
                } else {
                    sink(&bytes);
                }
                delivered += bytes.len() as u64;
            }
            cut |= content.left() > 0;
        }
    }
    let response = Response { status: answer.status, headers: answer.headers, body: Bytes::new() };
    (if cut { Ended::Cut(response) } else { Ended::Response(response) }, delivered)
}

/// The bytes with their middle one changed.
pub(crate) fn corrupted(bytes: &Bytes) -> Bytes {
    let mut changed = bytes.to_vec();
    let middle = changed.len() / 2;
    if let Some(byte) = changed.get_mut(middle) {
        *byte ^= 0xff;
    }
    Bytes::from(changed)
}

fn request(outgoing: &Outgoing<'_>) -> Result<Request, http::Error> {
    let uri: Uri = outgoing.url.parse()?;
    let mut headers = HeaderMap::new();
    for (name, value) in outgoing.headers {
        let name = http::HeaderName::from_bytes(name.as_bytes())?;
        headers.append(name, HeaderValue::from_bytes(value.as_bytes())?);
    }
    if let Some(authority) = uri.authority()
        && !headers.contains_key(HOST)
    {
        headers.insert(HOST, HeaderValue::from_str(authority.as_str())?);
    }
    if !headers.contains_key(CONTENT_LENGTH) && outgoing.method == Method::POST {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(outgoing.body_len));
    }
    Ok(Request { method: outgoing.method.clone(), uri, headers })
}

#[cfg(test)]
mod tests;
