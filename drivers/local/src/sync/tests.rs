//! Runs with hands of their own: a bucket in memory, and jobs that end in any order.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

use b2_proto::error::{Error, ErrorKind};
use b2_proto::model::{FileAction, FileVersion, ListEntry};
use b2_proto::op::list_file_names::FileNamesPage;
use b2_proto::op::list_file_versions::FileVersionsPage;
use b2_proto::plan::sync::{
    DeleteLimit, Direction, Entry as _, HeldBack, Keep, Options, WAITING_MAX,
};
use tempfile::TempDir;

use super::*;
use crate::sink::Sink as _;
use crate::walk;

mod destination;
mod ends;
#[cfg(unix)]
mod folding;
mod hashing;
#[cfg(feature = "filter")]
mod ignoring;
mod index;
mod judging;
mod lanes;
#[cfg(unix)]
mod leading;
mod looking;
mod manifests;
mod random;
mod refused;
mod rounds;
mod waiting;

/// Carries jobs out, one after the other.
struct Hands {
    /// Versions by name, newest last.
    bucket: BTreeMap<String, Vec<FileVersion>>,
    next_id: u64,
    /// Names whose upload fails, and why.
    failing: BTreeMap<String, ErrorKind>,
    /// Most actions that were under way at the same time.
    in_flight_max: usize,
    /// Whether the job that began last ends first.
    is_last_first: bool,
    /// Listings break off after so many rows.
    rows_max: Option<usize>,
    is_listing: bool,
}

impl Hands {
    fn new(names: &[&str]) -> Self {
        let mut hands = Self {
            bucket: BTreeMap::new(),
            next_id: 0,
            failing: BTreeMap::new(),
            in_flight_max: 0,
            is_last_first: false,
            rows_max: None,
            is_listing: false,
        };
        names.iter().for_each(|name| hands.put(name, 3, 1));
        hands
    }

    fn put(&mut self, name: &str, len: u64, modified_ms: u64) {
        let id = format!("{}", self.next_id);
        let mut version = FileVersion::new("a", "b", id, name, FileAction::Upload);
        version.content_length = len;
        version.upload_timestamp_ms = 1_000 + self.next_id;
        let (key, value) = ("src_last_modified_millis".to_owned(), modified_ms.to_string());
        version.file_info.insert(key, value);
        self.next_id += 1;
        self.bucket.entry(name.to_owned()).or_default().push(version);
    }

    fn hide(&mut self, name: &str) {
        let mut marker =
            FileVersion::new("a", "b", self.next_id.to_string(), name, FileAction::Hide);
        marker.upload_timestamp_ms = 1_000 + self.next_id;
        self.next_id += 1;
        self.bucket.entry(name.to_owned()).or_default().push(marker);
    }

    fn is_hidden(&self, name: &str) -> bool {
        let newest = self.bucket.get(name).and_then(|all| all.last());
        newest.is_some_and(FileVersion::is_hide_marker)
    }

    fn names(&self) -> Vec<(&str, usize)> {
        self.bucket.iter().map(|(name, all)| (name.as_str(), all.len())).collect()
    }

    fn carry_out(&mut self, job: Job) -> Ended {
        match job {
            Job::Local(job) => job.run(&|| false),
            Job::Names(_) => {
                let newest = self.bucket.values().filter_map(|all| all.last());
                let rows = newest.cloned().map(ListEntry::File).collect();
                Ended::Names(Ok(FileNamesPage::new(rows, None)))
            }
            Job::Versions(_) => {
                let all = self.bucket.values().flat_map(|all| all.iter().rev());
                let mut rows: Vec<_> = all.cloned().map(ListEntry::File).collect();
                let Some(rows_max) = self.rows_max else {
                    return Ended::Versions(Ok(FileVersionsPage::new(rows, None, None)));
                };
                if self.is_listing {
                    return Ended::Versions(Err(Error::new(ErrorKind::Unavailable, "no more")));
                }
                self.is_listing = true;
                let next = rows.get(rows_max).map(|row| row.name().to_owned());
                rows.truncate(rows_max);
                Ended::Versions(Ok(FileVersionsPage::new(rows, next, None)))
            }
            Job::Upload(it) => {
                if let Some(kind) = self.failing.get(it.file.name()) {
                    return Ended::Done(Err(Error::new(*kind, "it fails")));
                }
                if let Some(Err(error)) = it.way.as_ref().map(Way::open) {
                    return Ended::Done(Err(error.into()));
                }
                let metadata = fs::metadata(&it.path).expect("there");
                let modified_ms = crate::time::modified_ms(&metadata).expect("a time");
                self.put(it.file.name(), metadata.len(), modified_ms);
                Ended::Done(Ok(()))
            }
            Job::Delete(it) => {
                let all = self.bucket.get_mut(&it.file_name).expect("there");
                all.retain(|version| version.file_id.as_str() != it.file_id);
                if all.is_empty() {
                    self.bucket.remove(&it.file_name);
                }
                Ended::Done(Ok(()))
            }
            Job::Hide(it) => {
                self.hide(&it.file_name);
                Ended::Done(Ok(()))
            }
            Job::Download(it) => Ended::Done(download(&it)),
            Job::Copy(_) => panic!("nobody asked for it"),
        }
    }

