//! What people read about a sync (behaviour f.9, spec 7.2 and 7.3).

use b2_local::safe_name::{Platform, UnsafeName, check};
use b2_local::sync::{Action, Item, Place, Reason, Report, Side};
use b2_local::walk::{SkipReason, Skipped};
use b2_proto::error::{Error, ErrorKind};
use b2_proto::model::EncryptionMode;
use b2_proto::name::Hexed;
use b2_proto::plan::sync::{Entry as _, HeldBack, Work};

use crate::output::one_line;

/// Said first when another sync is at the same destination.
pub(super) const CONTESTED: &str = "another sync to the same destination is under way; both go on, \
     and with --delete each removes what its own source has not";

/// What the service says of a customer key that is missing or does not fit.
const WITHOUT_KEY: &str = "The object was stored using a form of Server Side Encryption. The \
     correct parameters must be provided to retrieve the object.";

/// Whether something in a folder may be, or have in it, what the other side has or lacks.
pub(super) const fn hides_files(side: Side, skipped: &Skipped) -> bool {
    let is_nobodys = matches!(side, Side::Destination) && skipped.reason.is_of_no_bucket();
    skipped.reason.hides_files() && !is_nobodys
}

/// Something in a folder that takes no part, in the words of the reference where it has some.
pub(super) fn skipped(skipped: &Skipped) -> String {
    let path = skipped.path.to_string_lossy();
    let path = one_line(&path);
    let reason = &skipped.reason;
    if let SkipReason::Unreadable(why) = reason {
        format!("{path} could not be accessed (no permissions to read?): {}", Hexed(why))
    } else if let SkipReason::Name(why) = reason {
        format!("{path} path contains invalid name ({why}). Skipping.")
    } else if *reason == SkipReason::BrokenLink {
        format!("{path} could not be accessed (broken symlink?)")
    } else if *reason == SkipReason::LinkLoop {
        format!("{path} is a circular symlink, which was already visited. Skipping.")
    } else {
        format!("{path} {reason}")
    }
}

/// The last line of what the reference prints on standard error when the service, or what stands
/// for it here, refuses a file: scripts look for it.
pub(super) fn exception(action: &Action, error: &Error) -> Option<String> {
    let source = match &action.work {
        Work::Transfer { source: Item::Remote(source), .. } => Some(source),
        Work::Transfer { .. } | Work::Rename { .. } | Work::Hide(_) | Work::Delete { .. } => None,
    };
    // Seen here before anything is sent.
    let encryption = source.and_then(|it| it.version.server_side_encryption.as_ref());
    let needs_key = encryption.is_some_and(|it| it.mode == Some(EncryptionMode::SseC));
    let words = if error.kind == ErrorKind::BadRequest {
        format!("{} ({})", error.message, error.code)
    } else if error.kind == ErrorKind::InvalidInput && needs_key {
        format!("{WITHOUT_KEY} (bad_request)")
    } else {
        return None;
    };
    Some(format!("b2sdk._internal.exception.BadRequest: {words}"))
}

/// How an action is called in a line about its failure.
pub(super) fn attempt(action: &Action, destination: &Place) -> String {
    let target = |path: &str| match destination {
        Place::Bucket { prefix, .. } => format!("{prefix}{path}"),
        Place::Folder(root) => root.join(path).display().to_string(),
    };
    match &action.work {
        Work::Transfer { source: Item::Local(it), .. } => {
            format!("b2_upload({}, {}, {})", it.path.display(), target(&it.name), it.modified_ms)
        }
        Work::Transfer { source: Item::Remote(it), .. } => {
            let (name, id, ms) = (it.name(), &it.version.file_id, it.modified_ms());
            let what = if matches!(destination, Place::Folder(_)) { "download" } else { "copy" };
            format!("b2_{what}({name}, {id}, {}, {ms})", target(it.path()))
        }
        Work::Rename { source, origin } => {
            let (to, ms) = (target(source.path()), source.modified_ms());
            match origin {
                Item::Remote(it) => {
                    format!("b2_copy({}, {}, {to}, {ms})", it.name(), it.version.file_id)
                }
                Item::Local(it) => format!("b2_copy({}, {to}, {ms})", it.name),
            }
        }
        Work::Hide(entry) => format!("b2_hide({})", target(entry.path())),
        Work::Delete { entry: Item::Remote(it), why } => {
            format!("b2_delete({}, {}, {})", it.name(), it.version.file_id, why.note())
        }
        Work::Delete { entry: Item::Local(it), .. } => {
            format!("local_delete({})", it.path.display())
        }
    }
}

/// Why the plan leaves a file or a removal.
pub(super) fn left(
    report: &Report,
    reason: Option<&Reason>,
    (source, destination): (&Place, &Place),
) -> String {
    let because = |or: &str| reason.map_or_else(|| or.to_owned(), ToString::to_string);
    match report {
        Report::DestinationNewer { source: item, destination_ms } => format!(
            "source file is older than destination: {} with a time of {} cannot be synced to {} \
             with a time of {destination_ms}, unless a valid newer_file_mode is provided \
             (--skip-newer or --replace-newer)",
            named(source, item.path()),
            item.modified_ms(),
            named(destination, item.path()),
        ),
        Report::NotCompared(item) => {
            let why = because("its SHA-1 could not be computed");
            format!("{} is not compared: {}", Hexed(item.path()), Hexed(&why))
        }
        Report::UnsafeName { source: item, .. } => {
            let path = Hexed(item.path());
            match check(Platform::HERE, item.path()) {
                Err(UnsafeName::Relative) => format!(
                    "File names containing relative path components are not supported: {path}"
                ),
                Err(error) => format!("{path} is not downloaded: {error}"),
                Ok(()) => format!("{path} is not downloaded: the name cannot be a path here"),
            }
        }
        Report::DestinationUnknown(item) => {
            let why = because("nobody could look at its place");
            let is_down = matches!(destination, Place::Folder(_));
            let copied = if is_down { "downloaded" } else { "copied" };
            format!("{} is not {copied}: {}", Hexed(item.path()), Hexed(&why))
        }
        Report::HeldBack { entry, why } => {
            format!("{} is kept: {}", Hexed(entry.path()), kept(*why))
        }
    }
}

const fn kept(why: HeldBack) -> &'static str {
    match why {
        HeldBack::SourceUnknown => "nobody could look whether the source has it",
        HeldBack::NameNotLocal => "no local file can have its name",
        HeldBack::FileFailed => "its file came to nothing",
        HeldBack::Manifest => "the source has a manifest of blocks in its place",
        HeldBack::OlderUnknown => "its older versions could not be listed",
        HeldBack::Limit => "too many names would vanish",
        HeldBack::NoRoom => "too many names vanish for one run; the next one goes on",
    }
}

fn named(place: &Place, path: &str) -> String {
    let scheme = if matches!(place, Place::Folder(_)) { "local" } else { "b2" };
    Hexed(&format!("{scheme}://{path}")).to_string()
}
