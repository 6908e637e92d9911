//! Files that go on from what an earlier download has left.

use b2_proto::machine::Version;
use b2_proto::plan::Span;
use b2_proto::plan::pieces::Pieces;
use proptest::prelude::*;

use super::*;
#[cfg(unix)]
use std::fs::Permissions;
use std::io;
use std::sync::OnceLock;

#[cfg(unix)]
mod rights;
mod untold;

const MIB: usize = 1024 * 1024;
const LEN: usize = 24 * MIB;

fn data() -> &'static [u8] {
    static DATA: OnceLock<Vec<u8>> = OnceLock::new();
    DATA.get_or_init(|| (0..=250).cycle().take(LEN).collect())
}

fn version(file_id: &str) -> Version<'_> {
    let len = LEN as u64;
    Version { file_id, len, span: Span { offset: 0, len }, pieces: Pieces::whole(len) }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("list");
    let name = |entry: io::Result<fs::DirEntry>| entry.expect("entry").file_name();
    let mut names: Vec<_> = entries.map(|it| name(it).to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

const BOTH: [&str; 2] = [".a.0.b2done", ".a.0.b2part"];

/// A download that stored `ranges` and failed.
fn fail_with(path: &Path, ranges: &[(usize, usize)]) {
    let sink = FileSink::continued(path).expect("create");
    sink.pin(&version("4_z1"));
    store(&sink, ranges);
    sink.save().expect("save");
}

fn store(sink: &FileSink, ranges: &[(usize, usize)]) {
    let data = data();
    for &(from, to) in ranges {
        for at in (from..to).step_by(MIB / 2) {
            sink.write_at(at as u64, &data[at..to.min(at + MIB / 2)]).expect("write");
        }
    }
}

/// What is there for the next download.
fn left(path: &Path) -> Option<Vec<(u64, u64)>> {
    let kept = FileSink::continued(path).expect("create").kept()?;
    assert_eq!((kept.file_id.as_str(), kept.len), ("4_z1", LEN as u64));
    Some(kept.ranges.iter().map(|span| (span.offset, span.len)).collect())
}

#[test]
fn what_failed_is_there_for_the_next_and_goes_when_it_is_complete() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("a");
    fs::write(&path, "old").expect("old");
    fail_with(&path, &[(0, MIB), (20 * MIB, 21 * MIB)]);
    assert_eq!(fs::read(&path).expect("read"), b"old");
    assert_eq!(names(folder.path()), [BOTH[0], BOTH[1], "a"]);

    let sink = FileSink::continued(&path).expect("create");
    let kept = sink.kept().expect("kept").ranges;
    let mib = MIB as u64;
    let span = |offset, len| Span { offset, len };
    assert_eq!(kept, [span(0, mib), span(20 * mib, mib)]);
    sink.pin(&version("4_z1"));
    store(&sink, &[(MIB, 20 * MIB), (21 * MIB, LEN)]);
    assert_eq!(sink.digest(0, LEN as u64), Ok(Sha1::of(data())));
    sink.commit(LEN as u64, None).expect("commit");
    drop(sink);
    assert!(fs::read(&path).expect("read") == data());
    assert_eq!(names(folder.path()), ["a"]);
}

#[test]
fn bytes_of_another_version_are_gone_before_the_first_byte_of_this_one() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("a");
    fail_with(&path, &[(0, 2 * MIB)]);
    let sink = FileSink::continued(&path).expect("create");
    sink.pin(&version("4_z2"));
    assert_eq!(names(folder.path()), BOTH);
    sink.write_at(5, b"new").expect("write");
    assert_eq!(names(folder.path()), BOTH);
    assert_eq!(fs::metadata(folder.path().join(".a.0.b2part")).expect("there").len(), 8);
    drop(sink);
    assert_eq!(names(folder.path()), [""; 0]);
    // If it never comes to that, they go all the same.
    fail_with(&path, &[(0, 2 * MIB)]);
    let sink = FileSink::continued(&path).expect("create");
    sink.pin(&version("4_z2"));
    drop(sink);
    assert_eq!(names(folder.path()), [""; 0]);
}

