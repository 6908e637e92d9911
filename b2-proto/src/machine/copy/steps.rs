//! What a copy does next, as more is known of its source.

use super::form::{self, Form};
use super::small::SmallCopy;
use super::{ASK_SLOT, FileCopy, Stage};
use crate::error::{Error, MESSAGE_LEN_MAX};
use crate::machine::resume::Resume;
use crate::machine::session::{Gate, Session};
use crate::machine::single::Single;
use crate::op::{CopyFile, GetFileInfo, Operation as _};
use crate::wire::text::{Text, parse_u64};
use alloc::boxed::Box;

impl FileCopy {
    /// Decides what to do next, as far as the session allows; whether something was decided.
    pub(super) fn choose(&mut self, cx: &mut Session) -> bool {
        if let Err(error) = self.target.check().and_then(|()| self.source.check()) {
            self.end(Err(error));
            return true;
        }
        let grant = match (cx.gate(), cx.grant()) {
            (Gate::Open(_), Some(grant)) => grant,
            (Gate::Closed, _) => {
                cx.note_no_login();
                self.end(Err(cx.take_error()));
                return true;
            }
            (Gate::Open(_) | Gate::Wait, _) => return false,
        };
        if let Err(error) = cx.check_needs(&self.target.needs()) {
            self.end(Err(error.in_operation(CopyFile::SPEC.name)));
            return true;
        }
        let continuing = self.continuing.as_ref();
        let form = form::decide(&self.source, &self.target, &self.options, continuing, grant);
        self.stage = match form {
            Ok(Form::Ask) => {
                let ask = GetFileInfo::new(self.source.file_id.clone());
                Stage::Asking(Box::new(Single::new(ask).in_slot(ASK_SLOT)))
            }
            Ok(Form::Small(request)) => {
                Stage::Small(Box::new(SmallCopy::new(request, self.source.clone())))
            }
            Ok(Form::Search(wanted)) => Stage::Searching(Box::new(Resume::new(wanted))),
            Ok(Form::Large(large)) => Stage::Large(Box::new(large)),
            Err(error) => Stage::Ended(Some(Err(error))),
        };
        true
    }

    /// One call does not take that much. Of a whole source the refusal tells the length; if it
    /// does not, it is asked for.
    pub(super) fn too_large(&mut self, error: Error) {
        if !self.source.is_open() || self.source.span().is_some() {
            // Its length was known, and the caller wants parts longer than the service takes.
            return self.end(Err(error));
        }
        match len_told(&error.message) {
            Some(len) => {
                self.source.learn_len(len);
                self.stage = Stage::Undecided;
            }
            None => {
                let ask = GetFileInfo::new(self.source.file_id.clone());
                self.stage = Stage::Asking(Box::new(Single::new(ask).in_slot(ASK_SLOT)));
            }
        }
    }
}

/// The length in the refusal of what is too large (`Copy source too big: 5000000001`).
fn len_told(message: &Text<MESSAGE_LEN_MAX>) -> Option<u64> {
    let (_, len) = message.as_str().rsplit_once(':')?;
    parse_u64(len.trim())
}
