//! A request of the core as the service sees it, and what is told about it.

use b2_proto::error::Cause;
use b2_proto::id::{BufferId, ReqId};
use b2_proto::machine::synthesis::WriteIntent;
use b2_proto::machine::{Input, ReplyTo, Request, Taken};
use b2_proto::op::Class;
use b2_proto::wire::body::{Body, BodyHasher, BodyPiece, BodyPieces};
use b2_proto::wire::head::Method;
use b2_proto::wire::reply::{Headers, Reply};
use b2_proto::wire::text::Sha1;
use b2_sim::fault::{Injected, Outcome, When};
use b2_sim::host::{Answer, AnswerBody};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::feeding::Pending;
use crate::who::Who;

/// A request on its way.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) who: Who,
    pub(crate) id: ReqId,
    pub(crate) operation: &'static str,
    pub(crate) class: Class,
    /// Which attempt at the same piece of work it is, from 1.
    pub(crate) attempt: u16,
    pub(crate) request: b2_sim::service::Request,
    /// The body with its trailing digest, as far as the source could be read.
    pub(crate) body: Vec<u8>,
    /// Why the source could be read no further.
    pub(crate) source_trouble: Option<Cause>,
    pub(crate) sent: Option<Sha1>,
    /// Bytes of payload that the body has or would have.
    pub(crate) payload_len: u64,
    /// The source the body is read from while it is sent.
    pub(crate) source: Option<usize>,
    pub(crate) buffer: Option<BufferId>,
    pub(crate) reply: ReplyTo,
    pub(crate) timeout_ms: u64,
    pub(crate) injected: Injected,
    /// So many bytes of the answer are to be stored at most.
    pub(crate) stored_max: usize,
    /// The answer is not waited for any more: it was aborted, or the time is over.
    pub(crate) is_over: bool,
    /// The request never leaves the client, or its answer never comes.
    pub(crate) hangs: bool,
    /// The body, while bytes of it are missing.
    pub(crate) pending: Option<Pending>,
    /// The request whose body the answer goes into.
    pub(crate) feeds: Option<ReqId>,
}

/// Where the bytes of bodies come from.
pub(crate) trait Payloads {
    /// Reads a range of a source, or the part before the trouble.
    fn range(&self, source: u16, offset: u64, len: u64) -> Result<Vec<u8>, (Vec<u8>, Cause)>;
    /// A buffer that was filled before.
    fn buffer(&self, slot: BufferId) -> &[u8];
}

impl Exchange {
    /// Takes a request of the core apart.
    pub(crate) fn new(who: Who, request: &Request<'_>, payloads: &dyn Payloads) -> Self {
        let Read { body, sent, trouble: source_trouble, pending } =
            read_body(&request.body, payloads);
        let mut headers = HeaderMap::new();
        request.head.each_field(&mut |field| {
            let name = field.name.to_string();
            let name = HeaderName::from_bytes(name.as_bytes()).expect("a header name");
            let value = HeaderValue::from_str(&field.value.to_string()).expect("a header value");
            headers.append(name, value);
        });
        let method = match request.head.method {
            Method::Get => http::Method::GET,
            Method::Head => http::Method::HEAD,
            Method::Post => http::Method::POST,
        };
        if method == http::Method::POST {
            headers.insert(http::header::CONTENT_LENGTH, request.body.content_len().into());
        }
        let uri = request.head.target.to_string().parse().expect("a URL");
        Self {
            who,
            id: request.id,
            operation: request.operation,
            class: request.class,
            attempt: request.attempt,
            request: b2_sim::service::Request { method, uri, headers },
            body,
            source_trouble,
            sent,
            payload_len: match request.body {
                Body::Range { len, .. } | Body::Buffer { len, .. } | Body::Joined { len, .. } => {
                    len
                }
                Body::Empty | Body::Json(_) => 0,
            },
            source: match request.body {
                Body::Range { source, .. } => Some(source.0.into()),
                Body::Joined { pieces, .. } => first_source(pieces),
                Body::Empty | Body::Json(_) | Body::Buffer { .. } => None,
            },
            buffer: match request.body {
                Body::Buffer { slot, .. } => Some(slot),
                Body::Empty | Body::Json(_) | Body::Range { .. } | Body::Joined { .. } => None,
            },
            reply: request.reply,
            timeout_ms: request.timeout_ms.into(),
            injected: Injected::default(),
            stored_max: usize::MAX,
            is_over: false,
            hangs: false,
            pending,
            feeds: request.feeds,
        }
    }

