//! Whether a local file is what the service has, with more behind it (behaviour b.7).
//!
//! Then only the rest has to be sent, beside a copy of what is there. The beginning is read to
//! find out, and if it is the same the rest too, for the SHA-1 of the whole is kept with the new
//! version.

use crate::error::Error;
use crate::id::ReqId;
use crate::machine::event::{Event, Events, Phase};
use crate::machine::login::LOGIN_SLOT;
use crate::machine::session::Session;
use crate::machine::upload::Payload;
pub use crate::machine::upload::Reason;
use crate::machine::{Action, Input, Machine};
use crate::model::{EncryptionMode, FileVersion};
use crate::time::{Deadline, Instant};
use crate::wire::text::Sha1;
use alloc::vec::Vec;

/// Apart from the slots of what comes before and after it in a larger job.
const SLOT: u16 = LOGIN_SLOT - 8;

/// What is compared.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The newest version at the service, if there is one.
    pub remote: Option<FileVersion>,
    /// The local file, which can be read at any offset, with its length.
    pub payload: Payload,
    /// The lengths of the pieces in which it is read, whose SHA-1s are wanted. One of them has to
    /// end where the version does. Without them it is read as what the version has and the rest.
    pub pieces: Vec<u64>,
    /// A version must have so many bytes to be copied, as parts must.
    pub part_len_min: u64,
    /// Whether the caller has the customer key of the version, if it is encrypted with one.
    pub has_customer_key: bool,
}

/// How the local file can be uploaded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Appended {
    /// The service has its first `remote_len` bytes; at least one more is to be sent.
    Rest {
        /// Bytes to copy.
        remote_len: u64,
        /// The SHA-1 of the local file.
        whole: Sha1,
        /// The SHA-1 of each piece.
        pieces: Vec<Sha1>,
    },
    /// The service has all of it. One copy does, without a part of no bytes (defect P2).
    Unchanged {
        /// The SHA-1 of both.
        whole: Sha1,
    },
    /// It has to be sent whole.
    All {
        /// Why.
        reason: Reason,
    },
}

/// Finds out whether a local file has only grown.
///
/// ```
/// use b2_proto::id::SourceId;
/// use b2_proto::machine::append::{Append, Comparison};
/// use b2_proto::machine::upload::Payload;
///
/// let job = Append::new(Comparison {
///     remote: None,
///     payload: Payload::seekable(SourceId(0), 12_000_000),
///     pieces: Vec::new(),
///     part_len_min: 5_000_000,
///     has_customer_key: false,
/// });
/// # let _ = job;
/// ```
#[derive(Debug)]
pub struct Append {
    comparison: Comparison,
    state: State,
    /// The SHA-1 of each piece that has been read, and where the next begins.
    digests: Vec<Sha1>,
    offset: u64,
    /// The SHA-1 of as many bytes as the version has, and of all.
    beginning: Option<Sha1>,
    whole: Option<Sha1>,
    id: ReqId,
    is_out: bool,
    events: Events,
    outcome: Option<Result<Appended, Error>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Unchecked,
    Reading {
        remote_len: u64,
        /// What the version has.
        expected: Sha1,
    },
    Aborting,
    Ended,
}

impl Append {
    /// A job that reads the local file as far as it has to.
    pub fn new(comparison: Comparison) -> Self {
        Self {
            comparison,
            state: State::Unchecked,
            digests: Vec::new(),
            offset: 0,
            beginning: None,
            whole: None,
            id: ReqId { slot: SLOT, generation: 0 },
            is_out: false,
            events: Events::default(),
            outcome: None,
        }
    }

    /// What can be said without reading the local file.
    fn check(&self) -> Result<(u64, Sha1), Reason> {
        let comparison = &self.comparison;
        let remote = comparison.remote.as_ref().filter(|remote| remote.is_finished());
        let remote = remote.ok_or(Reason::NoVersion)?;
        let remote_len = remote.content_length;
        // A version of no bytes is nothing to copy.
        if remote_len < comparison.part_len_min.max(1) {
            return Err(Reason::TooShort);
        }
        if self.len() < remote_len {
            return Err(Reason::Shrunk);
        }
        let sha1 = remote.whole_sha1().ok_or(Reason::NoSha1)?;
        let mode = remote.server_side_encryption.as_ref().and_then(|it| it.mode.as_ref());
        if mode == Some(&EncryptionMode::SseC) && !comparison.has_customer_key {
            return Err(Reason::NoCustomerKey);
        }
        Ok((remote_len, sha1))
    }

    fn len(&self) -> u64 {
        self.comparison.payload.len.unwrap_or(0)
    }

