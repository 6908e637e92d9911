//! Requests as text, compared while they are written; and what is told at the end.

use core::fmt::{self, Write};

use b2_proto::error::Error;
use b2_proto::machine::Request;
use b2_proto::wire::body::Body;
use b2_proto::wire::text::{Decimal, Plain};

use crate::start;

/// Compares what is written with what is expected; fails at the first difference.
struct Expected(&'static str);

impl Write for Expected {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 = self.0.strip_prefix(text).ok_or(fmt::Error)?;
        Ok(())
    }
}

/// Whether head and body of `request` are as `expected`: a line for the method and the URL, one
/// for each header, and the body behind an empty line. A payload counts as one line.
pub(crate) fn is_as(request: &Request<'_>, expected: &'static str) -> bool {
    let mut rest = Expected(expected);
    if compare(request, &mut rest).is_ok() && rest.0.is_empty() {
        return true;
    }
    print_all(&["another request: ", request.operation, " differs from\n", rest.0, "\n"]);
    false
}

fn compare(request: &Request<'_>, out: &mut Expected) -> fmt::Result {
    let head = &request.head;
    writeln!(out, "{} {}", Plain(head.method.as_str()), head.target)?;
    let mut result = Ok(());
    head.each_field(&mut |field| {
        if result.is_ok() {
            result = writeln!(out, "{}: {}", field.name, field.value);
        }
    });
    result?;
    writeln!(out, "Content-Length: {}\n", Decimal(request.body.content_len()))?;
    match request.body {
        Body::Json(text) => text.write_json(out),
        Body::Empty => Ok(()),
        Body::Range { .. } | Body::Buffer { .. } | Body::Joined { .. } => {
            write!(out, "{:?}", request.body)
        }
    }
}

/// Standard output.
struct Out;

impl Write for Out {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        start::print(text, false);
        Ok(())
    }
}

/// Prints `name` and `number` as a line for the script that compares budgets.
pub(crate) fn report(name: &str, number: usize) {
    // Printing does not fail.
    let _ = writeln!(Out, "{} {}", Plain(name), Decimal(number as u64));
}

/// Shows why a job failed.
pub(crate) fn failed(error: &Error) {
    print_all(&[error.operation, ": ", error.message.as_str(), "\n"]);
}

fn print_all(texts: &[&str]) {
    for text in texts {
        start::print(text, true);
    }
}
