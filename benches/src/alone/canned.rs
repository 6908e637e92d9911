//! A service that answers from memory, to run machines without I/O.

use super::examples::{FILE_NAME, UPLOAD_URL, part, version_of};
use b2_proto::id::ReqId;
use b2_proto::machine::{Accept, Action, Input, Request};
use b2_proto::wire::body::Body;
use b2_proto::wire::reply::Reply;
use b2_proto::wire::text::Sha1;
use std::collections::VecDeque;

const NO_HEADERS: [(&str, &str); 0] = [];
const DIGEST_HEX: &str = super::examples::SHA1_HEX;

/// What a request is answered with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Answer {
    Version,
    Url,
    Part(usize),
    /// The bytes of a download.
    Bytes,
    Digest,
    Hash,
    Claim,
}

/// Keeps requests in the order they came, and answers them in that order.
#[derive(Debug)]
pub struct Canned<J> {
    waiting: VecDeque<(J, ReqId, Answer)>,
    parts: Vec<String>,
    part_len: u64,
    version: String,
    digest: Sha1,
    /// Requests so far.
    pub requests: u64,
}

impl<J: Copy> Canned<J> {
    /// A service for files of `len` bytes, of which each part but the last has `part_len`.
    ///
    /// # Panics
    /// When `part_len` is 0.
    pub fn new(len: u64, part_len: u64) -> Self {
        let parts = (0..len.div_ceil(part_len))
            .map(|at| part(at + 1, part_len.min(len - at * part_len)))
            .collect();
        Self {
            waiting: VecDeque::with_capacity(64),
            parts,
            part_len,
            version: version_of(FILE_NAME, len),
            digest: Sha1::parse(DIGEST_HEX).expect("a digest"),
            requests: 0,
        }
    }

    /// Takes an action of the job `job`.
    pub fn take(&mut self, job: J, action: &Action<'_>) {
        match action {
            Action::Send(request) => {
                self.requests += 1;
                self.waiting.push_back((job, request.id, self.answer(request)));
            }
            Action::Digest { id, .. } => self.waiting.push_back((job, *id, Answer::Digest)),
            Action::Hash { id, .. } | Action::HashJoined { id, .. } => {
                self.waiting.push_back((job, *id, Answer::Hash))
            }
            Action::Claim { id, .. } => self.waiting.push_back((job, *id, Answer::Claim)),
            Action::Abort(id) => self.waiting.retain(|(_, each, _)| each != id),
            Action::Fill { .. }
            | Action::Take { .. }
            | Action::Release(_)
            | Action::Shorten { .. } => {}
        }
    }

    fn answer(&self, request: &Request<'_>) -> Answer {
        match request.operation {
            "b2_get_upload_url" | "b2_get_upload_part_url" => Answer::Url,
            "b2_upload_part" => match request.body {
                Body::Range { offset, .. } => {
                    Answer::Part(usize::try_from(offset / self.part_len).unwrap_or(usize::MAX))
                }
                Body::Empty | Body::Json(_) | Body::Buffer { .. } | Body::Joined { .. } => {
                    Answer::Version
                }
            },
            "b2_download_file_by_id" | "b2_download_file_by_name" => Answer::Bytes,
            _ => Answer::Version,
        }
    }

    /// Whether the request to be answered next is a download, which must be accepted first.
    pub fn next_arrival(&self) -> Option<(J, ReqId)> {
        let (job, id, answer) = self.waiting.front()?;
        (*answer == Answer::Bytes).then_some((*job, *id))
    }

    /// Answers the request that has waited longest.
    pub fn reply(&mut self, tell: impl FnOnce(J, Input<'_>)) -> bool {
        let Some((job, id, answer)) = self.waiting.pop_front() else { return false };
        let body = match answer {
            Answer::Version => &self.version,
            Answer::Url => UPLOAD_URL,
            Answer::Part(at) => self.parts.get(at).map_or("", |body| body.as_str()),
            Answer::Bytes => {
                tell(job, Input::Stored { id });
                return true;
            }
            Answer::Hash => {
                let through = Some(self.digest);
                tell(job, Input::Hashed { id, digest: self.digest, through });
                return true;
            }
            Answer::Claim => {
                tell(job, Input::Claimed { id, granted: true });
                return true;
            }
            Answer::Digest => {
                tell(job, Input::Digested { id, digest: self.digest });
                return true;
            }
        };
        let reply = Reply { status: 200, headers: &NO_HEADERS, body: body.as_bytes() };
        let has_payload = matches!(answer, Answer::Part(_) | Answer::Version);
        let sent = has_payload.then_some(self.digest);
        tell(job, Input::Response { id, reply, sent });
        true
    }
}

/// Asserts that the machine wants the bytes of a download.
///
/// # Panics
/// When it does not.
pub fn assert_stores(accept: Accept) {
    assert!(matches!(accept, Accept::Store { .. }), "the machine refuses the download");
}
