//! What must hold of each answer (S7).

use crate::error::{Error, ErrorKind};
use crate::op::download::DownloadRef;
use crate::plan::Span;
use crate::wire::range::ByteRange;

/// The bytes of the job within the file.
pub(super) fn job_span(file: &DownloadRef, range: Option<ByteRange>) -> Result<Span, Error> {
    let Some(range) = range else {
        let whole = Span { offset: 0, len: file.len };
        return if file.span == whole { Ok(whole) } else { Err(other_bytes(file.span, whole)) };
    };
    let wanted = Span { offset: range.first, len: range.len() };
    // The service may serve fewer bytes than asked for when the file ends before; that is an
    // error here, because the caller would take the rest for granted.
    if file.span == wanted { Ok(wanted) } else { Err(other_bytes(file.span, wanted)) }
}

fn other_bytes(got: Span, wanted: Span) -> Error {
    let kind = if got.offset == wanted.offset && got.len < wanted.len {
        ErrorKind::RangeNotSatisfiable
    } else {
        ErrorKind::Protocol
    };
    Error::with_message(
        kind,
        format_args!(
            "asked for {} bytes from {}, the answer has {} from {}",
            wanted.len, wanted.offset, got.len, got.offset
        ),
    )
}

/// Checks a later answer against the first: the same version, the same length, the bytes asked for.
pub(super) fn same_file(
    file: &DownloadRef,
    pinned: Option<(&DownloadRef, Span)>,
    asked: Option<Span>,
) -> Result<(), Error> {
    let (Some((first, job)), Some(asked)) = (pinned, asked) else { return Ok(()) };
    if file.file_id != first.file_id || file.len != first.len {
        let message = "the file was replaced while it was downloaded";
        return Err(Error::new(ErrorKind::Conflict, message));
    }
    is_range(file, job, asked)
}

/// Checks that an answer has the bytes of the job that were asked for.
pub(in crate::machine) fn is_range(
    file: &DownloadRef,
    job: Span,
    asked: Span,
) -> Result<(), Error> {
    let wanted = Span { offset: job.offset.saturating_add(asked.offset), len: asked.len };
    if file.span == wanted { Ok(()) } else { Err(other_bytes(file.span, wanted)) }
}