#[test]
fn what_fails_before_the_version_is_known_stays() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("a");
    fail_with(&path, &[(0, 2 * MIB)]);
    for _ in 0..3 {
        assert_eq!(left(&path), Some(vec![(0, 2 * MIB as u64)]));
    }
}

#[test]
fn names_that_begin_alike_keep_what_is_theirs() {
    let folder = tempfile::tempdir().expect("folder");
    let [a, b, other] = ["1", "2", "3"].map(|end| folder.path().join("n".repeat(200) + end));
    let mib = MIB as u64;
    fail_with(&a, &[(0, 2 * MIB)]);
    fail_with(&b, &[(0, 3 * MIB)]);
    assert_eq!(left(&other), None);
    assert_eq!((left(&b), left(&a)), (Some(vec![(0, 3 * mib)]), Some(vec![(0, 2 * mib)])));
}

#[test]
fn two_never_go_on_with_the_same() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("a");
    fail_with(&path, &[(0, 2 * MIB)]);
    let first = FileSink::continued(&path).expect("create");
    assert!(first.kept().is_some());
    let second = FileSink::continued(&path).expect("create");
    assert!(second.kept().is_none());
    second.pin(&version("4_z1"));
    store(&second, &[(0, LEN)]);
    second.commit(LEN as u64, None).expect("commit");
    assert_eq!(names(folder.path()), [BOTH[0], BOTH[1], "a"]);
    drop(first);
    assert!(left(&path).is_some());
}

#[test]
fn what_is_damaged_or_short_or_not_wanted_is_not_kept() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("a");
    fail_with(&path, &[(0, 2 * MIB)]);
    let sink = FileSink::continued(&path).expect("create");
    sink.discard();
    drop(sink);
    assert_eq!(names(folder.path()), [""; 0], "damaged");

    let sink = FileSink::create(&path).expect("create");
    sink.pin(&version("4_z1"));
    store(&sink, &[(0, LEN)]);
    sink.save().expect("nothing");
    drop(sink);
    assert_eq!(names(folder.path()), [""; 0], "not wanted");

    let sink = FileSink::continued(&path).expect("create");
    let short = Version { len: 15 * MIB as u64, ..version("4_z1") };
    let span = Span { offset: 0, len: short.len };
    sink.pin(&Version { span, pieces: Pieces::whole(short.len), ..short });
    store(&sink, &[(0, 14 * MIB)]);
    sink.save().expect("nothing");
    drop(sink);
    assert_eq!(names(folder.path()), [""; 0], "short");
}

#[test]
fn one_that_does_not_continue_leaves_no_journal_of_before() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("a");
    fail_with(&path, &[(0, 2 * MIB)]);
    let sink = FileSink::create(&path).expect("create");
    store(&sink, &[(0, MIB)]);
    assert_eq!(names(folder.path()), BOTH);
    drop(sink);
    assert_eq!(names(folder.path()), [""; 0]);
}

#[test]
fn a_temporary_file_that_is_not_as_noted_counts_for_nothing() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("a");
    let temp = folder.path().join(BOTH[1]);
    fail_with(&path, &[(0, 2 * MIB)]);
    File::options().write(true).open(&temp).expect("open").set_len(100).expect("cut");
    assert_eq!(left(&path), None, "shorter");
    assert_eq!(names(folder.path()), [""; 0]);
    fail_with(&path, &[(0, 2 * MIB)]);
    let copy = folder.path().join("copy");
    fs::copy(&temp, &copy).expect("copy");
    fs::rename(&copy, &temp).expect("rename");
    assert_eq!(left(&path), None, "another file");
}

