//! S15: a source that changes while it is read is noticed, and the outcome says so.

use std::collections::BTreeSet;

use b2_proto::error::{Cause, Error, ErrorKind};
use b2_proto::machine::engine::AnyOutput;

use crate::exchange::End;
use crate::who::Who;

/// The jobs whose source has changed under the driver's eyes.
#[derive(Debug, Default)]
pub(crate) struct Changes(BTreeSet<Who>);

impl Changes {
    pub(crate) fn settled(&mut self, who: Who, end: End) {
        if end == End::Broken(Cause::SourceChanged) {
            self.0.insert(who);
        }
    }

    /// A job has ended. An attempt of before whose answer was lost may turn out to have had the
    /// source as it was.
    pub(crate) fn ended(&self, who: Who, outcome: &Result<AnyOutput, Error>, has_lost: bool) {
        if self.0.contains(&who) && !(has_lost && outcome.is_ok()) {
            let kind = outcome.as_ref().err().map(|error| error.kind);
            let is_told = matches!(kind, Some(ErrorKind::Source | ErrorKind::Cancelled));
            assert!(is_told, "S15: the source of {who:?} has changed, but it ends with {kind:?}");
        }
    }
}