    /// Whether it fails before the service has seen its body.
    pub(crate) const fn is_early(&self) -> bool {
        matches!(
            self.injected.outcome,
            Some(
                Outcome::Refuse
                    | Outcome::Reset(When::Before)
                    | Outcome::Status { when: When::Before, .. }
            )
        )
    }

    /// The connection breaks; a pipe breaks while something is still to be sent.
    pub(crate) fn broken(&self, cause: Cause) -> Told {
        self.broken_off(cause, 0)
    }

    /// The same when so many bytes of an answer were stored.
    pub(crate) fn broken_off(&self, cause: Cause, stored: u64) -> Told {
        let is_whole = cause != Cause::BrokenPipe && !cause.is_local();
        Told::Failed { cause, stored, sent: self.sent.filter(|_| is_whole) }
    }

    /// The URL.
    pub(crate) fn url(&self) -> String {
        self.request.uri.to_string()
    }

    /// The token, or what stands in its place.
    pub(crate) fn authorization(&self) -> &str {
        let value = self.request.headers.get(http::header::AUTHORIZATION);
        value.and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Whether it goes to an upload URL.
    pub(crate) fn is_upload(&self) -> bool {
        matches!(self.operation, "b2_upload_file" | "b2_upload_part")
    }

    /// How long so many bytes take on this connection.
    pub(crate) fn transfer_ms(&self, bytes: usize) -> u64 {
        self.injected.bytes_per_second.map_or(0, |rate| bytes as u64 * 1_000 / rate.max(1))
    }
}

/// A body as far as it could be read.
#[derive(Default)]
struct Read {
    body: Vec<u8>,
    sent: Option<Sha1>,
    trouble: Option<Cause>,
    pending: Option<Pending>,
}

fn first_source(pieces: &dyn BodyPieces) -> Option<usize> {
    let mut first = None;
    pieces.each(&mut |piece| {
        if let BodyPiece::Range { source, .. } = piece {
            first = first.or_else(|| Some(source.0.into()));
        }
    });
    first
}

fn read_body(body: &Body<'_>, payloads: &dyn Payloads) -> Read {
    match *body {
        Body::Empty => Read::default(),
        Body::Json(text) => {
            let mut written = String::new();
            text.write_json(&mut written).expect("text is written");
            Read { body: written.into_bytes(), ..Read::default() }
        }
        Body::Range { source, offset, len, digest } => {
            let mut bytes = match payloads.range(source.0, offset, len) {
                Ok(bytes) => bytes,
                Err((body, cause)) => {
                    return Read { body, trouble: Some(cause), ..Read::default() };
                }
            };
            let mut hasher = BodyHasher::new(digest);
            // A file may give less at once than it was asked for.
            bytes.chunks(bytes.len() / 2 + 1).for_each(|piece| hasher.update(piece));
            let (sha1, trailer) = hasher.finish();
            bytes.extend_from_slice(trailer.as_ref().map_or(&[], |digits| &digits[..]));
            Read { body: bytes, sent: Some(sha1), ..Read::default() }
        }
        Body::Joined { pieces, digest, .. } => match Pending::read(pieces, digest, payloads) {
            Err((body, cause)) => Read { body, trouble: Some(cause), ..Read::default() },
            Ok(whole) if whole.is_whole() => {
                let (body, sha1) = whole.finish();
                Read { body, sent: Some(sha1), ..Read::default() }
            }
            Ok(pending) => Read { pending: Some(pending), ..Read::default() },
        },
        Body::Buffer { slot, len, sha1 } => {
            let bytes = payloads.buffer(slot);
            assert_eq!(bytes.len() as u64, len, "a buffer is sent whole");
            Read { body: bytes.to_vec(), sent: Some(sha1), ..Read::default() }
        }
    }
}

/// An answer as it arrives at the client.
#[derive(Clone, Debug)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) headers: Fields,
    pub(crate) body: Bytes,
    /// How the body ends before its end.
    pub(crate) cut: Option<Cut>,
    /// The byte that was changed on the way, if one was.
    pub(crate) changed: Option<usize>,
}

/// How a body ends that is not whole.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Cut {
    /// The connection breaks.
    Closed,
    /// Nothing comes any more.
    Stalled,
}

