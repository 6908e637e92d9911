//! Journals that are whole, cut off, damaged, foreign, and long.

use b2_proto::wire::text::Sha1;

use super::*;
use proptest::prelude::*;

const PLACE: Place = Place { inode: 7, target: Sha1([3; 20]) };

fn content() -> Content {
    let span = Span { offset: 5, len: 1_000_000_000 };
    Content { file_id: "4_z1".to_owned(), file_len: 2_000_000_000, span }
}

fn ranges(spans: &[(u64, u64)]) -> Ranges {
    let mut ranges = Ranges::default();
    spans.iter().for_each(|&(offset, len)| ranges.add(Span { offset, len }));
    ranges
}

fn journal_with(path: &Path, notes: &[Vec<(u64, u64)>]) -> Journal {
    let mut journal = Journal::create(path.to_owned(), &content(), PLACE).expect("create");
    notes.iter().for_each(|note| journal.note(&ranges(note)).expect("note"));
    journal
}

fn reopened(path: &Path) -> Option<Ranges> {
    let (journal, told) = Journal::open(path.to_owned(), PLACE)?;
    assert_eq!(told, content());
    Some(journal.noted)
}

#[test]
fn what_is_noted_is_there_the_next_time_and_added_to() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("journal");
    journal_with(&path, &[vec![(0, 10), (100, 10)], vec![(10, 5)]]);
    let (mut journal, _) = Journal::open(path.clone(), PLACE).expect("opens");
    assert_eq!(*journal.noted(), ranges(&[(0, 15), (100, 10)]));
    journal.note(&ranges(&[(15, 85)])).expect("note");
    drop(journal);
    assert_eq!(reopened(&path), Some(ranges(&[(0, 110)])));
    // A torn tail is cut off before more is added.
    OpenOptions::new().append(true).open(&path).expect("open").write_all(b"0123").expect("tear");
    let (mut journal, _) = Journal::open(path.clone(), PLACE).expect("opens");
    journal.note(&ranges(&[(200, 1)])).expect("note");
    assert_eq!(reopened(&path), Some(ranges(&[(0, 110), (200, 1)])));
}

#[test]
fn a_journal_of_something_else_counts_for_nothing() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("journal");
    assert_eq!(reopened(&path), None);
    journal_with(&path, &[vec![(0, 10)]]);
    for place in [Place { inode: 8, ..PLACE }, Place { target: Sha1([4; 20]), ..PLACE }] {
        assert!(Journal::open(path.clone(), place).is_none());
    }
    let good = fs::read_to_string(&path).expect("text");
    for (from, to) in [("b2-download 2", "b2-download 3"), (" 0 10", " 0 11"), ("4_z1", "4_z2")] {
        fs::write(&path, good.replace(from, to)).expect("write");
        assert_ne!(reopened(&path), Some(ranges(&[(0, 10)])), "{from}");
        assert!(reopened(&path).is_none_or(|noted| noted.len() == 0), "{from}");
    }
    journal_with(&path, &[vec![(999_999_999, 2)]]);
    assert_eq!(reopened(&path), None, "past the end");
}

#[test]
fn a_journal_stays_short_and_loses_nothing() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("journal");
    let notes: Vec<_> = (0..5_000).map(|at| vec![(at * 10, 9 + at % 2)]).collect();
    let mut journal = Journal::create(path.clone(), &content(), PLACE).expect("create");
    let mut longest = 0;
    for (at, note) in notes.iter().enumerate() {
        journal.note(&ranges(note)).expect("note");
        // Only what is one range in the end may be many lines.
        journal.note(&ranges(&[(at as u64 * 10, 10)])).expect("note");
        longest = longest.max(fs::metadata(&path).expect("there").len());
    }
    assert!(longest <= LEN_MAX, "{longest}");
    assert_eq!(reopened(&path), Some(ranges(&[(0, 50_000)])));
    assert_eq!(fs::read_dir(folder.path()).expect("list").count(), 1);
}

#[test]
fn a_void_journal_has_the_mark_alone() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("journal");
    journal_with(&path, &[vec![(0, 10)]]).void().expect("void");
    assert_eq!(reopened(&path), None);
    let text = fs::read_to_string(&path).expect("there");
    assert!(text.ends_with(&format!(" {}\n", PLACE.line())), "{text}");
}

proptest! {
    /// Whatever is left of a journal, it names no byte that was not noted.
    #[test]
    fn a_journal_cut_or_damaged_anywhere_names_no_other_byte(
        notes in prop::collection::vec(
            prop::collection::vec((0_u64..1_000, 1_u64..100), 1..4), 1..8,
        ),
        cut: prop::sample::Index, damage: prop::sample::Index, by in 1_u8..=255, is_cut: bool,
    ) {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("journal");
        let noted = journal_with(&path, &notes).noted;
        let mut bytes = fs::read(&path).expect("read");
        if is_cut {
            bytes.truncate(cut.index(bytes.len() + 1));
        } else {
            let at = damage.index(bytes.len());
            bytes[at] ^= by;
        }
        fs::write(&path, &bytes).expect("write");
        if let Some((journal, told)) = Journal::open(path, PLACE) {
            prop_assert_eq!(told, content());
            for span in journal.noted.as_slice() {
                prop_assert_eq!(gaps::missing(noted.as_slice(), *span), 0);
            }
        }
    }
}
