//! One connection: requests to the host, answers to the wire.

use core::future::poll_fn;
use core::pin::pin;
use core::time::Duration;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, HeaderValue};
use http_body::Body as _;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;

use super::body::{Pace, ResponseBody};
use super::now_ms;
use crate::fault::{Injected, Outcome, When};
use crate::host::{Answer, AnswerBody, Host, Receiver, Started};
use crate::service::{JSON_BODY_LEN_MAX, Refusal, Request};

/// Read buffer of a connection, in bytes.
const READ_BUFFER_LEN: usize = 512 << 10;

/// Headers of one request: more than file info within its limit can need.
const HEADERS_MAX: usize = 1_000;

/// How much of an unwanted body is read, and for how long, so that the client sees the answer
/// before its connection closes.
const DRAIN_LEN_MAX: u64 = 4 << 20;
const DRAIN_MS: u64 = 2_000;

/// How long the service waits for the next bytes of a body before it answers 408.
const BODY_STALL_S: u64 = 60;

type Response = http::Response<ResponseBody>;

pub(super) async fn serve(stream: TcpStream, host: Arc<Host>) {
    // Small answers must not wait for more to send; if that cannot be set, they do.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| exchange(host.clone(), request));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .max_buf_size(READ_BUFFER_LEN)
        .max_headers(HEADERS_MAX)
        .half_close(false)
        .serve_connection(TokioIo::new(stream), service);
    // Errors are a peer that went away, or a fault that was asked for.
    let _ = connection.await;
}

/// Why a connection is broken off instead of answered.
#[derive(Debug, thiserror::Error)]
#[error("connection broken by the fault plan or by the peer")]
struct Broken;

async fn exchange(host: Arc<Host>, incoming: http::Request<Incoming>) -> Result<Response, Broken> {
    let (parts, body) = incoming.into_parts();
    let request = Request { method: parts.method, uri: parts.uri, headers: parts.headers };
    let injected = host.fault(&request);
    if injected.latency_ms > 0 {
        tokio::time::sleep(Duration::from_millis(injected.latency_ms)).await;
    }
    let result = answer(&host, &request, body, &injected).await;
    host.note(&request, result.as_ref().map_or(0, |response| response.status().as_u16()));
    result
}

async fn answer(
    host: &Arc<Host>,
    request: &Request,
    mut body: Incoming,
    injected: &Injected,
) -> Result<Response, Broken> {
    if injected.outcome == Some(Outcome::Refuse) || injected.resets(When::Before) {
        return Err(Broken);
    }
    if let Some(answer) = injected.answer(When::Before) {
        return Ok(refuse(answer, body, injected));
    }
    let answer = match host.begin(now_ms(), request) {
        Started::Reply(answer) => {
            return if injected.resets(When::After) {
                Err(Broken)
            } else {
                Ok(refuse(injected.answer(When::After).unwrap_or(answer), body, injected))
            };
        }
        Started::Read => match read_json(&mut body).await? {
            Some(bytes) => call(host, request, bytes).await,
            None => {
                let refusal = Refusal {
                    status: 400,
                    code: "bad_request",
                    message: "The request body is too large".to_owned(),
                };
                return Ok(refuse(Answer::from_refusal(refusal), body, injected));
            }
        },
        Started::Receive(receiver) => receive(receiver, &mut body, injected).await?,
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

async fn read_json(body: &mut Incoming) -> Result<Option<Vec<u8>>, Broken> {
    let mut bytes = Vec::new();
    while let Some(data) = next_data(body).await {
        bytes.extend_from_slice(&data.map_err(|_| Broken)?);
        if bytes.len() > JSON_BODY_LEN_MAX {
            return Ok(None);
        }
    }
    Ok(Some(bytes))
}

async fn receive(
    mut receiver: Box<Receiver>,
    body: &mut Incoming,
    injected: &Injected,
) -> Result<Answer, Broken> {
    let mut pace = Pace::new(injected);
    loop {
        let stall = Duration::from_secs(BODY_STALL_S);
        let data = match tokio::time::timeout(stall, next_data(body)).await {
            Ok(Some(data)) => data.map_err(|_| Broken)?,
            Ok(None) => break,
            Err(_) => {
                let message = "Timed out while reading the request".to_owned();
                let refusal = Refusal { status: 408, code: "request_timeout", message };
                return Ok(Answer::from_refusal(refusal));
            }
        };
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

async fn next_data(body: &mut Incoming) -> Option<Result<Bytes, hyper::Error>> {
    loop {
        let mut body = pin!(&mut *body);
        match poll_fn(|cx| body.as_mut().poll_frame(cx)).await? {
            Ok(frame) => {
                if let Ok(data) = frame.into_data() {
                    return Some(Ok(data));
                }
            }
            Err(error) => return Some(Err(error)),
        }
    }
}

/// Answers before the body was read. The connection closes after it, so the rest of the body is
/// read for a while: closing at once could take the answer away from a client that still sends.
fn refuse(answer: Answer, mut body: Incoming, injected: &Injected) -> Response {
    let unread = !body.is_end_stream();
    let mut response = respond(answer, injected);
    if unread {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        tokio::spawn(tokio::time::timeout(Duration::from_millis(DRAIN_MS), async move {
            let mut drained = 0;
            while let Some(Ok(data)) = next_data(&mut body).await {
                drained += data.len() as u64;
                if drained > DRAIN_LEN_MAX {
                    return;
                }
            }
        }));
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
    response
}
