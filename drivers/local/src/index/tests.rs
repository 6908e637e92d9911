use core::time::Duration;
use std::fs::{self, OpenOptions};
use std::path::PathBuf;

use super::record::RECORD_LEN;
use super::*;

/// A folder with an index, and a file that has settled.
struct World {
    folder: tempfile::TempDir,
    stamp: FileStamp,
    later: SystemTime,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("folder");
        fs::write(folder.path().join("file"), "content").expect("file");
        let metadata = fs::metadata(folder.path().join("file")).expect("metadata");
        let stamp = FileStamp::of(&metadata).expect("stamp");
        Self { folder, stamp, later: SystemTime::now() + Duration::from_secs(60) }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("index")
    }

    fn open(&self) -> Index {
        let index = Index::open(&self.path());
        assert_eq!(index.note(), None);
        index
    }

    /// Keeps digests under numbers.
    fn fill(&self, index: &mut Index, numbers: core::ops::Range<u32>) {
        for number in numbers {
            index.add(&name(number), &self.stamp, self.later, sha1(number));
        }
    }

    fn found(&self, index: &mut Index, numbers: core::ops::Range<u32>) -> usize {
        let mut count = 0;
        for number in numbers {
            if let Some(found) = index.find(&name(number), &self.stamp) {
                assert_eq!(found, sha1(number));
                count += 1;
            }
        }
        count
    }
}

fn name(number: u32) -> PathBuf {
    PathBuf::from(format!("/folder/{number}"))
}

fn sha1(number: u32) -> Sha1 {
    Sha1::of(&number.to_be_bytes())
}

#[test]
fn what_was_added_is_found_by_the_next() {
    let world = World::new();
    let mut index = world.open();
    world.fill(&mut index, 0..500);
    assert_eq!(world.found(&mut index, 0..600), 500);
    assert_eq!(index.close(), None);
    assert_eq!(world.found(&mut world.open(), 0..600), 500);
    let other = world.folder.path().join("other");
    fs::write(&other, "contents").expect("file");
    let stamp = FileStamp::of(&fs::metadata(other).expect("metadata")).expect("stamp");
    assert_eq!(world.open().find(&name(0), &stamp), None, "another state of the file");
    let mut index = world.open();
    index.add(&name(0), &world.stamp, world.later, sha1(9));
    drop(index);
    assert_eq!(world.open().find(&name(0), &world.stamp), Some(sha1(9)), "the last one counts");
}

#[test]
fn more_than_memory_holds_is_sorted_and_found() {
    let world = World::new();
    let mut index = Index::bounded(&world.path(), 100);
    for _ in 0..2 {
        world.fill(&mut index, 0..5_050);
        assert!(index.added.len() < 100);
        assert_eq!(world.found(&mut index, 0..6_000), 5_050);
    }
    assert_eq!(index.close(), None);
    assert_eq!(world.found(&mut Index::bounded(&world.path(), 100), 0..6_000), 5_050);
    let len = fs::metadata(world.path()).expect("index").len();
    assert!(len < (5_050 + 101) * RECORD_LEN as u64, "each once, and what was added since: {len}");
    assert_eq!(fs::read_dir(world.folder.path()).expect("folder").count(), 2, "nothing is left");
}

#[test]
fn a_torn_tail_is_ignored_and_damage_stays_local() {
    let world = World::new();
    let mut index = Index::bounded(&world.path(), 1_000);
    world.fill(&mut index, 0..1_500);
    drop(index);
    let whole = fs::read(world.path()).expect("index");
    for cut in [1, 50, RECORD_LEN - 1, RECORD_LEN, 5 * RECORD_LEN + 7] {
        fs::write(world.path(), &whole[..whole.len() - cut]).expect("torn");
        let lost = cut.div_ceil(RECORD_LEN);
        let mut index = world.open();
        assert_eq!(world.found(&mut index, 0..1_500), 1_500 - lost, "{cut}");
        // What comes next is whole again.
        world.fill(&mut index, 1_500..1_501);
        drop(index);
        assert_eq!(world.found(&mut world.open(), 1_400..1_501), 101 - lost, "{cut}");
    }
    for at in (RECORD_LEN..whole.len()).step_by(9_973) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x40;
        fs::write(world.path(), damaged).expect("damaged");
        let count = world.found(&mut world.open(), 0..1_500);
        // A damaged key may hide those that a search compares with it.
        assert!((1_400..1_500).contains(&count), "{count} at {at}");
    }
}

