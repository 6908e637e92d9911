//! What is found of an earlier version, and what is built of it.

use crate::{ID, PART_MIN, manifest, noise, read};
use b2_proto::plan::blocks::{
    Block, BlockDigest, BlockSize, Chunker, Draft, Manifest, Match, Matched, Matcher,
};
use b2_proto::plan::sizes::{SizeOptions, Sizes};
use b2_proto::plan::synthesis::least::Weights;
use b2_proto::plan::synthesis::{Intent, Origin, Plan, Synthesis};
use b2_proto::wire::text::Sha1;
use proptest::prelude::*;

fn synthesis() -> Synthesis {
    let sizes = SizeOptions {
        min: Some(PART_MIN),
        recommended: Some(10_000),
        max: Some(50_000),
        ..SizeOptions::default()
    };
    Synthesis::new(Sizes::resolve(sizes).expect("in order"))
}

fn least(intents: &[Intent]) -> Plan {
    synthesis().least_transfer(intents, &Weights::default()).expect("a file")
}

/// As an index.
fn at(place: u64) -> usize {
    usize::try_from(place).expect("a short file")
}

/// The file as the service would have it after this plan.
fn built(plan: &Plan, matched: &Matched, local: &[u8], base: &[u8]) -> Vec<u8> {
    let intents = matched.intents();
    let pieces = plan.parts().flat_map(|part| part.pieces().to_vec());
    let bytes = pieces.flat_map(|piece| {
        let (bytes, from) = match piece.origin {
            Origin::Local => (local, intents[piece.intent as usize].offset),
            Origin::Remote => (base, matched.source(piece.intent).expect("a match").base_offset),
        };
        bytes[at(from + piece.offset)..][..at(piece.len)].to_vec()
    });
    bytes.collect()
}

/// Checks everything that must hold of any file, and returns what the least transfer sends.
fn check(base: &[u8], local: &[u8], piece: usize) -> u64 {
    let matched = read(local, piece, Some(manifest(base)));
    assert_eq!((matched.len, matched.sha1), (local.len() as u64, Sha1::of(local)));
    let mut end = 0;
    for found in &matched.matches {
        assert!(found.span.offset >= end && found.span.len > 0);
        end = found.span.end();
        let is_last = end == matched.len;
        assert!(found.span.len >= PART_MIN || is_last, "too short to be copied");
        let len = at(found.span.len);
        let ours = &local[at(found.span.offset)..][..len];
        assert_eq!(ours, &base[at(found.base_offset)..][..len]);
    }
    let plan = least(&matched.intents());
    assert_eq!(built(&plan, &matched, local, base), local);
    assert_eq!(plan.totals().fetched, 0, "all of it is here");
    let reference = synthesis().plan(&matched.intents()).expect("a file");
    assert_eq!(built(&reference, &matched, local, base), local);
    plan.totals().sent
}

/// A file of several hundred blocks.
fn file() -> Vec<u8> {
    noise(60_000, 1)
}

/// A change may spoil so much beside itself: blocks are found again after a few, and a part is
/// sent.
const AROUND: u64 = 2 * PART_MIN;

#[test]
fn an_unchanged_file_is_one_match() {
    let matched = read(&file(), 1_000, Some(manifest(&file())));
    let [found] = &matched.matches[..] else { panic!("{:?}", matched.matches) };
    assert_eq!((found.span.offset, found.span.len, found.base_offset), (0, 60_000, 0));
    assert_eq!(check(&file(), &file(), 777), 0);
}

#[test]
fn without_an_earlier_version_all_is_sent() {
    let matched = read(&file(), 1_000, None);
    assert_eq!(matched.intents(), [Intent::local(0, 60_000)]);
    assert_eq!(check(&noise(60_000, 2), &file(), 1_000), 60_000);
    assert_eq!(check(b"", &file(), 1_000), 60_000);
}

#[test]
fn a_change_costs_little_wherever_it_is() {
    for at in [0, 1, 29_999, 59_999] {
        let mut inserted = file();
        inserted.insert(at, 7);
        assert!(check(&file(), &inserted, 4_096) <= AROUND, "inserted at {at}");
        let mut removed = file();
        removed.drain(at..60_000.min(at + 100));
        assert!(check(&file(), &removed, 4_096) <= AROUND, "removed at {at}");
        let mut replaced = file();
        replaced[at] ^= 1;
        assert!(check(&file(), &replaced, 4_096) <= AROUND, "replaced at {at}");
    }
    let appended = [file(), noise(5_000, 3)].concat();
    assert!(check(&file(), &appended, 4_096) <= 5_000 + AROUND);
    let moved = [&file()[40_000..], &file()[..40_000]].concat();
    assert!(check(&file(), &moved, 4_096) <= 2 * AROUND);
}

