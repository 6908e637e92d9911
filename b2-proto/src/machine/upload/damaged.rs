//! A version that was stored with other bytes than were sent.
//!
//! It has the right name, and mostly the right length, so whoever compares only these would take
//! it for the file. It is deleted, if that can be done; what the upload gives is an error either
//! way, which says what became of it.

use crate::error::{Error, ErrorKind};
use crate::machine::call::Call;
use crate::machine::session::lease::ID_LEN_MAX;
use crate::op::Operation as _;
use crate::op::Spec;
use crate::op::delete_file_version::DeleteFileVersion;
use crate::op::file_spec::DescribeFile;
use crate::op::receipt::FileRef;
use crate::op::upload_file;
use crate::wire::body::WriteJson;
use crate::wire::json_read::Json;
use crate::wire::text::{Sha1, Text};
use core::fmt;

/// What is fixed about the deletion.
pub(super) const DELETE: &Spec = &DeleteFileVersion::<&str, FileRef>::SPEC;

/// The file, and the version of it that is not to stay.
#[derive(Debug)]
pub(super) struct Damaged<F> {
    pub(super) file: F,
    id: Text<ID_LEN_MAX>,
    stored: Sha1,
    sent: Sha1,
    /// Another attempt, whose answer was lost, may have stored the file.
    may_have_another: bool,
}

impl<F: DescribeFile> Damaged<F> {
    /// None yet.
    pub(super) const fn none(file: F) -> Self {
        let nothing = Sha1([0; 20]);
        Self { file, id: Text::new(), stored: nothing, sent: nothing, may_have_another: false }
    }

    /// Notes the version in the answer to an upload; whether it can be told for sure which it
    /// is. An answer about another name is not about this upload, so nothing of it is deleted.
    pub(super) fn note(
        &mut self,
        body: &[u8],
        (stored, sent): (Sha1, Sha1),
        may_have_another: bool,
    ) -> bool {
        self.stored = stored;
        self.sent = sent;
        self.may_have_another = may_have_another;
        let Ok([Some(id), Some(name)]) = Json::pick(body, &["fileId", "fileName"]) else {
            return false;
        };
        name.is_str(self.file.spec().name) && id.write_text(&mut self.id.append()).is_ok()
    }

    /// The outcome of the upload.
    pub(super) fn error(&self, is_removed: bool) -> Error {
        let Self { id, stored, sent, .. } = self;
        let message = if is_removed {
            format_args!("stored with SHA-1 {stored} instead of {sent}, and so deleted again")
        } else {
            format_args!("version {id} has SHA-1 {stored} instead of {sent}; it may still be there")
        };
        let mut error = Error::with_message(ErrorKind::Corrupted, message);
        error.may_have_taken_effect = !is_removed || self.may_have_another;
        error.in_operation(upload_file::SPEC.name)
    }
}

/// The body of the deletion.
impl<F: DescribeFile> WriteJson for Damaged<F> {
    fn write_json(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        DeleteFileVersion::<_, FileRef>::new(self.id.as_str(), self.file.spec().name)
            .write_json(out)
    }
}

/// A call that uses the request slot `slot`.
pub(super) const fn call(slot: u16) -> Call {
    Call::new(DELETE, slot)
}
