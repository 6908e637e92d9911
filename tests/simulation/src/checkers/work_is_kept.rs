//! S9: a life that goes on with an upload sends no part again that the service had when it began.

use crate::checkers::suffered::Suffered;

/// What there was when a job began again.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Kept {
    /// Parts of the file.
    pub(crate) parts: u64,
    /// Parts that the service had.
    pub(crate) stored: u64,
}

impl Kept {
    /// The job has ended well in this life.
    pub(crate) fn check(&self, suffered: &Suffered) {
        let sent = suffered.successes("b2_upload_part") + suffered.successes("b2_copy_part");
        let Self { parts, stored } = *self;
        assert!(sent + stored <= parts, "S9: {sent} of {parts} parts sent, {stored} were there");
    }
}