    /// Runs to the end; gives what was told.
    fn run(&mut self, setup: Setup) -> (Result<Summary, Error>, Vec<Event>) {
        let mut run = Run::new(setup).expect("it can be run");
        let (mut open, mut told) = (Vec::new(), Vec::new());
        loop {
            match run.step() {
                Next::Begin(ticket, job) => {
                    open.push((ticket, job));
                    let is_action = |ticket: &Ticket| matches!(ticket, Ticket::Action(_));
                    let actions = open.iter().filter(|(ticket, _)| is_action(ticket)).count();
                    self.in_flight_max = self.in_flight_max.max(actions);
                }
                Next::Tell(event) => told.push(event),
                Next::Wait => {
                    let at = if self.is_last_first { open.len() - 1 } else { 0 };
                    let (ticket, job) = open.remove(at);
                    run.ended(ticket, self.carry_out(job));
                }
                Next::Over(result) => return (result, told),
            }
        }
    }
}

/// Stores as many bytes as the version has.
fn download(it: &Download) -> Result<(), Error> {
    let (sink, len) = (it.target.open()?, it.version.content_length);
    sink.write_at(0, &vec![b'x'; usize::try_from(len).expect("short")])?;
    let modified_ms = it.version.src_last_modified_ms().and_then(|ms| u64::try_from(ms).ok());
    Ok(sink.commit(len, modified_ms)?)
}

fn folder(names: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for name in names {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        fs::write(path, b"content").expect("written");
    }
    folder
}

/// All of a few names may vanish.
fn options(direction: Direction) -> Options {
    let (keep, delete_limit) = (Keep::Newest, DeleteLimit::Percent(100));
    Options { keep, delete_limit, ..Options::new(direction, 5_000) }
}

fn up(folder: &TempDir) -> Setup {
    Setup {
        options: options(Direction::Up),
        source: End::Folder(folder.path().to_owned()),
        destination: End::Bucket { id: "b".into(), prefix: String::new() },
        rules: Rules::default(),
        symlinks: walk::Symlinks::Follow,
        in_flight_max: 3,
        is_dry_run: false,
        index: None,
        provider: Arc::new(BucketDefaults),
        moved: Moved::default(),
    }
}

fn down(folder: &TempDir) -> Setup {
    let setup = up(folder);
    Setup {
        options: options(Direction::Down),
        source: setup.destination,
        destination: setup.source,
        ..setup
    }
}

fn lines(events: &[Event]) -> Vec<String> {
    let line = |event: &Event| match event {
        Event::Done(action) => Some(action.line(Direction::Up).to_string()),
        Event::Failed(action, _) => Some(format!("failed {}", action.path())),
        Event::Undone(action) => Some(format!("undone {}", action.line(Direction::Up))),
        Event::Begun { .. }
        | Event::Skipped(..)
        | Event::Unlisted(..)
        | Event::Planned(_)
        | Event::Again { .. }
        | Event::Notice(_)
        | Event::Index(_)
        | Event::Contested
        | Event::Left(..) => None,
    };
    events.iter().filter_map(line).collect()
}

#[test]
fn whatever_ends_first_versions_go_last_and_a_second_run_does_nothing() {
    let folder = folder(&["a", "d/b", "e"]);
    for is_last_first in [false, true] {
        let mut hands = Hands { is_last_first, ..Hands::new(&["a", "a", "gone"]) };
        let (summary, told) = hands.run(up(&folder));
        assert!(summary.expect("it runs").is_complete());
        let lines = lines(&told);
        let at = |line: &str| lines.iter().position(|it| it == line).expect("told");
        assert!(at("upload a") < at("delete a (old version)"));
        assert_eq!(hands.names(), [("a", 1), ("d/b", 1), ("e", 1)]);
        assert!((2..=3).contains(&hands.in_flight_max), "{}", hands.in_flight_max);
        let (again, told) = hands.run(up(&folder));
        assert_eq!((again.expect("it runs").is_complete(), self::lines(&told).len()), (true, 0));
    }
}

#[test]
fn what_failed_keeps_its_versions() {
    let folder = folder(&["a", "b"]);
    let mut hands = Hands::new(&["a", "a"]);
    hands.failing.insert("a".to_owned(), ErrorKind::BadRequest);
    let (summary, told) = hands.run(up(&folder));
    let summary = summary.expect("it runs");
    assert_eq!((summary.failed, summary.undone, summary.transferred), (1, 2, 1));
    assert_eq!(hands.names(), [("a", 2), ("b", 1)]);
    assert_eq!(lines(&told).first().map(String::as_str), Some("failed a"));
}

