//! Plans of files, as `--dry-run` shows them.

use b2_proto::plan::synthesis::{Origin, Part, Plan, PlannedPart, Summary};

use crate::context::Context;
use crate::failure::Failure;

/// Parts in a row that are made alike.
struct Run {
    first: u32,
    last: u32,
    from: u64,
    to: u64,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Sent,
    Copied,
    /// Sent, and so many bytes of it are fetched.
    Joined(u64),
}

impl Kind {
    fn of(part: &PlannedPart<'_>) -> Self {
        let remote = part.pieces().iter().filter(|piece| piece.origin == Origin::Remote);
        match part {
            Part::Copy(_) => Self::Copied,
            Part::Send(_) | Part::Join(_) => match remote.map(|piece| piece.len).sum() {
                0 => Self::Sent,
                fetched => Self::Joined(fetched),
            },
        }
    }
}

/// Prints the parts: which bytes of the new file they are, and how they get there.
pub(super) fn parts(context: &Context, plan: &Plan) -> Result<(), Failure> {
    let mut open: Option<Run> = None;
    let mut from = 0;
    for (number, part) in (1..).zip(plan.parts()) {
        let (to, kind) = (from + part.len(), Kind::of(&part));
        match &mut open {
            Some(run) if run.kind == kind && !matches!(kind, Kind::Joined(_)) => {
                (run.last, run.to) = (number, to);
            }
            open => {
                let run = Run { first: number, last: number, from, to, kind };
                open.replace(run).map_or(Ok(()), |done| show(context, &done))?;
            }
        }
        from = to;
    }
    open.map_or(Ok(()), |last| show(context, &last))
}

fn show(context: &Context, run: &Run) -> Result<(), Failure> {
    let Run { first, last, from, to, kind } = *run;
    let numbers =
        if first == last { format!("part {first}") } else { format!("parts {first} to {last}") };
    let how = match kind {
        Kind::Sent => "sent".to_owned(),
        Kind::Copied => "copied".to_owned(),
        Kind::Joined(fetched) => format!("sent, {fetched} of them fetched"),
    };
    context.out.result(format_args!("{numbers}: {} bytes from {from} on, {how}", to - from))
}

/// What a plan moves, and the calls it takes.
pub(super) const fn bytes(summary: &Summary) -> [(&'static str, u64); 4] {
    [
        ("parts", summary.parts as u64),
        ("bytes sent", summary.bytes_sent),
        ("bytes fetched", summary.bytes_fetched),
        ("bytes copied", summary.bytes_copied),
    ]
}

/// What of the copied bytes is compared with local ones.
pub(super) const fn compared(summary: &Summary) -> [(&'static str, u64); 2] {
    [
        ("of these compared with local data", summary.bytes_verified),
        ("of these local as well and not compared", summary.bytes_unverified),
    ]
}

/// The calls it takes, by class.
pub(super) const fn calls(summary: &Summary) -> [(&'static str, u64); 3] {
    [
        ("calls of class A", summary.class_a),
        ("calls of class B", summary.class_b),
        ("calls of class C", summary.class_c),
    ]
}

/// Prints lines of figures.
pub(super) fn figures(context: &Context, lines: &[(&str, u64)]) -> Result<(), Failure> {
    lines.iter().try_for_each(|(what, count)| context.out.result(format_args!("{what}: {count}")))
}
