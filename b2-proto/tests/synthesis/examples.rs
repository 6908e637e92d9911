//! Cases with a name: limits, documented results, and what the vectors do not have.

use b2_proto::limits::{LARGE_FILE_LEN_MAX, PARTS_MAX};
use b2_proto::plan::sizes::{SizeOptions, Sizes};
use b2_proto::plan::synthesis::{Intent, Origin, Part, Priority, Synthesis, SynthesisError};
use serde_json::{Value, json};

use crate::shown::shown;

fn sizes(min: u64, usual: u64, max: u64) -> Synthesis {
    Synthesis::new(Sizes::new(min, usual, max).expect("sizes in order"))
}

fn service() -> Synthesis {
    Synthesis::new(Sizes::resolve(SizeOptions::default()).expect("sizes"))
}

#[track_caller]
fn check(synthesis: Synthesis, intents: &[Intent], parts: Value) {
    assert_eq!(shown(&synthesis.plan(intents))["parts"], parts);
}

#[test]
fn priorities_have_their_documented_results() {
    let intents = [Intent::remote(0, 100), Intent::local(50, 30), Intent::local(100, 100)];
    let with = |priority| sizes(5, 100, 5_000).priority(priority);
    let remote = json!([["c", 0, 0, 100], ["s", 2, 0, 100]]);
    check(with(Priority::Reference), &intents, remote.clone());
    check(with(Priority::Remote), &intents, remote);
    let local = json!([["c", 0, 0, 50], ["s", 1, 0, 30], ["c", 0, 80, 20], ["s", 2, 0, 100]]);
    check(with(Priority::Local), &intents, local);
    let verified = with(Priority::LocalVerification);
    let copies = json!([["c", 0, 0, 50], ["c", 0, 50, 30], ["c", 0, 80, 20], ["s", 2, 0, 100]]);
    check(verified, &intents, copies);
    let plan = verified.plan(&intents).expect("a plan");
    let marks: Vec<_> = plan.verifications().collect();
    let [(1, [piece])] = marks[..] else { panic!("{marks:?}") };
    assert_eq!((piece.intent, piece.offset, piece.len), (1, 0, 30));
}

#[test]
fn what_is_cut_out_to_be_verified_leaves_parts_that_are_long_enough() {
    let with = |local: Intent, parts| {
        let synthesis = sizes(5, 100, 5_000).priority(Priority::LocalVerification);
        check(synthesis, &[Intent::remote(0, 100), local], parts);
    };
    with(Intent::local(2, 50), json!([["c", 0, 0, 5], ["c", 0, 5, 47], ["c", 0, 52, 48]]));
    with(Intent::local(50, 48), json!([["c", 0, 0, 50], ["c", 0, 50, 45], ["c", 0, 95, 5]]));
    with(Intent::local(0, 100), json!([["c", 0, 0, 100]]));
    with(Intent::local(50, 4), json!([["c", 0, 0, 100]]));
}

#[test]
fn every_kind_of_error_says_what_is_wrong() {
    let wrong = |intents: &[Intent]| service().plan(intents).expect_err("an error");
    assert_eq!(wrong(&[]), SynthesisError::Empty);
    let unknown = Intent { len: None, ..Intent::local(0, 0) };
    assert_eq!(wrong(&[Intent::local(0, 1), unknown]), SynthesisError::UnknownLength { intent: 1 });
    let hole = [Intent::local(5, 1), Intent::local(0, 3)];
    assert_eq!(wrong(&hole), SynthesisError::Hole { from: 3, to: 5 });
    assert_eq!(wrong(&[Intent::local(3, 0)]), SynthesisError::Hole { from: 0, to: 3 });
    let len = LARGE_FILE_LEN_MAX + 1;
    assert_eq!(wrong(&[Intent::remote(0, len)]), SynthesisError::TooLarge { len });
    let endless = Intent::remote(u64::MAX, u64::MAX);
    assert_eq!(wrong(&[endless]), SynthesisError::TooLarge { len: u64::MAX });
    let unsorted = [Intent::local(0, 3), Intent::local(1, 3), Intent::local(0, 9)];
    let error = SynthesisError::Unsorted { intent: 2, offset: 0 };
    assert_eq!(service().in_order(true).plan(&unsorted), Err(error));
    let gb = 1_000_000_000;
    let len = 5 * gb + 1;
    let long = sizes(5 * gb, 5 * gb, 5 * gb).plan(&[Intent::local(0, len)]);
    assert_eq!(long, Err(SynthesisError::PartTooLong { len }));
    let many = sizes(1, 1, 1).plan(&[Intent::local(0, 10_001)]);
    assert_eq!(many, Err(SynthesisError::TooManyParts { max: 10_000 }));
    let hole = SynthesisError::Hole { from: 3, to: 5 };
    assert_eq!(hole.to_string(), "no source has bytes 3 to 5");
}