impl Answered {
    /// Reads an answer of the service whole and does to it what the plan wants.
    pub(crate) fn new(now_ms: u64, mut answer: Answer, injected: &Injected) -> Self {
        injected.distort(now_ms, &mut answer);
        let (mut body, mut changed) = (Vec::new(), None);
        match answer.body {
            AnswerBody::Empty => {}
            AnswerBody::Text(text) => {
                answer.headers.insert(http::header::CONTENT_LENGTH, text.len().into());
                body.extend_from_slice(&text);
            }
            AnswerBody::Content(mut content) => {
                while let Ok(Some(bytes)) = content.next_bytes() {
                    body.extend_from_slice(&bytes);
                }
                let middle = body.len() / 2;
                if let (true, Some(byte)) = (injected.corrupt, body.get_mut(middle)) {
                    *byte ^= 0xff;
                    changed = Some(middle);
                }
            }
        }
        let cut = injected.cut_after_bytes.map(|limit| (limit, Cut::Closed));
        let stall = injected.stall_after_bytes.map(|limit| (limit, Cut::Stalled));
        let first = cut.into_iter().chain(stall).min_by_key(|(limit, _)| *limit);
        let cut = first.filter(|(limit, _)| *limit < body.len() as u64).map(|(limit, cut)| {
            body.truncate(crate::world::index(limit));
            cut
        });
        let fields = answer.headers.iter().filter_map(|(name, value)| {
            Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
        });
        let headers = Fields(fields.collect());
        Self { status: answer.status, headers, body: Bytes::from(body), cut, changed }
    }
}

/// The headers of an answer.
#[derive(Clone, Debug)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Headers for Fields {
    fn value(&self, name: &str) -> Option<&str> {
        self.0.as_slice().value(name)
    }

    fn each(&self, take: &mut dyn FnMut(&str, &str)) {
        self.0.as_slice().each(take);
    }
}

/// An [`Input`] that is kept, to be told now, later or twice.
#[derive(Clone, Debug)]
pub(crate) enum Told {
    Response { answer: Answered, sent: Option<Sha1> },
    Stored,
    Failed { cause: Cause, stored: u64, sent: Option<Sha1> },
    Filled { len: u64, digest: Sha1 },
    Digested { digest: Sha1 },
    Hashed { digest: Sha1, through: Option<Sha1> },
    Claimed { granted: bool },
    Taken { intents: Vec<WriteIntent>, is_all: bool },
    Moved { bytes: u64 },
}

impl Told {
    /// There is no answer, and nothing was stored or sent.
    pub(crate) const fn failed(cause: Cause) -> Self {
        Self::Failed { cause, stored: 0, sent: None }
    }

    /// Whether the whole body was handed over.
    pub(crate) const fn has_sent_all(&self) -> bool {
        matches!(self, Self::Response { sent: Some(_), .. } | Self::Failed { sent: Some(_), .. })
    }

    /// The input for the request `id`.
    pub(crate) fn input(&self, id: ReqId) -> Input<'_> {
        match self {
            Self::Response { answer, sent } => {
                let Answered { status, headers, body, .. } = answer;
                Input::Response { id, reply: Reply { status: *status, headers, body }, sent: *sent }
            }
            Self::Stored => Input::Stored { id },
            Self::Failed { cause, stored, sent } => {
                let (cause, stored, sent) = (*cause, *stored, *sent);
                Input::Failed { id, cause, detail: "simulated", stored, sent }
            }
            Self::Filled { len, digest } => Input::Filled { id, len: *len, digest: *digest },
            Self::Digested { digest } => Input::Digested { id, digest: *digest },
            Self::Hashed { digest, through } => {
                Input::Hashed { id, digest: *digest, through: *through }
            }
            Self::Claimed { granted } => Input::Claimed { id, granted: *granted },
            Self::Taken { intents, is_all } => {
                Input::Taken { id, taken: Taken::new(intents, *is_all) }
            }
            Self::Moved { bytes } => Input::Moved { id, bytes: *bytes },
        }
    }

    /// Status or cause, for traces and checks.
    pub(crate) fn end(&self) -> End {
        match self {
            Self::Response { answer, .. } => End::Status(answer.status),
            Self::Failed { cause, .. } => End::Broken(*cause),
            Self::Stored
            | Self::Filled { .. }
            | Self::Digested { .. }
            | Self::Hashed { .. }
            | Self::Taken { .. }
            | Self::Claimed { .. } => End::Status(200),
            Self::Moved { .. } => End::Status(0),
        }
    }
}

/// How a request ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum End {
    Status(u16),
    Broken(Cause),
    /// A success of an upload that tells another SHA-1 than that of the bytes sent.
    Lie,
}

impl End {
    pub(crate) const fn is_success(self) -> bool {
        matches!(self, Self::Status(200 | 206))
    }
}
