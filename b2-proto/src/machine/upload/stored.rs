//! What the service says it has stored.

use super::{Content, State, Upload};
use crate::error::{Error, ErrorKind};
use crate::machine::session::Session;
use crate::machine::session::given::Given;
use crate::machine::upload::{Continued, Reused, Uploaded};
use crate::op::file_spec::DescribeFile;
use crate::op::receipt::{Receipt, sha1_of};
use crate::op::upload_file;
use crate::wire::json_read::Json;
use crate::wire::text::Sha1;

impl<F: DescribeFile, R: Receipt, B: Content> Upload<F, R, B> {
    /// The upload was answered with a success.
    pub(super) fn delivered(&mut self, cx: &mut Session, body: &[u8], sent: Option<Sha1>) {
        let may_be_duplicate = self.delivery.is_ambiguous();
        let sent = self.buffered.or(self.payload.sha1).or(sent);
        self.events.done(self.len(), 1);
        let file = R::read(body);
        let stored = match told_sha1(&mut cx.given, file.as_ref().ok(), body) {
            Ok(stored) => stored,
            Err(error) => return self.refuse(error),
        };
        let Some(sent) = sent else {
            return self.refuse(unproven());
        };
        if stored != sent {
            self.delivery.lose();
            return if self.new.note(body, (stored, sent), may_be_duplicate) {
                self.state = State::Deleting;
            } else {
                self.deleted(false);
            };
        }
        self.delivery.release(cx);
        match file {
            Ok(file) => self.end(Ok(Uploaded {
                file,
                sha1: Some(sent),
                continued: Continued::NotTried,
                reused: Reused::NotTried,
                may_be_duplicate,
            })),
            Err(error) => self.refuse(error),
        }
    }

    /// Whatever is wrong with the answer, the service says that it took something.
    fn refuse(&mut self, mut error: Error) {
        error.may_have_taken_effect = true;
        self.end(Err(error.in_operation(upload_file::SPEC.name)));
    }
}

/// The SHA-1 that was stored, as the answer to an upload tells it. Which version that is, is noted.
fn told_sha1<R: Receipt>(given: &mut Given, file: Option<&R>, body: &[u8]) -> Result<Sha1, Error> {
    // Every upload passes here: what was read already is not looked for again.
    #[cfg(feature = "alloc")]
    if let Some((id, sha1)) = file.and_then(R::stored) {
        given.note(id.as_bytes());
        return Ok(sha1);
    }
    #[cfg(not(feature = "alloc"))]
    let _ = file;
    stored_sha1(given, body)
}

/// The same from the answer itself, which may lack anything else.
// Apart, so that its temporaries do not stay on the stack of a small device.
#[inline(never)]
fn stored_sha1(given: &mut Given, body: &[u8]) -> Result<Sha1, Error> {
    // Both in one walk.
    let [stored, id] = Json::pick(body, &["contentSha1", "fileId"])?;
    given.note_id(id);
    sha1_of(stored).ok_or_else(no_sha1)
}

pub(crate) fn no_sha1() -> Error {
    Error::new(ErrorKind::Protocol, "the answer has no SHA-1")
}

/// Nothing proves that what is stored is what was to be sent.
// Apart, so that its temporaries do not stay on the stack of a small device.
#[inline(never)]
pub(crate) fn unproven() -> Error {
    Error::new(ErrorKind::Protocol, "it was answered before all of it was sent")
}
