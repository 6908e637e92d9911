//! `--explain`: whether a file takes part, and which rule decides.

use std::path::Path;

use b2_local::filter::Filters;
use b2_local::safe_name::{Platform, check};
use b2_local::sync::Place;
use b2_local::walk::{Entry, LookAhead, SkipReason, Symlinks, Walk, WalkOptions};
use b2_proto::name::Hexed;
use b2_proto::plan::sync::{Entry as _, EntryKind, PathFilter, Remote, Times};

use super::options::{filters, signed, times};
use crate::args::SyncArgs;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::table::moment;

/// Rows a call asks for: the versions of one name.
const PAGE_LEN: u32 = 100;

/// Says whether the file at a path of the source takes part, and why. First its name decides, then
/// what the folder or the bucket has there; nothing is compared.
pub(super) async fn run(
    context: &Context,
    args: &SyncArgs,
    (source, destination): (&Place, &Place),
    path: &str,
) -> Result<(), Failure> {
    let path = relative(path, args, source);
    let mut filters = filters(args, source)?;
    let by_name = filters.explain(path);
    if by_name.is_excluded {
        return context.out.result(by_name);
    }
    let why_not = match source {
        Place::Folder(root) => in_folder(root, path, args, filters)?,
        Place::Bucket { bucket, prefix } => {
            let unsafe_name = match destination {
                Place::Folder(_) => check(Platform::HERE, path).err(),
                Place::Bucket { .. } => None,
            };
            match unsafe_name {
                Some(why) => Some(format!("it cannot be stored in a folder: {why}")),
                None => in_bucket(context, args, (bucket, prefix), path).await?,
            }
        }
    };
    match why_not {
        Some(why) => context.out.result(format_args!("{} is left out: {why}", Hexed(path))),
        None => context.out.result(by_name),
    }
}

/// The path as it is in the source; whoever asks may have written the source in front of it.
fn relative<'a>(path: &'a str, args: &SyncArgs, source: &Place) -> &'a str {
    let without_source = match source {
        Place::Folder(root) if root.join(plain(path)).exists() => None,
        Place::Folder(root) => {
            let has = |path: &str| root.join(path).exists();
            let is_meant = |rest: &&str| has(rest) || !has(first(plain(path)));
            within(plain(path), plain(&args.source)).filter(is_meant)
        }
        Place::Bucket { .. } => within(path, &args.source),
    };
    without_source.unwrap_or_else(|| plain(path))
}

/// A path without what says nothing at its start.
fn plain(path: &str) -> &str {
    path.trim_start_matches("./").trim_start_matches('/')
}

/// The first piece of a path.
fn first(path: &str) -> &str {
    path.split('/').next().unwrap_or(path)
}

/// The rest of a path in a place.
fn within<'a>(path: &'a str, place: &str) -> Option<&'a str> {
    let rest = path.strip_prefix(place.trim_end_matches('/'))?;
    rest.starts_with('/').then(|| plain(rest))
}

/// What is said of a name that the source has not got.
const fn absent(args: &SyncArgs) -> &'static str {
    match (args.removing.delete, args.removing.keep_days) {
        (true, _) => "there is no such file, so --delete removes what the destination has of it",
        (false, Some(1..)) => {
            "there is no such file, so what the destination has of it is hidden, and removed in \
             the end"
        }
        (false, Some(0) | None) => "there is no such file",
    }
}

