//! The lines of `sync.jsonl`.

use b2_local::filter::{Filters, Regexes};
use b2_proto::name::check_create;
use b2_proto::plan::sync::{
    Action, AgeBy, Compare, DeleteLimit, Direction, Entry as _, EntryKind, Keep, Newer, Options,
    PathFilter as _, Report, Times, UploadMode, Work,
};
use serde_json::{Value, json};

use crate::Outcome;
use crate::item::{Item, Told, plan};

const HIDDEN: &str = "a hidden destination is no file (S4)";

/// Compares our plan with that of the reference.
pub(crate) fn check(case: &Value) -> Outcome {
    let error = case["error"]["type"].as_str();
    let (options, filters) = match asked(case) {
        Ok(asked) => asked,
        Err(_) if error == Some("InvalidArgument") => return Outcome::Met,
        Err(why) => return Outcome::Wrong(format!("refused: {why}")),
    };
    if error == Some("InvalidArgument") {
        return Outcome::Wrong("taken, but refused by the reference".to_owned());
    }
    let mut skipped = Vec::new();
    let source = side(&case["src"], "src", &mut skipped);
    let destination = side(&case["dst"], "dst", &mut skipped).into_iter();
    let destination = destination.filter_map(|told| match told {
        Told::Item(item) => Some(item),
        Told::Unknown(_) => None,
    });
    let destination: Vec<Item> = destination.collect();
    let mut excluded = filters.clone();
    let source_names = visible(&source, &mut excluded, &options.times);
    let planned = plan(options, filters, source, destination.clone());
    if let Err(why) = waits(&planned.actions) {
        return Outcome::Wrong(why);
    }
    let wanted_skips = case.get("skipped").and_then(Value::as_array).cloned().unwrap_or_default();
    if json!(skipped) != json!(wanted_skips) {
        return Outcome::Wrong(format!("skipped {skipped:?}, not {wanted_skips:?}"));
    }
    let (got, wanted) = both(case, &planned.actions, options.direction, &destination);
    match error {
        Some("DestFileNewer") => {
            let is_told = |report: &Report<Item, Item>| {
                matches!(report, Report::DestinationNewer { source, .. }
                    if stop_of(case, &source.path))
            };
            match planned.reports.iter().any(is_told) {
                _ if !got.starts_with(&wanted) => Outcome::Wrong(format!("{got:?} not {wanted:?}")),
                true => Outcome::Differs("a newer destination is that file's outcome (S16)"),
                false if has_defect(case, "S4") => {
                    let is_whole = |it: &Hidden<'_>| it.is_filled(&got);
                    hidden(&source_names, &destination, options.keep, is_whole)
                }
                false => Outcome::Wrong("the newer destination is not told".to_owned()),
            }
        }
        Some("UnsupportedFilename") if got.starts_with(&wanted) => {
            Outcome::Differs("an unsafe name is that file's outcome (S13, S16)")
        }
        None if got == wanted => {
            let totals = json!([planned.totals.actions(), planned.totals.transfer_bytes]);
            match totals == case["totals"] {
                true => Outcome::Met,
                false => Outcome::Wrong(format!("totals {totals}, not {}", case["totals"])),
            }
        }
        None if has_defect(case, "S4") => {
            let is_whole = |it: &Hidden<'_>| it.is_filled(&got) && it.others_agree(&got, &wanted);
            hidden(&source_names, &destination, options.keep, is_whole)
        }
        None if without_bases(&got, &wanted) == wanted => {
            Outcome::Differs("there is nothing to extend under a hide marker (S4)")
        }
        None if has_defect(case, "S6") && differs_only_within(&got, &wanted, &mut excluded) => {
            Outcome::Differs("all folders on the way count (S6)")
        }
        _ => Outcome::Wrong(format!("{error:?}\n{got:?}\nnot\n{wanted:?}\n{}", case["opt"])),
    }
}

