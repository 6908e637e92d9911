//! One unfinished file after the other.

use super::list::{Fate, LeftoverList, UnfinishedFile};
use super::{CANCEL_SLOT, FILES_MAX, Leftovers, PART_PAGES_MAX, PARTS_SLOT, Work};
use crate::error::{Error, ErrorKind};
use crate::machine::paging::Listing;
use crate::machine::single::Single;
use crate::machine::{Action, Input, Machine as _};
use crate::model::FileVersion;
use crate::op::{CancelLargeFile, ListParts};
use alloc::boxed::Box;
use alloc::string::String;

impl Leftovers {
    pub(super) fn end(&mut self, outcome: Result<LeftoverList, Error>) {
        self.work = Work::Ended;
        self.outcome = Some(outcome);
    }

    /// Takes what a call gave that has ended; whether there is something new to do.
    pub(super) fn advance(&mut self) -> bool {
        match core::mem::replace(&mut self.work, Work::Ended) {
            Work::Files => match self.files.take() {
                None => self.work = Work::Files,
                Some(Err(error)) => self.end(Err(error)),
                Some(Ok(rows)) => {
                    let before = self.options.started_before_ms;
                    let is_meant =
                        |it: &FileVersion| before.is_none_or(|ms| it.upload_timestamp_ms < ms);
                    self.queue.extend(rows.into_iter().filter(is_meant));
                    self.next_file();
                    return true;
                }
            },
            Work::Parts { listing, leftover, pages } => {
                return self.advance_parts(listing, leftover, pages);
            }
            Work::Cancel { mut call, mut leftover } => match call.outcome() {
                None => self.work = Work::Cancel { call, leftover },
                Some(result) => {
                    self.last_cancel = Some(call);
                    match result {
                        Err(error) if error.says_not_unfinished() => {}
                        Err(error) if error.kind == ErrorKind::Cancelled => {
                            self.end(Err(error));
                            return true;
                        }
                        result => {
                            leftover.fate = match result {
                                Ok(_) => Fate::Cancelled,
                                Err(error) => Fate::Failed(error),
                            };
                            self.found.files.push(*leftover);
                        }
                    }
                    self.next_file();
                    return true;
                }
            },
            other @ (Work::Claim { .. } | Work::Aborting | Work::Ended) => self.work = other,
        }
        false
    }

    fn advance_parts(
        &mut self,
        mut listing: Box<Listing<ListParts<String>>>,
        mut leftover: Box<UnfinishedFile>,
        pages: u32,
    ) -> bool {
        match listing.take() {
            None => {
                self.work = Work::Parts { listing, leftover, pages };
                return false;
            }
            Some(Ok(parts)) => {
                let parts = parts.iter();
                leftover.parts =
                    leftover.parts.saturating_add(u32::try_from(parts.len()).unwrap_or(u32::MAX));
                leftover.bytes += parts.map(|part| part.content_length).sum::<u64>();
                if listing.has_more() && pages + 1 < PART_PAGES_MAX {
                    listing.go_on();
                    self.work = Work::Parts { listing, leftover, pages: pages + 1 };
                    return true;
                }
                self.last_parts = Some(listing);
                self.listed(leftover);
            }
            Some(Err(error)) if error.says_not_unfinished() => {
                self.last_parts = Some(listing);
                self.next_file();
            }
            Some(Err(error)) if matches!(error.kind, ErrorKind::Cancelled | ErrorKind::Limit) => {
                self.end(Err(error));
            }
            // What was done with the others before is told all the same.
            Some(Err(error)) => {
                leftover.fate = Fate::Failed(error);
                self.found.files.push(*leftover);
                self.leave_the_rest();
            }
        }
        true
    }

    /// All that a file holds is known.
    fn listed(&mut self, leftover: Box<UnfinishedFile>) {
        if !self.options.cancels {
            self.found.files.push(*leftover);
            return self.next_file();
        }
        self.work = Work::Claim { is_out: false, leftover };
    }

    pub(super) fn claim_next(&mut self) -> Option<Action<'_>> {
        let Work::Claim { is_out, leftover } = &mut self.work else { return None };
        *is_out = true;
        self.claim.generation = self.claim.generation.wrapping_add(1);
        Some(Action::Claim { id: self.claim, file: leftover.file.file_id.as_str() })
    }

    /// Whether somebody else is at a file is known.
    pub(super) fn claimed(&mut self, input: &Input<'_>) {
        if !matches!(self.work, Work::Claim { is_out: true, .. }) {
            return;
        }
        let work = core::mem::replace(&mut self.work, Work::Ended);
        let Work::Claim { mut leftover, .. } = work else { return };
        if matches!(input, Input::Claimed { granted: true, .. }) {
            return self.cancel_file(leftover);
        }
        leftover.fate = Fate::InUse;
        self.found.files.push(*leftover);
        self.next_file();
    }

    fn cancel_file(&mut self, leftover: Box<UnfinishedFile>) {
        let cancel = CancelLargeFile::new(String::from(leftover.file.file_id.as_str()));
        let mut call = Single::new(cancel).in_slot(CANCEL_SLOT);
        if let Some(last) = &self.last_cancel {
            call = call.following(last);
        }
        self.work = Work::Cancel { call: Box::new(call), leftover };
    }

    fn next_file(&mut self) {
        if self.found.files.len() >= FILES_MAX {
            return self.leave_the_rest();
        }
        let Some(file) = self.queue.pop_front() else {
            if self.files.has_more() {
                self.files.go_on();
                self.work = Work::Files;
                return;
            }
            return self.done();
        };
        let list = ListParts::new(String::from(file.file_id.as_str()));
        let mut listing = Listing::new(list, PARTS_SLOT);
        if let Some(last) = &self.last_parts {
            listing = listing.following(last);
        }
        let leftover = Box::new(UnfinishedFile::new(file));
        self.work = Work::Parts { listing: Box::new(listing), leftover, pages: 0 };
    }

    fn leave_the_rest(&mut self) {
        self.found.has_more = !self.queue.is_empty() || self.files.has_more();
        self.queue.clear();
        self.done();
    }

    /// Whether something is to be handed out that is no request.
    pub(super) const fn has_local_work(&self) -> bool {
        matches!(self.work, Work::Claim { is_out: false, .. } | Work::Aborting)
    }

    fn done(&mut self) {
        let found = core::mem::take(&mut self.found);
        self.end(Ok(found));
    }
}