#[test]
fn a_stream_ends_with_its_error_behind_the_parts_before_it() {
    let intents = [Intent::local(0, 30), Intent::local(31, 1)];
    let mut parts = sizes(1, 10, 10).stream(intents);
    assert_eq!(parts.is_large(), Err(SynthesisError::Hole { from: 30, to: 31 }));
    assert_eq!(parts.next(), Some(Err(SynthesisError::Hole { from: 30, to: 31 })));
    assert_eq!(parts.next(), None);
    let mut many = sizes(1, 1, 1).stream([Intent::local(0, 20_000)]);
    assert_eq!(many.is_large(), Ok(true));
    assert_eq!(many.by_ref().take_while(Result::is_ok).count(), usize::from(PARTS_MAX));
    assert_eq!(many.next(), None);
    let wide = (0..2_000_000).map(|at| Intent::local(at, 1));
    let mut wide = service().stream(wide);
    let max = b2_proto::plan::synthesis::PIECES_MAX;
    assert_eq!(wide.next(), Some(Err(SynthesisError::TooManyPieces { max })));
}

#[test]
fn a_file_of_many_copies_fits_into_the_parts_there_are() {
    let mb = 1_000_000;
    let intents: Vec<Intent> = (0..15_000)
        .map(|at| Intent::remote(at * 20 * mb, 5 * mb + at * 7_919 % (15 * mb)))
        .collect();
    let gaps = (0..15_000).map(|at| Intent::local(at * 20 * mb, 20 * mb));
    let intents: Vec<Intent> = intents.into_iter().chain(gaps).collect();
    let free = service().parts_max(u32::MAX).plan(&intents).expect("a plan");
    assert!(free.count() > 14_000);
    let plan = service().plan(&intents).expect("a plan");
    assert!((9_000..=10_000).contains(&plan.count()), "{}", plan.count());
    let least = service().least_transfer(&intents, &Default::default()).expect("a plan");
    assert!(least.count() <= 10_000);
    assert!(least.totals().sent <= plan.totals().sent);
}

#[test]
fn plans_are_small() {
    use b2_proto::plan::synthesis::{Piece, PlannedPart};
    assert!(size_of::<Piece>() <= 24 && size_of::<PlannedPart<'_>>() <= 32);
    assert!(size_of::<Origin>() == 1);
}

/// What is used of a long local source does not depend on what comes later.
#[test]
fn parts_of_a_long_source_do_not_wait_for_its_end() {
    const MB: u64 = 1_000_000;
    let taken = core::cell::Cell::new(0);
    let short = (0..1_000).map(|index| {
        taken.set(index);
        Intent::remote(index * MB, MB)
    });
    let intents = core::iter::once(Intent::local(0, 1_000 * MB)).chain(short);
    let sizes = Sizes::resolve(SizeOptions::default()).expect("sizes");
    let mut parts = 0;
    for part in Synthesis::new(sizes).stream(intents) {
        let part = part.expect("a part");
        assert!(matches!(part, Part::Send(_)), "{part:?}");
        parts += 1;
        assert!(taken.get() <= parts * 100 + 10, "{} taken for {parts}", taken.get());
    }
    assert_eq!(parts, 10);
}
