//! What people read about a sync (behaviour f.9, spec 7.2 and 7.3).

use b2_local::safe_name::{Platform, check};
use b2_local::sync::{Action, Item, Place, Reason, Report};
use b2_proto::name::Hexed;
use b2_proto::plan::sync::{Entry as _, HeldBack, Work};

/// Said first when another sync is at the same destination.
pub(super) const CONTESTED: &str = "another sync to the same destination is under way; both go on, \
     and with --delete each removes what its own source has not";

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
            let why = match check(Platform::HERE, item.path()) {
                Err(error) => error.to_string(),
                Ok(()) => "the name cannot be a path here".to_owned(),
            };
            format!("{} is not downloaded: {why}", Hexed(item.path()))
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
        HeldBack::Limit => "too many names would vanish",
    }
}

fn named(place: &Place, path: &str) -> String {
    let scheme = if matches!(place, Place::Folder(_)) { "local" } else { "b2" };
    Hexed(&format!("{scheme}://{path}")).to_string()
}