/// Our actions and those of the reference, in the same order.
fn both(
    case: &Value,
    actions: &[Action<Item, Item>],
    direction: Direction,
    destination: &[Item],
) -> (Vec<Value>, Vec<Value>) {
    let order = |id: &str| destination.iter().position(|it| it.id == id).unwrap_or_default();
    let prefix = case["dst"]["prefix"].as_str().unwrap_or_default();
    let got = actions.iter().map(|action| written(action, direction, prefix)).collect();
    let wanted = case["actions"].as_array().expect("actions").clone();
    (sorted(got, order), sorted(wanted, order))
}

/// Names of the source's files that take part.
fn visible(source: &[Told], filters: &mut Filters, times: &Times) -> Vec<String> {
    let mut names = Vec::new();
    let mut before = None;
    for told in source {
        let Told::Item(item) = told else { continue };
        let counts = item.kind() != EntryKind::Unfinished && times.contain(item);
        if !counts || before == Some(&item.path) {
            continue;
        }
        before = Some(&item.path);
        let mut folders = item.path.match_indices('/').map(|(at, _)| &item.path[..at]);
        let is_out = folders.any(|folder| filters.excludes_folder(folder))
            || filters.excludes_file(&item.path);
        if item.kind() == EntryKind::File && !is_out {
            names.push(item.path.clone());
        }
    }
    names
}

/// Files of the source that the destination has hidden: ours are transferred as new ones.
struct Hidden<'a> {
    /// Their names, with how many versions there are.
    names: Vec<(&'a str, usize)>,
    keep: Keep,
}

impl Hidden<'_> {
    /// Whether each is transferred once, and its versions go as after any transfer.
    fn is_filled(&self, got: &[Value]) -> bool {
        self.names.iter().all(|(name, versions)| {
            let of_name = got.iter().filter(|it| it["path"] == *name);
            let (removals, transfers): (Vec<_>, Vec<_>) =
                of_name.partition(|it| it["do"] == "delete");
            let may_go = match self.keep {
                keep if keep.keeps_all() => 0..=0,
                Keep::All => 0..=0,
                Keep::Newest => *versions..=*versions,
                Keep::Days { .. } | Keep::Age { .. } => 0..=*versions,
            };
            let is_transfer = |it: &&&Value| it["do"] == "upload" || it["do"] == "copy";
            transfers.len() == 1
                && transfers.iter().all(|it| is_transfer(&it))
                && may_go.contains(&removals.len())
        })
    }

    /// Whether all else is as the reference has it.
    fn others_agree(&self, got: &[Value], wanted: &[Value]) -> bool {
        let is_other = |it: &&Value| self.names.iter().all(|(name, _)| it["path"] != *name);
        got.iter().filter(is_other).eq(wanted.iter().filter(is_other))
    }
}

