//! The format of manifests.

use crate::{ID, kept, manifest, noise, read};
use b2_proto::plan::blocks::{
    BLOCKS_MAX, Block, BlockDigest, BlockSize, DIGEST_LEN, Draft, MANIFEST_LEN_MAX, Manifest,
    ManifestError, Matcher,
};
use b2_proto::wire::text::Sha1;
use proptest::prelude::*;

/// A manifest put together by hand, by the table of the format.
struct Parts {
    head: Vec<u8>,
    entries: Vec<(u32, [u8; DIGEST_LEN])>,
    len: u64,
    id: Vec<u8>,
}

impl Parts {
    /// Two blocks with an average of 128 bytes, the second of which is short.
    fn good() -> Self {
        Self {
            head: b"b2blocks\x01\x07\0\0".to_vec(),
            entries: vec![(100, [1; DIGEST_LEN]), (5, [2; DIGEST_LEN])],
            len: 105,
            id: ID.into(),
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.head.clone();
        for (len, digest) in &self.entries {
            bytes.extend(len.to_le_bytes());
            bytes.extend(digest);
        }
        bytes.extend([0; 4]);
        bytes.extend(self.len.to_le_bytes());
        bytes.extend([9; 20]);
        bytes.push(u8::try_from(self.id.len()).expect("a short ID"));
        bytes.extend(&self.id);
        bytes.extend(BlockDigest::of(&bytes).0);
        bytes
    }

    fn read(&self) -> Result<Manifest, ManifestError> {
        Manifest::read(self.bytes())
    }
}

#[test]
fn the_format_is_that_of_the_table() {
    let read = Parts::good().read().unwrap();
    assert_eq!(read.size(), BlockSize::from_log2(7).unwrap());
    let block = |len, digest| Block { len, digest: BlockDigest([digest; DIGEST_LEN]) };
    assert_eq!(read.blocks().collect::<Vec<_>>(), [block(100, 1), block(5, 2)]);
    assert!(read.describes(ID, 105, Some(Sha1([9; 20]))) && read.describes(ID, 105, None));
    assert!(!read.describes("4_z", 105, None) && !read.describes(ID, 104, None));
    assert!(!read.describes(ID, 105, Some(Sha1([8; 20]))));

    let mut draft = Draft::new(read.size());
    assert!(read.blocks().all(|block| draft.push(block)));
    assert_eq!(draft.finish(ID, Sha1([9; 20])), Some(Parts::good().bytes()));
    assert_eq!(BlockDigest::of(b"abc").0[..4], [0xba, 0x78, 0x16, 0xbf], "SHA-256");
}

type Change = fn(&mut Parts);

#[test]
fn what_breaks_a_rule_is_refused() {
    let broken: [(&str, Change); 12] = [
        ("an average too small", |it| it.head[9] = 6),
        ("an average too large", |it| it.head[9] = 26),
        ("no average", |it| it.head[9] = 255),
        ("something where zeros are", |it| it.head[11] = 1),
        ("a short block that is not the last", |it| it.entries[0].0 = 63),
        ("a long block", |it| it.entries[1].0 = 513),
        ("a very long block", |it| it.entries[1].0 = u32::MAX),
        ("another length", |it| it.len += 1),
        ("a length beyond all", |it| it.len = u64::MAX),
        ("no ID", |it| it.id.clear()),
        ("a long ID", |it| it.id = vec![b'4'; 201]),
        ("something else in the ID", |it| it.id[3] = b'\n'),
    ];
    for (what, change) in broken {
        let mut parts = Parts::good();
        change(&mut parts);
        // The lengths of blocks are told rightly where that is not what is broken.
        if what.contains("block") {
            parts.len = parts.entries.iter().map(|(len, _)| u64::from(*len)).sum();
        }
        assert_eq!(parts.read(), Err(ManifestError::Damaged), "{what}");
    }
    let mut newer = Parts::good();
    newer.head[8] = 2;
    assert_eq!(newer.read(), Err(ManifestError::Version(2)));
    for foreign in [&b""[..], b"b2block", b"B2blocks\x01", b"{}"] {
        assert_eq!(Manifest::read(foreign.to_vec()), Err(ManifestError::Foreign));
    }
}

#[test]
fn a_file_without_bytes_has_a_manifest_without_blocks() {
    let read = manifest(b"");
    assert_eq!((read.count(), read.block(0)), (0, None));
    assert!(read.describes(ID, 0, Some(Sha1::of(b""))));
}

#[test]
fn there_are_only_so_many_blocks() {
    let size = BlockSize::from_log2(7).unwrap();
    let block = Block { len: 64, digest: BlockDigest([0; DIGEST_LEN]) };
    let mut draft = Draft::new(size);
    assert!((0..BLOCKS_MAX).all(|_| draft.push(block)));
    assert!(!draft.push(block), "one too many");
    let longest = draft.finish(&"4".repeat(200), Sha1([0; 20])).unwrap();
    assert_eq!(longest.len() as u64, MANIFEST_LEN_MAX);
    assert_eq!(Manifest::read(longest.clone()).unwrap().count() as u64, BLOCKS_MAX);

    let mut longer = longest;
    longer.splice(12..12, longest_entry());
    assert_eq!(Manifest::read(longer), Err(ManifestError::Damaged));
}

fn longest_entry() -> Vec<u8> {
    64_u32.to_le_bytes().into_iter().chain([0; DIGEST_LEN]).collect()
}

#[test]
fn a_draft_takes_ids_only() {
    let draft = || Draft::new(BlockSize::from_log2(7).unwrap());
    for id in ["", "4 z", "4_ż", &"4".repeat(201)] {
        assert_eq!(draft().finish(id, Sha1([0; 20])), None, "{id}");
    }
}

#[test]
fn manifests_are_short() {
    // The smallest file of two parts at the sizes of the service, as far as blocks go.
    let bytes = noise(5_000_001, 1);
    let mut matcher = Matcher::new(5_000_001, 5_000_000, None);
    matcher.update(&bytes);
    let matched = matcher.finish();
    let kept = matched.draft.and_then(|draft| draft.finish(ID, matched.sha1)).unwrap();
    assert!(kept.len() * 2_000 <= bytes.len(), "{} bytes are more than 0.05 %", kept.len());
}

proptest! {
    #[test]
    fn a_manifest_covers_its_file(len in 0_usize..50_000, seed: u64, piece in 1_usize..9_000) {
        let bytes = noise(len, seed);
        let matched = read(&bytes, piece, None);
        prop_assert_eq!((matched.len, matched.sha1), (len as u64, Sha1::of(&bytes)));
        let kept = matched.draft.unwrap().finish(ID, matched.sha1).unwrap();
        let read = Manifest::read(kept).unwrap();
        let mut rest = &bytes[..];
        for block in read.blocks() {
            let (this, behind) = rest.split_at(block.len as usize);
            prop_assert_eq!(BlockDigest::of(this), block.digest);
            rest = behind;
        }
        prop_assert!(rest.is_empty());
    }

    #[test]
    fn no_byte_of_it_can_be_another(seed: u64, at: prop::sample::Index, by in 1_u8..) {
        let mut bytes = kept(&noise(3_000, seed));
        let at = at.index(bytes.len());
        bytes[at] ^= by;
        prop_assert!(Manifest::read(bytes).is_err());
    }

    #[test]
    fn it_cannot_be_cut_or_go_on(seed: u64, at: prop::sample::Index, more in 1_usize..50) {
        let bytes = kept(&noise(3_000, seed));
        prop_assert!(Manifest::read(bytes[..at.index(bytes.len())].to_vec()).is_err());
        let longer = [bytes, vec![0; more]].concat();
        prop_assert_eq!(Manifest::read(longer), Err(ManifestError::Damaged));
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
        let _ = Manifest::read(bytes.clone());
        let _ = Manifest::read([b"b2blocks\x01\x07\0\0", &bytes[..]].concat());
    }
}
