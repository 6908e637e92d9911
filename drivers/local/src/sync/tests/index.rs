//! Contents that are compared by what an index says of files.

use core::time::Duration;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use b2_proto::model::ContentSha1;
use b2_proto::plan::sync::Compare;
use b2_proto::wire::text::Sha1;

use super::*;
use crate::index::{FileStamp, Index, Note};

/// A folder with the file `a`, and an index that says of it what it has not; so a run that reads
/// the file is told apart from one that does not.
struct Case {
    folder: TempDir,
    kept: TempDir,
}

impl Case {
    fn new() -> Self {
        let case = Self { folder: folder(&["a"]), kept: tempfile::tempdir().expect("a folder") };
        let file = case.file();
        let stamp = FileStamp::of(&fs::metadata(&file).expect("there")).expect("a time");
        // What has settled is kept; nobody waits for that here.
        let later = SystemTime::now() + Duration::from_secs(10);
        let mut index = Index::open(&case.index());
        index.add(&file, &stamp, later, Sha1::of(b"CONTENT"));
        assert_eq!(index.close(), None);
        case
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("a")
    }

    fn index(&self) -> PathBuf {
        self.kept.path().join("index")
    }

    /// What is uploaded where the bucket has a file with this content.
    fn run(&self, content: &[u8], index: Option<&Path>) -> (Vec<String>, Vec<Note>) {
        let mut hands = Hands::new(&[]);
        hands.put("a", content.len() as u64, 1);
        let version = hands.bucket.values_mut().flatten().next().expect("a version");
        version.content_sha1 = Some(ContentSha1::Verified(Sha1::of(content)));
        let mut setup = up(&self.folder);
        setup.options.keep = Keep::All;
        setup.options.compare = Compare::Sha1 { threshold_ms: 0 };
        setup.index = index.map(Path::to_owned);
        let (summary, told) = hands.run(setup);
        assert!(summary.expect("it runs").is_complete());
        let notes = told.iter().filter_map(|event| {
            if let Event::Index(note) = event { Some(note.clone()) } else { None }
        });
        (lines(&told), notes.collect())
    }
}

#[test]
fn a_file_that_the_index_knows_is_not_read() {
    let case = Case::new();
    assert_eq!(case.run(b"CONTENT", Some(&case.index())).0, [""; 0]);
    assert_eq!(case.run(b"CONTENT", None).0, ["upload a"]);
    assert_eq!(case.run(b"content", None).0, [""; 0]);
}

#[test]
fn a_file_that_has_changed_is_read() {
    let case = Case::new();
    std::thread::sleep(Duration::from_millis(20));
    fs::write(case.file(), b"changed").expect("written");
    assert_eq!(case.run(b"CONTENT", Some(&case.index())).0, ["upload a"]);
    assert_eq!(case.run(b"changed", Some(&case.index())).0, [""; 0]);
}

#[test]
fn what_was_read_is_in_the_index_afterwards() {
    let case = Case::new();
    // It has settled long ago.
    let file = fs::File::options().write(true).open(case.file()).expect("there");
    file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000)).expect("set");
    let stamp = || FileStamp::of(&fs::metadata(case.file()).expect("there")).expect("a time");
    let other = case.kept.path().join("other");
    // The time of the change counts as well, and that cannot be set.
    std::thread::sleep(Duration::from_millis(2_100));
    assert_eq!(case.run(b"content", Some(&other)), (Vec::new(), Vec::new()));
    assert_eq!(Index::open(&other).find(&case.file(), &stamp()), Some(Sha1::of(b"content")));
}

#[test]
fn an_index_of_no_use_is_told_and_files_are_read() {
    let case = Case::new();
    fs::write(case.index(), b"something else").expect("written");
    let (lines, notes) = case.run(b"content", Some(&case.index()));
    assert_eq!((lines.len(), notes), (0, vec![Note::Foreign]));
    // Nobody asks for it where times decide.
    let setup = Setup { index: Some(case.index()), ..up(&case.folder) };
    let (_, told) = Hands::new(&["a"]).run(setup);
    assert!(!told.iter().any(|event| matches!(event, Event::Index(_))));
}
