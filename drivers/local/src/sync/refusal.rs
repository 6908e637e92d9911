//! What the failure of an action means for the run.

use b2_proto::error::{ApiCode, Error, ErrorKind};
use b2_proto::plan::sync::Work;

use super::event::Action;

/// Whether what happened to one file will happen to all.
pub(super) const fn is_of_all(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::Network
            | ErrorKind::Unavailable
            | ErrorKind::TooManyRequests
            | ErrorKind::CapExceeded
            | ErrorKind::BadKey
    )
}

/// Whether somebody else has removed meanwhile what was to be removed. That the bucket is gone, or
/// is not this key's any more, is something else.
pub(super) const fn is_as_wanted(action: &Action, error: &Error) -> bool {
    let is_gone = matches!(error.code, ApiCode::NoSuchFile | ApiCode::FileNotPresent);
    match &action.work {
        Work::Delete { .. } => is_gone,
        Work::Hide(_) => is_gone || matches!(error.code, ApiCode::AlreadyHidden),
        Work::Transfer { .. } | Work::Rename { .. } => false,
    }
}
