//! One connection: requests to the host, answers to the wire.

use core::future::pending;
use core::time::Duration;
use std::sync::Arc;

use core::future::poll_fn;
use http::header::{CONNECTION, CONTENT_LENGTH, HeaderValue};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::oneshot;

use super::body::{Pace, ResponseBody};
use super::intake::{Broken, Cut, Intake};
use super::watch::{Busy, Idle};
use super::{Shared, now_ms};
use crate::fault::{Injected, Outcome, When};
use crate::host::{Answer, AnswerBody, Host, Receiver, Started};
use crate::service::{Refusal, Request};

/// Read buffer of a connection, in bytes.
const READ_BUFFER_LEN: usize = 512 << 10;

/// Headers of one request: more than file info within its limit can need.
const HEADERS_MAX: usize = 1_000;

type Response = http::Response<ResponseBody>;

pub(super) async fn serve<S>(stream: S, number: u64, shared: Arc<Shared>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let idle = Idle::default();
    let (host, transcript) = (shared.host.clone(), shared.transcript.clone());
    let stall_max = shared.stall_max;
    let service = service_fn(|incoming| {
        let (host, busy) = (host.clone(), idle.busy());
        let (parts, body) = http::Request::into_parts(incoming);
        let request = Request { method: parts.method, uri: parts.uri, headers: parts.headers };
        let entry = transcript.as_ref().map(|transcript| transcript.begin(number, &request));
        exchange(host, request, Intake::new(body, entry, stall_max), busy)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .max_buf_size(READ_BUFFER_LEN)
        .max_headers(HEADERS_MAX)
        .half_close(false)
        .serve_connection(TokioIo::new(stream), service);
    let idled = async {
        match shared.idle_max {
            Some(idle_max) => idle.lasts(idle_max).await,
            None => pending().await,
        }
    };
    tokio::select! {
        // Errors are a peer that went away, or a fault that was asked for.
        _ = connection => {}
        () = idled => {}
    }
}

async fn exchange(
    host: Arc<Host>,
    request: Request,
    body: Intake<Incoming>,
    busy: Busy,
) -> Result<Response, Broken> {
    let injected = host.fault(&request);
    if injected.latency_ms > 0 {
        tokio::time::sleep(Duration::from_millis(injected.latency_ms)).await;
    }
    let entry = body.entry();
    let result = answer(&host, &request, body, &injected).await;
    let status = result.as_ref().map_or(0, |response| response.status().as_u16());
    host.note(&request, status);
    if let Some(entry) = &entry {
        entry.answered(status);
    }
    result.map(|response| response.map(|body| body.holding(busy, entry)))
}

async fn answer(
    host: &Arc<Host>,
    request: &Request,
    mut body: Intake<Incoming>,
    injected: &Injected,
) -> Result<Response, Broken> {
    if injected.outcome == Some(Outcome::Refuse) || injected.resets(When::Before) {
        return Err(Broken);
    }
    if let Some(answer) = injected.answer(When::Before) {
        return Ok(refuse(answer, body, injected));
    }
    if injected.is_late() {
        let bytes = match body.read_whole().await {
            Ok(bytes) => bytes,
            Err(cut) => return cut_off(cut, body, injected),
        };
        host.defer(now_ms() + injected.late_ms, request.clone(), bytes);
        return injected.answer(When::Late).map(|answer| respond(answer, injected)).ok_or(Broken);
    }
    let answer = match host.begin(now_ms(), request) {
        Started::Reply(answer) => {
            return if injected.resets(When::After) {
                Err(Broken)
            } else {
                Ok(refuse(injected.answer(When::After).unwrap_or(answer), body, injected))
            };
        }
        Started::Read => match body.read_json().await {
            Ok(Some(bytes)) => call(host, request, bytes).await,
            Err(cut) => return cut_off(cut, body, injected),
            Ok(None) => {
                let refusal = Refusal {
                    status: 400,
                    code: "bad_request",
                    message: "The request body is too large".to_owned(),
                };
                return Ok(refuse(Answer::from_refusal(refusal), body, injected));
            }
        },
        Started::Receive(receiver) => match receive(receiver, &mut body, injected).await {
            Ok(answer) => answer,
            Err(cut) => return cut_off(cut, body, injected),
        },
    };
    if injected.resets(When::After) {
        return Err(Broken);
    }
    Ok(respond(injected.answer(When::After).unwrap_or(answer), injected))
}

/// Runs a call; copies may hash much content, which must not hold up other connections.
async fn call(host: &Arc<Host>, request: &Request, body: Vec<u8>) -> Answer {
    if request.uri.path().contains("/b2_copy_") {
        let (host, request) = (host.clone(), request.clone());
        let done =
            tokio::task::spawn_blocking(move || host.handle(now_ms(), &request, &body)).await;
        return done.unwrap_or_else(|_| Answer::broken());
    }
    host.handle(now_ms(), request, &body)
}

async fn receive(
    mut receiver: Box<Receiver>,
    body: &mut Intake<Incoming>,
    injected: &Injected,
) -> Result<Answer, Cut> {
    let mut pace = Pace::new(injected);
    while let Some(data) = body.next().await {
        let data = data?;
        if receiver.write(&data).is_err() {
            return Ok(Answer::broken());
        }
        if let Some(pace) = &mut pace {
            pace.charge(data.len());
            poll_fn(|cx| pace.poll(cx)).await;
        }
    }
    Ok(receiver.finish(now_ms()))
}

/// Answers a request whose body stopped, if there is still somebody to answer.
fn cut_off(cut: Cut, body: Intake<Incoming>, injected: &Injected) -> Result<Response, Broken> {
    match cut {
        Cut::Broken => Err(Broken),
        Cut::Stalled => {
            let message = "Timed out while reading the request".to_owned();
            let refusal = Refusal { status: 408, code: "request_timeout", message };
            Ok(refuse(Answer::from_refusal(refusal), body, injected))
        }
    }
}

/// Answers before the body was read. The connection closes after it, so the rest of the body is
/// read for a while: closing at once could take the answer away from a client that still sends.
fn refuse(answer: Answer, body: Intake<Incoming>, injected: &Injected) -> Response {
    let mut response = respond(answer, injected);
    if !body.is_over() {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        if injected.stall_after_bytes.is_some() {
            let (gone, left) = oneshot::channel();
            response = response.map(|body| body.until(left));
            tokio::spawn(body.drain_until_gone(gone));
        } else {
            tokio::spawn(body.drain());
        }
    }
    response
}

fn respond(mut answer: Answer, injected: &Injected) -> Response {
    injected.distort(now_ms(), &mut answer);
    if let AnswerBody::Text(text) = &answer.body {
        answer.headers.insert(CONTENT_LENGTH, HeaderValue::from(text.len()));
    }
    let mut response = http::Response::new(ResponseBody::new(answer.body, injected));
    // Statuses are those of the service, or of a fault plan that was checked.
    *response.status_mut() = http::StatusCode::from_u16(answer.status)
        .unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    *response.headers_mut() = answer.headers;
    if injected.closes {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}
