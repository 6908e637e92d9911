//! Whether a local file is what the service has, with more behind it (behaviour b.7).
//!
//! Then only the rest has to be sent, beside a copy of what is there. The beginning is read to
//! find out, and the rest too, for the SHA-1 of the whole is kept with the new version.

use crate::error::Error;
use crate::id::{ReqId, SourceId};
use crate::machine::session::Session;
use crate::machine::{Action, Input, Machine};
use crate::model::{EncryptionMode, FileVersion};
use crate::time::{Deadline, Instant};
use crate::wire::text::Sha1;

/// What is compared.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The newest version at the service, if there is one.
    pub remote: Option<FileVersion>,
    /// The local file, which can be read at any offset.
    pub source: SourceId,
    /// Its length in bytes.
    pub len: u64,
    /// A version must have so many bytes to be copied, as parts must.
    pub part_len_min: u64,
    /// Whether the caller has the customer key of the version, if it is encrypted with one.
    pub has_customer_key: bool,
}

/// How the local file can be uploaded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Appended {
    /// The service has its first `remote_len` bytes; at least one more is to be sent.
    Rest {
        /// Bytes to copy.
        remote_len: u64,
        /// The SHA-1 of the local file.
        whole: Sha1,
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
        /// The SHA-1 of the local file, if it has been read.
        whole: Option<Sha1>,
    },
}

/// Why a file has to be sent whole. Checked in this order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Reason {
    /// There is no version at the service, or what is there hides the file.
    NoVersion,
    /// The version is shorter than a part may be.
    TooShort,
    /// The local file is shorter than the version.
    Shrunk,
    /// Nobody knows the SHA-1 of the version.
    NoSha1,
    /// The version is encrypted with a customer key that the caller does not give (defect U5).
    NoCustomerKey,
    /// The local file begins with something else.
    Changed,
}

/// Finds out whether a local file has only grown.
///
/// ```
/// use b2_proto::id::SourceId;
/// use b2_proto::machine::append::{Append, Comparison};
///
/// let job = Append::new(Comparison {
///     remote: None,
///     source: SourceId(0),
///     len: 12_000_000,
///     part_len_min: 5_000_000,
///     has_customer_key: false,
/// });
/// # let _ = job;
/// ```
#[derive(Debug)]
pub struct Append {
    comparison: Comparison,
    state: State,
    id: ReqId,
    is_out: bool,
    outcome: Option<Result<Appended, Error>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Unchecked,
    /// Reading as many bytes as the version has, which should have this SHA-1.
    Beginning {
        remote_len: u64,
        expected: Sha1,
    },
    /// Reading what follows, for the SHA-1 of the whole.
    Rest {
        remote_len: u64,
        is_same: bool,
    },
    /// Reading everything, where no driver has told that on the way.
    Whole {
        remote_len: u64,
        is_same: bool,
    },
    Aborting,
    Ended,
}

impl Append {
    /// A job that reads the local file as far as it has to.
    pub const fn new(comparison: Comparison) -> Self {
        Self {
            comparison,
            state: State::Unchecked,
            id: ReqId { slot: 0, generation: 0 },
            is_out: false,
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
        if comparison.len < remote_len {
            return Err(Reason::Shrunk);
        }
        let sha1 = remote.whole_sha1().ok_or(Reason::NoSha1)?;
        let mode = remote.server_side_encryption.as_ref().and_then(|it| it.mode.as_ref());
        if mode == Some(&EncryptionMode::SseC) && !comparison.has_customer_key {
            return Err(Reason::NoCustomerKey);
        }
        Ok((remote_len, sha1))
    }

    fn range(&self) -> Option<(u64, u64)> {
        match self.state {
            State::Beginning { remote_len, .. } => Some((0, remote_len)),
            State::Rest { remote_len, .. } => Some((remote_len, self.comparison.len - remote_len)),
            State::Whole { .. } => Some((0, self.comparison.len)),
            State::Unchecked | State::Aborting | State::Ended => None,
        }
    }

    fn end(&mut self, outcome: Result<Appended, Error>) {
        self.outcome = Some(outcome);
        self.state = State::Ended;
    }

    fn read(&mut self, digest: Sha1, through: Option<Sha1>) {
        match self.state {
            State::Beginning { remote_len, expected } => {
                let is_same = digest == expected;
                if remote_len == self.comparison.len {
                    self.know(remote_len, is_same, digest);
                } else {
                    self.state = State::Rest { remote_len, is_same };
                }
            }
            State::Rest { remote_len, is_same } => match through {
                Some(whole) => self.know(remote_len, is_same, whole),
                None => self.state = State::Whole { remote_len, is_same },
            },
            State::Whole { remote_len, is_same } => self.know(remote_len, is_same, digest),
            State::Unchecked | State::Aborting | State::Ended => {}
        }
    }

    fn know(&mut self, remote_len: u64, is_same: bool, whole: Sha1) {
        self.end(Ok(match is_same {
            false => Appended::All { reason: Reason::Changed, whole: Some(whole) },
            true if remote_len == self.comparison.len => Appended::Unchanged { whole },
            true => Appended::Rest { remote_len, whole },
        }));
    }
}

impl Machine for Append {
    type Output = Appended;

    fn decide(&mut self, _cx: &mut Session, _now: Instant) -> bool {
        if self.state == State::Unchecked {
            match self.check() {
                Ok((remote_len, expected)) => {
                    self.state = State::Beginning { remote_len, expected };
                }
                Err(reason) => self.end(Ok(Appended::All { reason, whole: None })),
            }
        }
        self.state == State::Aborting || !self.is_out && self.range().is_some()
    }

    fn action<'a>(&'a mut self, _cx: &'a Session) -> Option<Action<'a>> {
        if self.state == State::Aborting {
            self.end(Err(Error::cancelled()));
            return Some(Action::Abort(self.id));
        }
        let (offset, len) = self.range()?;
        self.is_out = true;
        self.id.generation = self.id.generation.wrapping_add(1);
        Some(Action::Hash { id: self.id, source: self.comparison.source, offset, len })
    }

    fn handle_input(&mut self, cx: &mut Session, _now: Instant, input: Input<'_>) {
        if !self.is_out || input.id() != self.id || !input.is_final() {
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
