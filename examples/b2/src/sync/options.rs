//! From the words of the command line to the options of a sync.

use std::fs;

use b2_local::filter::Filters;
use b2_local::sync::Place;
use b2_proto::plan::sync::{self, DeleteLimit, Keep, Newer, Renames, TimeRange, Times};
use b2_tokio::SyncBuilder;

use super::provider;
use crate::args::{AgeBy, Compare, SyncArgs, Threads};
use crate::context::Context;
use crate::failure::Failure;

/// One number is for all, or each has its own, in the words of the reference.
pub(super) fn check_threads(threads: &Threads) -> Result<(), Failure> {
    if threads.threads.is_some() && threads.has_own() {
        let text = "ValueError: --threads cannot be used with other thread options";
        return Err(Failure::Line(text.to_owned()));
    }
    Ok(())
}

/// Ends that cannot be, in the words of the reference, before anything is asked of the service.
pub(super) fn check_ends(source: &Place, destination: &Place) -> Result<(), Failure> {
    let Place::Folder(folder) = source else { return Ok(()) };
    if matches!(destination, Place::Folder(_)) {
        let text = "ValueError: Sync between two local folders is not supported!";
        return Err(Failure::Line(text.to_owned()));
    }
    match fs::metadata(folder) {
        Ok(it) if !it.is_dir() => {
            Err(Failure::message(format_args!("{} is not a directory", folder.display())))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err(Failure::message(format_args!("no such folder: {}", folder.display())))
        }
        Ok(_) | Err(_) => Ok(()),
    }
}

/// The sync that was asked for.
pub(super) fn builder(
    context: &Context,
    args: &SyncArgs,
    source: Place,
    destination: Place,
) -> Result<SyncBuilder, Failure> {
    let filters = filters(args, &source)?;
    let is_up = matches!(source, Place::Folder(_));
    let provider = provider::of(args, &source, &destination)?;
    let mut sync = context
        .client()
        .sync(source, destination)
        .compare(compare(args))
        .if_newer(newer(args))
        .keep(keep(args))
        .delete_limit(args.removing.max_delete.map_or_else(DeleteLimit::default, |it| it.0))
        .filter(filters)
        .times(times(args))
        .provider(provider)
        .files_at_once(args.threads.count(is_up));
    let options = sync.options_mut();
    options.allow_empty_source = args.allow_empty_source;
    options.delete_excluded = args.removing.delete_excluded;
    options.as_of_ms = args.as_of.map(signed);
    options.renames = args.find_renames.then(Renames::default);
    if let Some(index) = &args.index {
        sync = sync.index(index);
    }
    if args.incremental_mode {
        sync = sync.incremental();
    }
    if args.by_blocks {
        sync = sync.by_blocks();
    }
    if args.exclude_all_symlinks {
        sync = sync.skip_symlinks();
    }
    Ok(if args.dry_run { sync.dry_run() } else { sync })
}

/// Which files take part, by their names.
pub(super) fn filters(args: &SyncArgs, source: &Place) -> Result<Filters, Failure> {
    let folder = match source {
        Place::Folder(folder) => Some(folder.as_path()),
        Place::Bucket { .. } => None,
    };
    args.choosing.names.filters(folder)
}

const fn compare(args: &SyncArgs) -> sync::Compare {
    let threshold_ms = args.compare_threshold;
    match args.compare_versions {
        // The same time with another size is another file, unlike in the reference.
        Compare::ModTime => sync::Compare::SizeAndModTime { threshold_ms },
        Compare::Size => sync::Compare::Size { threshold: threshold_ms },
        Compare::Sha1 => sync::Compare::Sha1 { threshold_ms },
        Compare::None => sync::Compare::Name,
    }
}

const fn newer(args: &SyncArgs) -> Newer {
    match (args.skip_newer, args.replace_newer) {
        (true, _) => Newer::Skip,
        (false, true) => Newer::Replace,
        (false, false) => Newer::Fail,
    }
}

const fn keep(args: &SyncArgs) -> Keep {
    let by = match args.removing.keep_days_by {
        AgeBy::Visibility => sync::AgeBy::Visibility,
        AgeBy::Mtime => sync::AgeBy::ModTime,
    };
    match args.removing.keep_days {
        _ if args.removing.delete => Keep::Newest,
        None | Some(0) => Keep::All,
        Some(ms) => Keep::Age { ms, by },
    }
}

pub(super) fn times(args: &SyncArgs) -> Times {
    let until = |ms: Option<u64>| TimeRange { from: None, to: ms.map(signed) };
    Times {
        modified_ms: until(args.choosing.exclude_if_modified_after),
        uploaded_ms: until(args.choosing.exclude_if_uploaded_after),
    }
}

pub(super) fn signed(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX)
}