/// Judges a line about files that are hidden at the destination.
fn hidden(
    source: &[String],
    destination: &[Item],
    keep: Keep,
    is_so: impl Fn(&Hidden<'_>) -> bool,
) -> Outcome {
    let all = || destination.iter().filter(|it| it.kind() != EntryKind::Unfinished);
    let of_name = |name: &str| all().filter(|it| it.path == name).count();
    let is_hidden = |name: &&String| {
        let newest = all().find(|it| it.path == **name);
        newest.is_some_and(|it| it.kind() == EntryKind::HideMarker)
    };
    let names = source.iter().filter(is_hidden).map(|name| (name.as_str(), of_name(name)));
    let hidden = Hidden { names: names.collect(), keep };
    match !hidden.names.is_empty() && is_so(&hidden) {
        true => Outcome::Differs(HIDDEN),
        false => Outcome::Wrong("a hidden destination is not as if nothing were there".to_owned()),
    }
}

/// Whether ours are those of the reference, but for what is in folders that are left out: that is
/// not transferred, and counts as absent.
fn differs_only_within(got: &[Value], wanted: &[Value], filters: &mut Filters) -> bool {
    let mut is_out = |it: &&Value| {
        let path = it["path"].as_str().expect("a path");
        path.match_indices('/').any(|(at, _)| filters.excludes_folder(&path[..at]))
    };
    let (out, rest): (Vec<&Value>, Vec<&Value>) = got.iter().partition(&mut is_out);
    let wanted_rest = wanted.iter().filter(|it| !is_out(it));
    out.iter().all(|it| it["do"] == "delete") && rest.into_iter().eq(wanted_rest)
}

/// Ours, with whole uploads as incremental ones where the reference has these.
fn without_bases(got: &[Value], wanted: &[Value]) -> Vec<Value> {
    let pairs = got.iter().zip(wanted);
    let as_wanted = pairs.map(|(got, wanted)| {
        let mut got = got.clone();
        if wanted["incremental"] == true {
            got["incremental"] = json!(true);
        }
        got
    });
    as_wanted.chain(got.iter().skip(wanted.len()).cloned()).collect()
}

fn has_defect(case: &Value, id: &str) -> bool {
    case["defect"].as_array().is_some_and(|ids| ids.iter().any(|it| it == id))
}

/// Whether the reference stopped over that file.
fn stop_of(case: &Value, path: &str) -> bool {
    let text = case["error"]["text"].as_str().unwrap_or_default();
    text.contains(&format!("://{path} with a time of"))
}

/// Options and filter, as far as they can be said at all.
fn asked(case: &Value) -> Result<(Options, Filters), String> {
    let opt = &case["opt"];
    let direction = match case["way"].as_str() {
        Some("up") => Direction::Up,
        Some("down") => Direction::Down,
        _ => Direction::Copy,
    };
    let threshold = match opt.get("threshold") {
        None => 0,
        Some(value) => value.as_u64().ok_or("a threshold below 0 cannot be said")?,
    };
    let days = opt["keep_days"].as_u64().map(|days| u32::try_from(days).expect("few days"));
    let keep_days = |days| Keep::Days { days, by: AgeBy::ModTime };
    let keep = match (opt["keep"].as_str(), days) {
        (Some("delete"), _) => Keep::Newest,
        (Some("keep"), None) => return Err("days have to be said with their number".to_owned()),
        (Some("keep"), Some(days)) => keep_days(days),
        // The reference keeps days even when it is told to keep everything.
        (_, Some(days)) if direction != Direction::Down => keep_days(days),
        _ => Keep::All,
    };
    let mut times = Times::default();
    times.modified_ms.from = opt["modified_before"].as_i64();
    times.modified_ms.to = opt["modified_after"].as_i64();
    times.uploaded_ms.from = opt["uploaded_before"].as_i64();
    times.uploaded_ms.to = opt["uploaded_after"].as_i64();
    let is_incremental = opt["incremental"].as_bool() == Some(true);
    let options = Options {
        compare: match opt["compare"].as_str() {
            Some("size") => Compare::Size { threshold },
            Some("none") => Compare::Name,
            _ => Compare::ModTime { threshold_ms: threshold },
        },
        newer: match opt["newer"].as_str() {
            Some("skip") => Newer::Skip,
            Some("replace") => Newer::Replace,
            _ => Newer::Fail,
        },
        keep,
        delete_limit: DeleteLimit::Unlimited,
        delete_excluded: true,
        allow_empty_source: true,
        upload: if is_incremental { UploadMode::Incremental } else { UploadMode::Full },
        times,
        ..Options::new(direction, case["now"].as_i64().expect("now"))
    };
    options.check().map_err(|error| error.to_string())?;
    let patterns = |key: &str| -> Vec<String> {
        let list = opt[key].as_array().cloned().unwrap_or_default();
        list.iter().map(|it| it.as_str().expect("a pattern").to_owned()).collect()
    };
    let regexes = Regexes::builder()
        .exclude_folders(patterns("exclude_dirs"))
        .exclude_files(patterns("exclude_files"))
        .include_files(patterns("include_files"));
    let regexes = regexes.build().map_err(|error| error.to_string())?;
    Ok((options, Filters { regexes, ..Filters::default() }))
}

/// The entries of a side in their order; local names that no bucket takes go to `skipped`.
fn side(side: &Value, which: &str, skipped: &mut Vec<[String; 2]>) -> Vec<Told> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    if let Some(files) = side["local"].as_array() {
        let mut items: Vec<Item> = files
            .iter()
            .map(|file| Item {
                path: text(&file[0]),
                len: file[1].as_u64().expect("a length"),
                modified_ms: file[2].as_i64().expect("a time"),
                ..Item::default()
            })
            .collect();
        items.sort_by(|a, b| a.path.cmp(&b.path));
        let told = items.into_iter().map(|item| match check_create(&item.path) {
            Ok(()) => Told::Item(item),
            Err(error) => {
                let why = error.about(&item.path).to_string();
                skipped.push([format!("{which}:{}", item.path), why]);
                Told::Unknown(item.path)
            }
        });
        return told.collect();
    }
    let prefix = text(&side["prefix"]);
    let below = if prefix.is_empty() { prefix } else { format!("{prefix}/") };
    let versions = side["b2"].as_array().expect("versions").iter().map(|row| {
        let name = text(&row[0]);
        Told::Item(Item {
            path: name.strip_prefix(&below).expect("a name below the prefix").to_owned(),
            name,
            id: text(&row[1]),
            ..Item::version(&row[2], &row[3], &row[4], &row[5])
        })
    });
    versions.collect()
}