/// Why what the folder has at a path takes no part: the sync's own walk says so, of this path.
fn in_folder(
    root: &Path,
    path: &str,
    args: &SyncArgs,
    filters: Filters,
) -> Result<Option<String>, Failure> {
    let symlinks = if args.exclude_all_symlinks { Symlinks::Skip } else { Symlinks::Follow };
    let options = WalkOptions { symlinks, look_ahead: LookAhead::Never, ..WalkOptions::default() };
    for entry in Walk::filtered(root, options, OnTheWay { path, filters })? {
        match entry {
            Entry::File(file) if file.name == path => {
                let is_in = times(args).modified_ms.contains(signed(file.modified_ms));
                return Ok((!is_in).then(|| modified(file.modified_ms)));
            }
            Entry::Skipped(it) if covers(&it.name, path) => {
                let at = it.name.trim_end_matches('/');
                let what =
                    if at == path { "it".to_owned() } else { format!("the folder {}", Hexed(at)) };
                return Ok(Some(format!(
                    "{what} {}{}",
                    Hexed(&it.reason.to_string()),
                    rest(&it.reason)
                )));
            }
            // The others come in the order of their names.
            Entry::File(file) if file.name.as_str() > path => break,
            Entry::File(_) | Entry::Skipped(_) => {}
        }
    }
    if root.join(path).is_dir() {
        return Ok(Some("it is a folder".to_owned()));
    }
    let kept =
        |why| format!("no folder can have it: {why}; what the destination has of it is kept");
    Ok(Some(check(Platform::HERE, path).map_or_else(kept, |()| absent(args).to_owned())))
}

/// What follows of why something was skipped.
const fn rest(reason: &SkipReason) -> &'static str {
    if matches!(reason, SkipReason::Link) {
        ", and they are skipped"
    } else if reason.hides_files() {
        "; what the destination has there is kept"
    } else {
        ""
    }
}

/// Why what the bucket has of a name takes no part.
async fn in_bucket(
    context: &Context,
    args: &SyncArgs,
    (bucket, prefix): (&str, &str),
    path: &str,
) -> Result<Option<String>, Failure> {
    let bucket = context.bucket(bucket).await?;
    let name = format!("{prefix}{path}");
    let list = bucket.versions_options().prefix(name.as_str()).page_len(PAGE_LEN);
    let (mut rows, times) = (bucket.list_versions(list), times(args));
    let (mut why_not, mut is_out_of_times) = (absent(args).to_owned(), false);
    while let Some(row) = rows.try_next().await? {
        let Some(version) = row.into_file().filter(|it| it.file_name == name) else { break };
        let uploaded_ms = version.upload_timestamp_ms;
        let Some(version) = Remote::below(prefix, version) else { break };
        if version.kind() == EntryKind::Unfinished {
            "it is not finished".clone_into(&mut why_not);
        } else if args.as_of.is_some_and(|ms| uploaded_ms > ms) {
            why_not = format!("it was uploaded at {}, after --as-of", moment(uploaded_ms));
        } else if version.kind() == EntryKind::Manifest {
            let why = "it is a manifest of blocks, which belongs to the file beside it";
            return Ok(Some(why.to_owned()));
        } else if !times.contain(&version) {
            why_not = out_of_times(&version, uploaded_ms, &times);
            is_out_of_times = true;
        } else if version.kind() == EntryKind::HideMarker {
            let is_there = is_out_of_times;
            return Ok(Some(if is_there { why_not } else { "it is hidden".to_owned() }));
        } else {
            return Ok(None);
        }
    }
    Ok(Some(why_not))
}

fn out_of_times(version: &Remote, uploaded_ms: u64, times: &Times) -> String {
    if times.modified_ms.contains(version.modified_ms()) {
        let when = moment(uploaded_ms);
        return format!("it was uploaded at {when}, after --exclude-if-uploaded-after");
    }
    modified(u64::try_from(version.modified_ms()).unwrap_or_default())
}

fn modified(ms: u64) -> String {
    format!("it was modified at {}, after --exclude-if-modified-after", moment(ms))
}

/// Whether something at `place` is a path or a folder it is in.
fn covers(place: &str, path: &str) -> bool {
    let rest = path.strip_prefix(place.trim_end_matches('/'));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Lets a walk into the folders that a path is in, as far as the rules of names do.
struct OnTheWay<'a> {
    path: &'a str,
    filters: Filters,
}

impl PathFilter for OnTheWay<'_> {
    fn excludes_folder(&mut self, folder: &str) -> bool {
        folder == self.path || !covers(folder, self.path)
    }

    fn excludes_file(&mut self, path: &str) -> bool {
        path != self.path
    }

    fn unjudged(&mut self, path: &str) -> Option<String> {
        self.filters.unjudged(path)
    }
}
