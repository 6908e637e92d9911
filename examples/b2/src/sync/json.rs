//! The events of a sync as JSON; `EVENTS.md` has their schema.

use b2_local::sync::{Action, Ending, Event, Item, Place, Report, Side, Summary};
use b2_proto::error::Error;
use b2_proto::plan::sync::{Entry as _, HeldBack, Totals, Why, Work};
use b2_proto::policy::meter::Meter;
use serde_json::{Value, json};

use super::lines;

/// Raised when a field changes its meaning; new fields and events do not raise it.
pub(super) const VERSION: u32 = 1;

/// One event.
pub(super) fn event(event: &Event, destination: &Place) -> Value {
    let is_down = matches!(destination, Place::Folder(_));
    let action = |event: &str, it: &Action| action(event, it, is_down);
    match event {
        Event::Begun { id, path, len } => {
            json!({"event": "begun", "id": id, "path": path, "bytes": len})
        }
        Event::Done(it) => action("done", it),
        Event::Failed(it, why) => with(action("failed", it), "error", error(why)),
        Event::Undone(it) => action("undone", it),
        Event::Left(report, reason) => {
            let mut left = left(report);
            if let Some(reason) = reason {
                left = with(left, "detail", json!(reason.to_string()));
            }
            left
        }
        Event::Skipped(at, it) => json!({
            "event": "skipped", "side": side(*at), "path": it.name,
            "reason": it.reason.to_string(), "hidesFiles": lines::hides_files(*at, it),
        }),
        Event::Unlisted(at, why) => {
            json!({"event": "unlisted", "side": side(*at), "error": error(why)})
        }
        Event::Planned(it) => with(totals(it), "event", json!("planned")),
        Event::Again { names } => json!({"event": "again", "names": names}),
        Event::Notice(text) => json!({"event": "notice", "text": text}),
        Event::Contested => json!({"event": "contested"}),
        Event::Index(note) => json!({"event": "index", "note": note.to_string()}),
    }
}

fn action(event: &str, action: &Action, is_down: bool) -> Value {
    let (what, why) = match &action.work {
        Work::Transfer { source: Item::Local(_), .. } => ("upload", None),
        Work::Transfer { source: Item::Remote(_), .. } if is_down => ("download", None),
        Work::Transfer { source: Item::Remote(_), .. } => ("copy", None),
        Work::Rename { .. } => ("rename", None),
        Work::Hide(_) => ("hide", None),
        Work::Delete { why, .. } => ("delete", Some(*why)),
    };
    let mut value = json!({
        "event": event, "id": action.id, "action": what, "path": action.path(),
        "bytes": action.content_len(),
    });
    if let Work::Transfer { is_new, .. } = &action.work {
        value = with(value, "isNew", json!(is_new));
    }
    if let Work::Rename { origin, .. } = &action.work {
        value = with(value, "from", json!(origin.path()));
    }
    if let Some(why) = why {
        let why = match why {
            Why::Vanished => "vanished",
            Why::Old => "old",
            Why::HideMarker => "hideMarker",
        };
        value = with(value, "why", json!(why));
    }
    value
}

fn left(report: &Report) -> Value {
    let (path, why) = match report {
        Report::DestinationNewer { source, .. } => (source.path(), "destinationNewer"),
        Report::NotCompared(source) => (source.path(), "notCompared"),
        Report::UnsafeName { source, .. } => (source.path(), "unsafeName"),
        Report::DestinationUnknown(source) => (source.path(), "destinationUnknown"),
        Report::HeldBack { entry, why } => {
            let why = match why {
                HeldBack::SourceUnknown => "keptSourceUnknown",
                HeldBack::NameNotLocal => "keptNameNotLocal",
                HeldBack::FileFailed => "keptFileFailed",
                HeldBack::Manifest => "keptManifest",
                HeldBack::OlderUnknown => "keptOlderUnknown",
                HeldBack::Limit => "keptLimit",
                HeldBack::NoRoom => "keptNoRoom",
            };
            (entry.path(), why)
        }
    };
    json!({"event": "left", "path": path, "why": why})
}

fn error(error: &Error) -> Value {
    json!({
        "kind": format!("{:?}", error.kind), "code": error.code.to_string(),
        "status": error.status, "message": error.message.to_string(),
        "attempts": error.attempts, "mayHaveTakenEffect": error.may_have_taken_effect,
    })
}

const fn side(side: Side) -> &'static str {
    match side {
        Side::Source => "source",
        Side::Destination => "destination",
    }
}

fn totals(it: &Totals) -> Value {
    json!({
        "sourceFiles": it.source_files, "destinationFiles": it.destination_files,
        "same": it.same, "transfers": it.transfers, "transferBytes": it.transfer_bytes,
        "renames": it.renames, "hides": it.hides, "deletes": it.deletes,
        "vanishing": it.vanishing, "skippedNewer": it.skipped_newer, "leftOut": it.left_out,
        "protected": it.protected, "failed": it.failed, "heldBack": it.held_back,
        "unknown": it.unknown,
    })
}

/// The last line when something stops all of it.
pub(super) fn stopped(why: &Error) -> Value {
    json!({"event": "stopped", "error": error(why)})
}

/// The last line when somebody breaks it off before it could end by itself.
pub(super) fn interrupted() -> Value {
    json!({"event": "interrupted"})
}

/// The last line; `has_warned` of something that is in no summary.
pub(super) fn summary(it: &Summary, has_warned: bool, meter: &Meter) -> Value {
    let is_complete = it.is_complete() && !has_warned;
    let ending = match it.ending {
        Ending::Complete => "complete",
        Ending::EmptySource => "emptySource",
        Ending::TooManyDeletes { .. } => "tooManyDeletes",
        Ending::GivenUp(_) => "givenUp",
        Ending::Stopped => "stopped",
        Ending::OutOfOrder => "outOfOrder",
    };
    let event = if it.ending == Ending::Stopped { "interrupted" } else { "summary" };
    json!({
        "event": event, "version": VERSION, "ending": ending, "isComplete": is_complete,
        "planned": totals(&it.planned), "transferred": it.transferred,
        "transferredBytes": it.transferred_bytes, "renamed": it.renamed, "hidden": it.hidden,
        "deleted": it.deleted, "failed": it.failed, "undone": it.undone,
        "notBegun": it.not_begun, "brokenOff": it.broken_off, "skipped": it.skipped,
        "transactions": {"classA": meter.class_a, "classB": meter.class_b,
            "classC": meter.class_c, "retries": meter.retries},
        "bytesUp": meter.bytes_up, "bytesDown": meter.bytes_down,
    })
}

fn with(mut value: Value, key: &str, entry: Value) -> Value {
    if let Some(object) = value.as_object_mut() {
        object.insert(key.to_owned(), entry);
    }
    value
}