#[test]
fn a_service_that_is_gone_is_not_asked_for_every_file() {
    let names: Vec<String> = (0..2_000).map(|number| format!("{number:04}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let folder = folder(&names);
    let mut hands = Hands::new(&[]);
    hands.failing.extend(names.iter().map(|name| ((*name).to_owned(), ErrorKind::Network)));
    let (summary, _) = hands.run(up(&folder));
    let summary = summary.expect("it ends");
    assert_eq!(summary.ending, Ending::GivenUp(ErrorKind::Network));
    assert!((17..=20).contains(&summary.failed), "{}", summary.failed);
    assert!(summary.not_begun <= WAITING_MAX as u64);
}

#[test]
fn a_dry_run_tells_all_and_does_nothing() {
    let folder = folder(&["a"]);
    let mut hands = Hands::new(&["gone"]);
    let mut setup = up(&folder);
    setup.is_dry_run = true;
    setup.options.delete_limit = DeleteLimit::Names(0);
    let (summary, told) = hands.run(setup);
    let ending = summary.expect("it runs").ending;
    assert_eq!(ending, Ending::TooManyDeletes { wanted: 1, allowed: 0 });
    assert_eq!(lines(&told), ["upload a", "delete gone "]);
    assert_eq!(hands.names(), [("gone", 1)]);
}

#[test]
fn a_local_file_that_was_written_meanwhile_is_not_removed() {
    let folder = folder(&["a"]);
    let mut walk = walk::Walk::new(folder.path(), walk::Symlinks::Follow).expect("a folder");
    let Some(walk::Entry::File(found)) = walk.next() else { panic!("a file") };
    fs::write(&found.path, b"other content").expect("written");
    let root = Arc::new(Root::new(folder.path().to_owned()));
    root.begin().expect("there");
    let remove = |file| LocalJob::Remove(file, root.clone(), Arc::default()).run(&|| false);
    let ended = remove(found.clone());
    assert!(matches!(&ended, Ended::Done(Err(error)) if error.to_string().contains("changed")));
    assert!(found.path.exists());
    let now = walk::FoundFile { len: 13, modified_ms: now_ms(&found.path), ..found };
    for _ in 0..2 {
        assert!(matches!(remove(now.clone()), Ended::Done(Ok(()))));
        assert!(!now.path.exists());
    }
}

fn now_ms(path: &std::path::Path) -> u64 {
    let metadata = fs::metadata(path).expect("there");
    crate::time::modified_ms(&metadata).expect("a time")
}

#[test]
fn a_source_that_is_not_there_ends_it() {
    let folder = folder(&[]);
    let mut setup = up(&folder);
    setup.source = End::Folder(folder.path().join("none"));
    let (result, _) = Hands::new(&["a"]).run(setup);
    assert_eq!(result.expect_err("nothing there").kind, ErrorKind::Source);
    assert!(!folder.path().join("none").exists());
}

#[test]
fn folders_in_each_other_are_refused() {
    let end = |id: &str, prefix: &str| End::Bucket { id: id.into(), prefix: prefix.to_owned() };
    for (one, other, is_good) in
        [("", "x/", false), ("x/", "", false), ("x/", "x/", false), ("x/", "xy/", true)]
    {
        let direction = Setup::direction(&end("b", one), &end("b", other));
        assert_eq!(direction.is_ok(), is_good, "{one} {other}");
        assert!(Setup::direction(&end("b", one), &end("c", other)).is_ok());
    }
}

#[test]
fn what_could_not_be_listed_is_left_as_it_is() {
    let folder = folder(&["a", "m", "z"]);
    let mut hands = Hands { rows_max: Some(3), ..Hands::new(&["a", "b", "c", "n", "z"]) };
    let (summary, told) = hands.run(up(&folder));
    let summary = summary.expect("it runs");
    let mut done = lines(&told);
    done.sort();
    assert_eq!(done, ["delete a (old version)", "delete b ", "upload a"]);
    // The place is told once, and not each file that it keeps from being compared.
    let unlisted = |event: &&Event| matches!(event, Event::Unlisted(Side::Destination, _));
    assert_eq!(told.iter().filter(unlisted).count(), 1);
    let left = told.iter().filter(|event| matches!(event, Event::Left(..)));
    let left: Vec<_> = left.collect();
    // Nobody knows whether the last name has older versions, one of which would be seen then.
    let [Event::Left(Report::HeldBack { entry, why }, _)] = left[..] else { panic!("{left:?}") };
    assert_eq!((entry.path(), *why), ("c", HeldBack::OlderUnknown));
    let planned = summary.planned;
    assert_eq!((planned.unknown, planned.failed, summary.is_complete()), (1, 0, false));
    assert_eq!(hands.names(), [("a", 1), ("c", 1), ("n", 1), ("z", 1)]);
    // When not even the beginning can be listed, that is all there is to say.
    let mut hands = Hands { rows_max: Some(0), is_listing: true, ..Hands::new(&["a"]) };
    let (result, _) = hands.run(up(&folder));
    assert_eq!(result.expect_err("nothing is known").kind, ErrorKind::Unavailable);
}