#[test]
fn a_foreign_file_is_noted_and_stays_as_it_is() {
    let world = World::new();
    let mut other_version = table::header(0);
    other_version[9] = b'2';
    record::seal(&mut other_version);
    for bytes in [b"a letter".as_slice(), &[0; 4_096], &other_version, b"b2-index 2"] {
        fs::write(world.path(), bytes).expect("file");
        let mut index = Index::open(&world.path());
        assert_eq!(index.note(), Some(&Note::Foreign));
        world.fill(&mut index, 0..100);
        assert_eq!(index.close(), Some(Note::Foreign));
        assert_eq!(fs::read(world.path()).expect("file"), bytes);
    }
    // One that was cut among its sorted records.
    fs::remove_file(world.path()).expect("removed");
    let mut index = Index::bounded(&world.path(), 100);
    world.fill(&mut index, 0..100);
    assert_eq!(index.close(), None);
    let file = OpenOptions::new().write(true).open(world.path()).expect("index");
    file.set_len(50 * RECORD_LEN as u64).expect("cut");
    assert_eq!(Index::open(&world.path()).note(), Some(&Note::Foreign));
    // One that was only begun is finished.
    for len in [0, 5, 111] {
        fs::write(world.path(), &table::header(0)[..len]).expect("file");
        let mut index = world.open();
        world.fill(&mut index, 0..3);
        drop(index);
        assert_eq!(world.found(&mut world.open(), 0..3), 3, "{len}");
    }
}

#[test]
fn a_second_one_reads_and_harms_nothing() {
    let world = World::new();
    let mut first = world.open();
    world.fill(&mut first, 0..200);
    let mut second = Index::open(&world.path());
    assert_eq!(second.note(), Some(&Note::InUse));
    let before = world.found(&mut second, 0..200);
    assert!(before >= 100, "what is written is seen: {before}");
    world.fill(&mut second, 200..400);
    // The file is exchanged below it.
    first.sort_anew().expect("sorted");
    let third = Index::open(&world.path());
    assert_eq!(third.note(), Some(&Note::InUse), "the new file is locked too");
    assert_eq!(world.found(&mut second, 0..200), before);
    drop((second, third));
    assert_eq!(first.close(), None);
    assert_eq!(world.found(&mut world.open(), 0..400), 200);
}

#[test]
fn only_what_has_settled_is_kept() {
    let world = World::new();
    let mut index = world.open();
    index.add(&name(0), &world.stamp, SystemTime::now(), sha1(0));
    assert_eq!(index.find(&name(0), &world.stamp), None);
}

#[test]
fn what_is_of_no_use_goes_and_what_is_used_stays() {
    let world = World::new();
    let mut index = world.open();
    index.today -= 170;
    world.fill(&mut index, 0..10);
    drop(index);
    assert_eq!(world.found(&mut world.open(), 0..1), 1);
    let mut index = world.open();
    index.today += 20;
    index.sort_anew().expect("sorted");
    assert_eq!(world.found(&mut index, 0..10), 1);
}

#[cfg(unix)]
#[test]
fn it_is_private_and_nobody_elses() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let world = World::new();
    let mut index = Index::bounded(&world.path(), 10);
    world.fill(&mut index, 0..5);
    let mode = || fs::metadata(world.path()).expect("index").permissions().mode() & 0o777;
    assert_eq!(mode(), 0o600);
    world.fill(&mut index, 5..15);
    assert_eq!(mode(), 0o600, "the sorted one too");
    drop(index);
    fs::set_permissions(world.path(), fs::Permissions::from_mode(0o666)).expect("mode");
    assert_eq!(Index::open(&world.path()).note(), Some(&Note::NotOwn));
    fs::set_permissions(world.path(), fs::Permissions::from_mode(0o600)).expect("mode");
    let link = world.folder.path().join("link");
    symlink(world.path(), &link).expect("link");
    assert_eq!(Index::open(&link).note(), Some(&Note::NotOwn));
    assert_eq!(Index::open(world.folder.path()).note(), Some(&Note::NotOwn));
    let nowhere = Index::open(&world.folder.path().join("none/index"));
    assert!(matches!(nowhere.note(), Some(Note::Trouble(_))));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_noted() {
    let world = World::new();
    let mut index = world.open();
    index.place.as_mut().expect("open").file =
        OpenOptions::new().read(true).write(true).open("/dev/full").expect("full");
    world.fill(&mut index, 0..100);
    assert!(matches!(index.note(), Some(Note::Trouble(_))), "{:?}", index.note());
    assert_eq!(world.found(&mut index, 100..200), 0);
}