    fn begin(&mut self) {
        match self.check() {
            Ok((remote_len, expected)) => {
                let len = self.len();
                if self.comparison.pieces.is_empty() {
                    self.comparison.pieces = [remote_len, len - remote_len].to_vec();
                }
                self.comparison.pieces.retain(|piece| *piece > 0);
                let count = self.comparison.pieces.len() as u64;
                self.events = Events::of_parts(Some(len), Some(count));
                self.events.update(|progress| progress.phase = Phase::Reading);
                self.state = State::Reading { remote_len, expected };
            }
            Err(reason) => self.end(Ok(Appended::All { reason })),
        }
    }

    /// What is to be read next: a piece, or once more what no driver has told on the way.
    fn range(&self) -> Option<(u64, u64)> {
        let State::Reading { remote_len, .. } = self.state else { return None };
        if self.offset >= remote_len && self.beginning.is_none() {
            return Some((0, remote_len));
        }
        if let Some(piece) = self.comparison.pieces.get(self.digests.len()) {
            return Some((self.offset, *piece));
        }
        self.whole.is_none().then_some((0, self.len()))
    }

    /// Whether what is read from `begin` on is the next piece, and not read once more.
    fn is_piece(&self, begin: u64) -> bool {
        begin == self.offset && self.digests.len() < self.comparison.pieces.len()
    }

    fn end(&mut self, outcome: Result<Appended, Error>) {
        self.outcome = Some(outcome);
        self.state = State::Ended;
    }

    fn read(&mut self, digest: Sha1, through: Option<Sha1>) {
        let (State::Reading { remote_len, expected }, Some((begin, len))) =
            (self.state, self.range())
        else {
            return;
        };
        let mut so_far = (begin == 0).then_some(digest);
        if self.is_piece(begin) {
            self.digests.push(digest);
            self.offset += len;
            // It counts from the start of the source.
            let through = through.filter(|_| self.comparison.payload.offset == 0);
            so_far = so_far.or(through);
        }
        if begin + len == remote_len {
            self.beginning = so_far;
        }
        if begin + len == self.len() {
            self.whole = so_far;
        }
        self.events.done(self.offset, self.digests.len() as u64);
        if self.beginning.is_some_and(|beginning| beginning != expected) {
            // Whoever sends all of it cuts it in other places and reads it for that.
            self.end(Ok(Appended::All { reason: Reason::Changed }));
        } else if self.range().is_none()
            && let Some(whole) = self.whole
        {
            let pieces = core::mem::take(&mut self.digests);
            self.end(Ok(match remote_len == self.len() {
                true => Appended::Unchanged { whole },
                false => Appended::Rest { remote_len, whole, pieces },
            }));
        }
    }
}

impl Machine for Append {
    type Output = Appended;

    fn decide(&mut self, _cx: &mut Session, _now: Instant) -> bool {
        if self.state == State::Unchecked {
            self.begin();
        }
        self.state == State::Aborting || !self.is_out && self.range().is_some()
    }

    fn action<'a>(&'a mut self, _cx: &'a Session) -> Option<Action<'a>> {
        if self.state == State::Aborting {
            self.end(Err(Error::cancelled()));
            return Some(Action::Abort(self.id));
        }
        let (begin, len) = self.range()?;
        self.is_out = true;
        self.id.generation = self.id.generation.wrapping_add(1);
        let Payload { source, offset, .. } = self.comparison.payload;
        Some(Action::Hash { id: self.id, source, offset: offset + begin, len })
    }

    fn handle_input(&mut self, cx: &mut Session, _now: Instant, input: Input<'_>) {
        if !self.is_out || input.id() != self.id {
            return;
        }
        if let (Input::Moved { bytes, .. }, Some((begin, len))) = (&input, self.range())
            && self.is_piece(begin)
        {
            return self.events.done(begin + (*bytes).min(len), self.digests.len() as u64);
        }
        if !input.is_final() {
            return;
        }
        self.is_out = false;
        if self.state == State::Aborting {
            return self.end(Err(Error::cancelled()));
        }
        if let Input::Hashed { digest, through, .. } = input {
            return self.read(digest, through);
        }
        cx.fault.set_input("", &input);
        self.end(Err(cx.take_error()));
    }

    fn poll_deadline(&self, _cx: &Session) -> Option<Deadline> {
        None
    }

    fn waits_for_login(&self, _cx: &Session) -> bool {
        false
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.events.poll()
    }

    fn cancel(&mut self, _now: Instant) {
        if self.is_out {
            self.state = State::Aborting;
        } else if self.state != State::Ended {
            self.end(Err(Error::cancelled()));
        }
    }

    fn outcome(&mut self) -> Option<Result<Appended, Error>> {
        self.outcome.take()
    }
}
