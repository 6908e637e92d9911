//! Requests as text in a buffer of fixed length.

use core::fmt::{self, Write};

use b2_proto::error::Error;
use b2_proto::machine::Request;
use b2_proto::wire::body::Body;
use b2_proto::wire::text::{Decimal, Plain};

use crate::start;

/// Longest request that is written; payloads count as one line.
const LEN_MAX: usize = 1024;

/// Text that grows to [`LEN_MAX`] bytes.
pub(crate) struct Transcript {
    bytes: [u8; LEN_MAX],
    len: usize,
}

impl Transcript {
    pub(crate) const fn new() -> Self {
        Self { bytes: [0; LEN_MAX], len: 0 }
    }

    /// Head and body of `request`: a line for the method and the URL, one for each header, and
    /// the body behind an empty line.
    pub(crate) fn write_request(&mut self, request: &Request<'_>) -> fmt::Result {
        self.len = 0;
        let head = &request.head;
        writeln!(self, "{} {}", Plain(head.method.as_str()), head.target)?;
        let mut result = Ok(());
        head.each_field(&mut |field| {
            if result.is_ok() {
                result = writeln!(self, "{}: {}", field.name, field.value);
            }
        });
        result?;
        writeln!(self, "Content-Length: {}\n", Decimal(request.body.content_len()))?;
        match request.body {
            Body::Json(text) => text.write_json(self),
            Body::Empty => Ok(()),
            Body::Range { .. } | Body::Buffer { .. } => write!(self, "{:?}", request.body),
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        let written = self.bytes.get(..self.len).unwrap_or_default();
        core::str::from_utf8(written).unwrap_or_default()
    }
}

impl Write for Transcript {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.len + text.len();
        let room = self.bytes.get_mut(self.len..end).ok_or(fmt::Error)?;
        room.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}

/// Prints `name` and `number` as a line for the script that compares budgets.
pub(crate) fn report(name: &str, number: usize) {
    let mut line = Transcript::new();
    if writeln!(line, "{} {}", Plain(name), Decimal(number as u64)).is_ok() {
        start::print(line.as_str(), false);
    }
}

/// Shows the request that was written and the one that was expected.
pub(crate) fn differs(written: &str, expected: &str) {
    for text in ["written:\n", written, "\nexpected:\n", expected, "\n"] {
        start::print(text, true);
    }
}

/// Shows why a job failed.
pub(crate) fn failed(error: &Error) {
    for text in [error.operation, ": ", error.message.as_str(), "\n"] {
        start::print(text, true);
    }
}