#[test]
fn content_that_is_there_often_keeps_its_place() {
    // An image of a disk that is mostly empty, in which one sector is written.
    let mut image = vec![0; 60_000];
    image[20_000..21_000].copy_from_slice(&noise(1_000, 1));
    image[50_000..51_000].copy_from_slice(&noise(1_000, 2));
    let mut written = image.clone();
    written[35_000..35_512].copy_from_slice(&noise(512, 3));
    let matched = read(&written, 1_000, Some(manifest(&image)));
    let unmoved = |offset| {
        let holds = |found: &&Match| (found.span.offset..found.span.end()).contains(&offset);
        let found = matched.matches.iter().find(holds);
        found.is_some_and(|found| found.span.offset == found.base_offset)
    };
    assert!([0, 15_000, 20_500, 34_000, 50_500, 59_999].into_iter().all(unmoved));
    assert!(check(&image, &written, 1_000) <= AROUND);

    // The same behind an insertion, which moved all of it.
    let moved = [&noise(300, 4)[..], &written].concat();
    assert!(check(&image, &moved, 1_000) <= 2 * AROUND);
}

#[test]
fn a_manifest_of_other_blocks_is_matched_and_replaced() {
    // Another program chose sixteen times longer blocks than would be chosen here.
    let long = BlockSize::from_log2(11).unwrap();
    let mut chunker = Chunker::new(long);
    let mut draft = Draft::new(long);
    let base = file();
    let mut rest = &base[..];
    while !rest.is_empty() {
        let (block, behind) = rest.split_at(chunker.cut(rest).unwrap_or(rest.len()));
        let digest = BlockDigest::of(block);
        let len = u32::try_from(block.len()).unwrap();
        assert!(draft.push(Block { len, digest }));
        rest = behind;
    }
    let kept = draft.finish(ID, Sha1::of(&base)).unwrap();
    let mut local = base.clone();
    local.insert(1_000, 1);
    let matched = read(&local, 999, Some(Manifest::read(kept).unwrap()));
    let found: u64 = matched.matches.iter().map(|found| found.span.len).sum();
    assert!(found > 50_000, "{found} bytes");
    let own = matched.draft.unwrap().finish(ID, matched.sha1).unwrap();
    assert_eq!(Manifest::read(own).unwrap().size(), BlockSize::of_file(60_000, PART_MIN));
}

#[test]
fn without_a_manifest_the_beginning_is_compared() {
    let base = file();
    let read = |local: &[u8], piece: usize| {
        let matcher = Matcher::new(local.len() as u64, PART_MIN, None);
        let mut matcher = matcher.beginning(base.len() as u64, Sha1::of(&base));
        local.chunks(piece).for_each(|piece| matcher.update(piece));
        matcher.finish()
    };
    let grown = [file(), noise(5_000, 3)].concat();
    for (local, piece) in [(&grown, 1), (&grown, 60_000), (&grown, 70_000), (&base, 7_000)] {
        let matched = read(local, piece);
        let [found] = &matched.matches[..] else { panic!("{:?}", matched.matches) };
        assert_eq!((found.span.offset, found.span.len, found.base_offset), (0, 60_000, 0));
        assert_eq!(matched.sha1, Sha1::of(local));
        assert_eq!(built(&least(&matched.intents()), &matched, local, &base), *local);
    }
    let mut changed = grown.clone();
    changed[59_999] ^= 1;
    for other in [&changed[..], &base[..59_999], b""] {
        let matched = read(other, 1_000);
        assert_eq!((matched.matches.len(), matched.sha1), (0, Sha1::of(other)));
    }
}

#[test]
fn a_file_that_is_much_longer_than_was_said_gets_no_manifest() {
    let mut matcher = Matcher::new(0, PART_MIN, None);
    // With an average of 128 bytes, so much has more blocks than a manifest may have.
    let bytes = noise(1 << 20, 1);
    (0..160).for_each(|_| matcher.update(&bytes));
    let matched = matcher.finish();
    assert_eq!((matched.len, matched.draft.is_none()), (160 << 20, true));
}

/// One change to a file: where, how many bytes go, and how many come from which seed.
type Edit = (prop::sample::Index, usize, usize, u64);

/// Up to five of them. Their bytes come from four seeds, so that the same content comes several
/// times.
fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let edit = (any::<prop::sample::Index>(), 0_usize..3_000, 0_usize..9_000, 0_u64..5);
    prop::collection::vec(edit, 0..6)
}

fn edited(mut bytes: Vec<u8>, edits: &[Edit]) -> Vec<u8> {
    for (at, gone, come, seed) in edits {
        let at = at.index(bytes.len() + 1);
        let end = (at + gone).min(bytes.len());
        // Zero is no seed, but no noise at all.
        let new = if *seed == 0 { vec![0; *come] } else { noise(*come, *seed) };
        bytes.splice(at..end, new);
    }
    bytes
}

proptest! {
    #[test]
    fn any_edits_are_built_exactly(
        len in 0_usize..60_000,
        before in edits(),
        after in edits(),
        piece in 1_usize..20_000,
    ) {
        let base = edited(noise(len, 99), &before);
        check(&base, &edited(base.clone(), &after), piece);
    }

    #[test]
    fn what_is_sent_follows_the_change(
            at: prop::sample::Index, gone in 0_usize..500, come in 0_usize..500,
        ) {
        let base = file();
        let local = edited(base.clone(), &[(at, gone, come, 3)]);
        // Blocks meet again with even odds each; parts are at least the shortest.
        prop_assert!(check(&base, &local, 4_096) <= come as u64 + 60 * 128 + PART_MIN);
    }
}
