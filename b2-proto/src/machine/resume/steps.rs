//! What a search does with an answer.

use super::asking::Answer;
use super::candidate::{Content, Fit, Mismatch, check};
use super::locked::Locked;
use super::part_list::PartList;
use super::{CANDIDATES_MAX, Found, PAGES_MAX, PART_PAGES_MAX, Resume, State};
use crate::error::{Error, ErrorKind};
use crate::machine::Input;
use crate::machine::session::Session;
use crate::model::{FileId, FileVersion, Part};
use crate::op::file_spec::DescribeFile as _;
use crate::time::Instant;
use alloc::vec::Vec;

/// The work of a search that is not a request.
const HASH: &str = "hash";

impl Resume {
    pub(super) fn answered(&mut self, cx: &Session, now: Instant, answer: Answer) {
        self.pages += 1;
        match answer {
            Answer::Files(Ok(files), has_more) => self.files_listed(cx, &files, has_more),
            Answer::Files(Err(error), _) if is_forbidden(&error) => self.end(Ok(Found::NotAllowed)),
            Answer::Files(Err(error), _)
                if self.wanted.file_id.is_some() && error.says_not_unfinished() =>
            {
                self.end(Err(not_there()));
            }
            Answer::Parts(Ok(parts), has_more) => self.parts_listed(&parts, has_more),
            // It was finished or cancelled meanwhile.
            Answer::Parts(Err(error), _) if error.says_not_unfinished() => {
                self.reject(Mismatch::Gone, &error.message);
            }
            Answer::Bucket(Ok(buckets)) => self.bucket_told(cx.service_ms_at(now), &buckets),
            Answer::Bucket(Err(error)) if is_forbidden(&error) => self.bucket_told(None, &[]),
            Answer::Files(Err(error), _)
            | Answer::Parts(Err(error), _)
            | Answer::Bucket(Err(error)) => self.end(Err(error)),
        }
    }

    fn files_listed(&mut self, cx: &Session, files: &[FileVersion], has_more: bool) {
        let len = self.wanted.parts.iter().map(|part| part.len).sum();
        let spec = self.wanted.file.spec();
        if let Some(id) = &self.wanted.file_id {
            let found = files.first().filter(|found| found.file_id == *id);
            let checked = found.map(|found| check(&spec, len, found));
            return match checked {
                Some(Ok(Fit::AsAsked | Fit::ButForLock)) => {
                    self.queue.push_back(id.clone());
                    self.next_candidate();
                }
                Some(Err(mismatch)) => self.end(Err(refused(&mismatch))),
                None => self.end(Err(not_there())),
            };
        }
        let checked: Vec<_> = files.iter().map(|found| (found, check(&spec, len, found))).collect();
        for (found, checked) in checked {
            match checked {
                Ok(Fit::AsAsked) if self.queue.len() < CANDIDATES_MAX => {
                    self.queue.push_back(found.file_id.clone());
                }
                Ok(Fit::ButForLock) if self.locked.len() < CANDIDATES_MAX => {
                    match Locked::of(found) {
                        Some(locked) => self.locked.push(locked),
                        None => self.skip(found.file_id.clone(), Mismatch::Retention),
                    }
                }
                // The listing is by the beginning of the name.
                Ok(Fit::AsAsked | Fit::ButForLock) | Err(Mismatch::Name) => {}
                Err(mismatch) => self.skip(found.file_id.clone(), mismatch),
            }
        }
        if has_more && self.pages < PAGES_MAX && self.queue.len() < CANDIDATES_MAX {
            return self.asking.go_on();
        }
        if !self.asks_bucket(cx) {
            self.next_candidate();
        }
    }

    /// Goes on with the next candidate, or with the best when all have been looked at.
    pub(super) fn next_candidate(&mut self) {
        self.list = PartList::default();
        self.is_claimed = false;
        if self.fitting.is_empty() && self.queue.len() == 1 {
            self.fitting.extend(self.queue.pop_front().map(|only| (0, only)));
        }
        if let Some(next) = self.queue.pop_front() {
            return self.examine(next);
        }
        let most = self.fitting.iter().map(|(parts, _)| *parts).max();
        match self.fitting.iter().position(|(parts, _)| Some(*parts) == most) {
            Some(best) => {
                self.current = Some(self.fitting.remove(best).1);
                self.state = State::Claiming { is_out: false };
            }
            None => self.end(Ok(Found::Nothing)),
        }
    }