/// An action as the vectors have it.
fn written(action: &Action<Item, Item>, direction: Direction, prefix: &str) -> Value {
    let below = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
    let path = action.path();
    let to = format!("{below}{path}");
    let line = action.line(direction).to_string();
    match (&action.work, direction) {
        (Work::Transfer { source: it, base, .. }, Direction::Up) => {
            let mut upload = json!({"do": "upload", "path": path, "to": to, "line": line,
                "mtime": it.modified_ms, "size": it.len});
            if base.is_some() {
                upload["incremental"] = json!(true);
            }
            upload
        }
        (Work::Transfer { source: it, .. }, Direction::Down) => json!({"do": "download",
            "path": path, "from": it.name, "fileId": it.id, "mtime": it.modified_ms,
            "size": it.len, "line": line}),
        (Work::Transfer { source: it, .. }, Direction::Copy) => json!({"do": "copy",
            "path": path, "from": it.name, "fileId": it.id, "to": to, "size": it.len,
            "line": line}),
        (Work::Hide(it), _) => json!({"do": "hide", "path": path, "name": it.name, "line": line}),
        (Work::Delete { .. }, Direction::Down) => {
            json!({"do": "delete_local", "path": path, "line": line})
        }
        (Work::Delete { entry, why }, _) => json!({"do": "delete", "path": path,
            "name": entry.name, "fileId": entry.id, "note": why.note(), "line": line}),
        (work, _) => panic!("nothing asked for {work:?}"),
    }
}

/// By path, transfers first, versions by `order`: we delete a name's newest version last.
fn sorted(mut actions: Vec<Value>, order: impl Fn(&str) -> usize) -> Vec<Value> {
    actions.sort_by_key(|it| {
        let is_removal = it["do"].as_str().is_some_and(|what| what.starts_with("delete"));
        let id = it["fileId"].as_str().filter(|_| is_removal).unwrap_or_default();
        (it["path"].as_str().expect("a path").to_owned(), is_removal, order(id))
    });
    actions
}

/// Checks that removals wait for the transfer of their name (S1).
fn waits(actions: &[Action<Item, Item>]) -> Result<(), String> {
    for (index, action) in actions.iter().enumerate() {
        if action.id != index as u64 || action.after.end > action.id {
            return Err(format!("{action:?} at {index}"));
        }
        let transfer = actions
            .iter()
            .find(|it| matches!(it.work, Work::Transfer { .. }) && it.path() == action.path());
        let must_wait = transfer.is_some_and(|it| it.id < action.id);
        if must_wait && !transfer.is_some_and(|it| action.after.contains(it.id)) {
            return Err(format!("{action:?} does not wait for {transfer:?}"));
        }
    }
    Ok(())
}
