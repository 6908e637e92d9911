//! What is done before a file goes up in parts: its source is read for the SHA-1s, and an
//! unfinished file to continue is looked for.

use super::options::{Continue, PutOptions, WholeSha1};
use super::reading::{ReadSource, Reading};
use crate::error::Error;
use crate::id::ReqId;
use crate::machine::event::Event;
use crate::machine::large::known::KnownPlan;
use crate::machine::resume::{Content, PartWanted, Resume, Resumed, Wanted};
use crate::machine::session::Session;
use crate::machine::upload::{Continued, Payload};
use crate::machine::{Action, Input, Machine as _};
use crate::op::file_spec::DescribeFile as _;
use crate::op::new_file::NewFile;
use crate::part_digests::PartDigests;
use crate::plan::parts::PartPlan;
use crate::time::{Deadline, Instant};
use crate::wire::text::Sha1;
use alloc::boxed::Box;
use alloc::vec::Vec;

/// Prepares the upload of a large file of known length.
#[derive(Debug)]
pub(super) struct Preparing {
    file: NewFile,
    payload: Payload,
    plan: PartPlan,
    resume: Continue,
    /// The SHA-1 of each part; none when they have not been read.
    digests: Vec<Sha1>,
    work: Work,
}

#[derive(Debug)]
enum Work {
    Reading(Reading),
    Searching(Box<Resume>),
    Ended(Option<Result<Resumed, Error>>),
}

/// All that is known before the first part is sent.
pub(super) struct Prepared {
    pub(super) file: NewFile,
    pub(super) payload: Payload,
    pub(super) plan: KnownPlan,
    pub(super) resumed: Resumed,
}

impl Preparing {
    pub(super) fn new(
        file: NewFile,
        payload: Payload,
        plan: PartPlan,
        options: &PutOptions,
    ) -> Self {
        let resume = options.resume.clone();
        let is_read = options.whole_sha1 == WholeSha1::ReadFirst && payload.can_reread;
        let work =
            if is_read { Work::Reading(Reading::new(payload, plan)) } else { Work::Ended(None) };
        let mut new = Self { file, payload, plan, resume, digests: Vec::new(), work };
        if !is_read {
            new.search();
        }
        new
    }

    /// All that is known, once it is.
    pub(super) fn take(&mut self) -> Option<Result<Prepared, Error>> {
        let Work::Ended(resumed) = &mut self.work else { return None };
        let resumed = match resumed.take()? {
            Ok(resumed) => resumed,
            Err(error) => return Some(Err(error)),
        };
        let digests = self.digests.iter().copied().map(Some).collect();
        let placeholder = NewFile::new("", "");
        Some(Ok(Prepared {
            file: core::mem::replace(&mut self.file, placeholder),
            payload: self.payload,
            plan: KnownPlan::new(self.plan, digests),
            resumed,
        }))
    }

    fn was_read(&mut self, read: ReadSource) {
        if self.payload.sha1.zip(read.whole).is_some_and(|(told, is)| told != is) {
            return self.end(Err(Error::invalid("the source has another SHA-1 than was told")));
        }
        self.digests = read.parts;
        self.payload.sha1 = read.whole;
        self.search();
    }

    /// Goes on with the search, now that all is known that will be.
    fn search(&mut self) {
        if let Some(sha1) = self.payload.sha1 {
            self.file.note_large_sha1(sha1);
        }
        let kept = PartDigests::of_plan(&self.plan, self.digests.clone());
        if let Some(value) = kept.and_then(|kept| kept.value_for(&self.file.spec())) {
            self.file.note_part_sha1s(value);
        }
        let file_id = match &self.resume {
            Continue::File(id) => Some(id.clone()),
            Continue::Auto if self.payload.can_reread => None,
            Continue::Auto | Continue::Never => {
                return self.end(Ok(Resumed::none(Continued::NotTried)));
            }
        };
        let wanted = Wanted {
            file: self.file.clone(),
            parts: self.parts_wanted(),
            source: self.payload.source,
            file_id,
        };
        self.work = Work::Searching(Box::new(Resume::new(wanted)));
    }

    fn parts_wanted(&self) -> Vec<PartWanted> {
        let mut digests = self.digests.iter();
        let offset = self.payload.offset;
        let wanted = self.plan.parts().map(|part| {
            let content = match digests.next() {
                Some(sha1) => Content::Known(*sha1),
                None => Content::At(offset + part.offset),
            };
            PartWanted { len: part.len, content }
        });
        wanted.collect()
    }

    fn end(&mut self, resumed: Result<Resumed, Error>) {
        self.work = Work::Ended(Some(resumed));
    }

    pub(super) fn decide(&mut self, cx: &mut Session, now: Instant) -> bool {
        let found = match &mut self.work {
            Work::Reading(reading) => return reading.decide(),
            Work::Searching(search) => {
                if search.decide(cx, now) {
                    return true;
                }
                search.resumed()
            }
            Work::Ended(_) => None,
        };
        if let Some(found) = found {
            self.end(found);
        }
        false
    }

    pub(super) fn action<'a>(&'a mut self, cx: &'a Session) -> Option<Action<'a>> {
        match &mut self.work {
            Work::Reading(reading) => reading.action(),
            Work::Searching(search) => search.action(cx),
            Work::Ended(_) => None,
        }
    }

    pub(super) fn handle_input(&mut self, cx: &mut Session, now: Instant, input: Input<'_>) {
        match &mut self.work {
            Work::Reading(reading) => match reading.handle(cx, &input) {
                Some(Ok(read)) => self.was_read(read),
                Some(Err(error)) => self.end(Err(error)),
                None => {}
            },
            Work::Searching(search) => search.handle_input(cx, now, input),
            Work::Ended(_) => {}
        }
    }

    pub(super) fn deadline(&self, cx: &Session) -> Option<Deadline> {
        match &self.work {
            Work::Searching(search) => search.poll_deadline(cx),
            Work::Reading(_) | Work::Ended(_) => None,
        }
    }

    pub(super) fn waits_for_login(&self, cx: &Session) -> bool {
        match &self.work {
            Work::Searching(search) => search.waits_for_login(cx),
            Work::Reading(_) | Work::Ended(_) => false,
        }
    }

    pub(super) fn poll_event(&mut self) -> Option<Event> {
        match &mut self.work {
            Work::Reading(reading) => reading.poll_event(),
            Work::Searching(search) => search.poll_event(),
            Work::Ended(_) => None,
        }
    }

    /// Gives up. What is in flight is aborted in the next drain, or is told here.
    pub(super) fn cancel(&mut self, now: Instant) -> Option<ReqId> {
        match &mut self.work {
            Work::Reading(reading) => {
                let reading = reading.abandon();
                self.end(Err(Error::cancelled()));
                reading
            }
            Work::Searching(search) => {
                search.cancel(now);
                None
            }
            Work::Ended(_) => {
                self.end(Err(Error::cancelled()));
                None
            }
        }
    }
}