    fn examine(&mut self, candidate: FileId) {
        self.asking = self.asking.parts(&candidate);
        self.pages = 0;
        self.current = Some(candidate);
        self.state = State::Asking;
    }

    pub(super) fn claimed(&mut self, input: &Input<'_>) {
        match (input, self.current.take()) {
            (Input::Claimed { granted: true, .. }, Some(candidate)) => {
                self.is_claimed = true;
                self.examine(candidate);
            }
            (_, candidate) => {
                self.current = candidate;
                self.reject(Mismatch::Busy, "another upload is sending parts of it");
            }
        }
    }

    fn parts_listed(&mut self, parts: &[Part], has_more: bool) {
        if let Err(mismatch) = self.list.take(&self.wanted.parts, parts) {
            return self.mismatched(&mismatch);
        }
        if has_more && self.pages < PART_PAGES_MAX {
            return self.asking.go_on();
        }
        self.compare();
    }

    /// Reads the next part that has not been read yet, or takes the candidate.
    fn compare(&mut self) {
        while let Some(index) = self.list.next_unread() {
            let Some(wanted) = self.wanted.parts.get(index) else { break };
            // Read for another candidate before.
            let Content::Known(sha1) = wanted.content else {
                self.state = State::Hashing { index, is_out: false };
                return;
            };
            if let Err(mismatch) = self.list.note_read(sha1) {
                return self.mismatched(&mismatch);
            }
        }
        self.fits();
    }

    pub(super) fn hashed(&mut self, cx: &mut Session, index: usize, input: &Input<'_>) {
        let Input::Hashed { digest, .. } = input else {
            cx.fault.set_input(HASH, input);
            return self.end(Err(cx.take_error()));
        };
        if let Some(part) = self.wanted.parts.get_mut(index) {
            part.content = Content::Known(*digest);
        }
        self.compare();
    }

    /// All parts of the candidate are right.
    fn fits(&mut self) {
        let Some(file_id) = self.current.take() else { return };
        if !self.is_claimed {
            self.fitting.push((self.list.done().len(), file_id));
            return self.next_candidate();
        }
        let mut digests: Vec<_> = self.wanted.parts.iter().map(|_| None).collect();
        for (index, sha1) in self.list.done() {
            if let Some(digest) = digests.get_mut(*index) {
                *digest = Some(*sha1);
            }
        }
        self.end(Ok(Found::Unfinished { file_id, digests }));
    }

    fn mismatched(&mut self, mismatch: &Mismatch) {
        match self.wanted.file_id {
            Some(_) => self.end(Err(refused(mismatch))),
            None => self.skip_current(*mismatch),
        }
    }

    fn skip_current(&mut self, mismatch: Mismatch) {
        if let Some(candidate) = self.current.take() {
            self.skip(candidate, mismatch);
        }
        self.next_candidate();
    }

    fn reject(&mut self, mismatch: Mismatch, why: &str) {
        match self.wanted.file_id {
            Some(_) => self.end(Err(cannot_continue(ErrorKind::Conflict, format_args!("{why}")))),
            None => self.skip_current(mismatch),
        }
    }
}

/// Whether an error says that the key may not do it.
const fn is_forbidden(error: &Error) -> bool {
    matches!(error.kind, ErrorKind::Unauthorized | ErrorKind::AccessDenied)
}

fn refused(mismatch: &Mismatch) -> Error {
    cannot_continue(ErrorKind::InvalidInput, format_args!("{mismatch}"))
}

fn not_there() -> Error {
    cannot_continue(ErrorKind::NotFound, format_args!("there is none of this name with this ID"))
}

fn cannot_continue(kind: ErrorKind, why: core::fmt::Arguments<'_>) -> Error {
    Error::with_message(kind, format_args!("the unfinished file cannot be continued: {why}"))
}