#[cfg(unix)]
#[test]
fn what_others_could_have_written_counts_for_nothing() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("a");
    for name in BOTH {
        fail_with(&path, &[(0, 2 * MIB)]);
        let file = folder.path().join(name);
        fs::set_permissions(&file, Permissions::from_mode(0o666)).expect("open to all");
        assert_eq!(left(&path), None, "{name}");
        assert_eq!(names(folder.path()), BOTH, "nobody removes what may be another's");
        BOTH.iter().for_each(|name| fs::remove_file(folder.path().join(name)).expect("there"));
    }
    fail_with(&path, &[(0, 2 * MIB)]);
    let elsewhere = folder.path().join("elsewhere");
    fs::rename(folder.path().join(BOTH[1]), &elsewhere).expect("move");
    symlink(&elsewhere, folder.path().join(BOTH[1])).expect("link");
    assert_eq!(left(&path), None);
    assert_eq!(fs::metadata(&elsewhere).expect("there").len(), 2 * MIB as u64);
}

/// Writes the mark of a temporary file, of so many days ago.
#[cfg(unix)]
fn mark(of: &File, path: &Path, days: u32) {
    use std::os::unix::fs::MetadataExt as _;
    let inode = of.metadata().expect("there").ino();
    let place = crate::temp::mark::Place { inode, target: Sha1::of(b"any") };
    let mut text = String::new();
    crate::temp::mark::add_line(&mut text, [0; 8], &place.line());
    fs::write(path, text).expect("written");
    let day = core::time::Duration::from_secs(24 * 60 * 60);
    let file = File::options().write(true).open(path).expect("there");
    file.set_modified(std::time::SystemTime::now() - day * days).expect("time");
}

#[cfg(unix)]
#[test]
fn what_nobody_came_back_for_goes_after_a_week() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("a");
    let names_of = |name: &str| folder.path().join(name);
    let day = core::time::Duration::from_secs(24 * 60 * 60);
    let left = [(".old.0.b2part", 8), (".new.0.b2part", 6), ("mine.b2part", 8)];
    // Killed in the moment between the last two steps of a download.
    let alone = [(".done.0.b2done", 8), (".done.1.b2next", 8), (".recent.0.b2done", 6)];
    let age = |file: &File, days| {
        file.set_modified(std::time::SystemTime::now() - day * days).expect("time");
    };
    for (name, days) in left.into_iter().chain(alone) {
        let file = File::create(names_of(name)).expect("create");
        age(&file, days);
        if name == "mine.b2part" {
            continue;
        }
        if name.ends_with("part") {
            mark(&file, &names_of(&name.replace("b2part", "b2done")), days);
        } else {
            mark(&file, &names_of(name), days);
        }
    }
    let in_use = File::create(names_of(".used.3.b2part")).expect("create");
    in_use.set_modified(std::time::SystemTime::now() - day * 8).expect("time");
    in_use.lock().expect("lock");
    mark(&in_use, &names_of(".used.3.b2done"), 8);
    fail_with(&path, &[(0, 2 * MIB)]);
    let left = names(folder.path());
    let recent = [".new.0.b2done", ".new.0.b2part", ".recent.0.b2done"];
    let used = [".used.3.b2done", ".used.3.b2part"];
    let others = [&recent[..], &used, &["mine.b2part"]].concat();
    assert_eq!(left, [&BOTH[..], &others].concat());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Killed at any moment, with the journal torn anywhere: what counts as there is right.
    #[test]
    fn a_journal_cut_at_any_byte_never_yields_wrong_bytes(
        ranges in prop::collection::vec(0_usize..23, 1..5), cut: prop::sample::Index,
    ) {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("a");
        for from in ranges {
            fail_with(&path, &[(from * MIB, (from + 1) * MIB)]);
        }
        let journal = folder.path().join(BOTH[0]);
        let all = fs::read(&journal).expect("read");
        fs::write(&journal, &all[..cut.index(all.len() + 1)]).expect("cut");
        let sink = FileSink::continued(&path).expect("create");
        if let Some(kept) = sink.kept() {
            for Span { offset, len } in kept.ranges {
                let (from, to) = (usize::try_from(offset).unwrap(), usize::try_from(len).unwrap());
                let right = Sha1::of(&data()[from..from + to]);
                prop_assert_eq!(sink.digest(offset, len), Ok(right));
            }
        }
    }
}
