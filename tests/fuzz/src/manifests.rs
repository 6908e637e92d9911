//! Manifests of blocks, perhaps written by somebody else.

use b2_proto::plan::blocks::{BLOCKS_MAX, BlockDigest, Draft, Manifest, Matcher};

/// What follows the magic of a manifest, but for the digest at its end.
pub fn manifests(data: &[u8]) {
    let _ = Manifest::read(data.to_vec());
    let mut bytes = [b"b2blocks", data].concat();
    bytes.extend(BlockDigest::of(&bytes).0);
    let Ok(read) = Manifest::read(bytes.clone()) else { return };

    assert!(read.count() as u64 <= BLOCKS_MAX, "more blocks than there may be");
    let mut draft = Draft::new(read.size());
    let mut len = 0;
    for block in read.blocks() {
        assert!(0 < block.len && block.len <= read.size().max(), "a block of no legal length");
        len += u64::from(block.len);
        assert!(draft.push(block));
    }
    assert_eq!(read.file_len(), len, "blocks cover the file");
    let written = draft.finish(read.file_id(), read.file_sha1());
    assert_eq!(written, Some(bytes), "written and read");
    matched(read, data);
}

/// Whatever a manifest says, only ranges of its file are found, and only within the new one.
fn matched(base: Manifest, data: &[u8]) {
    let base_len = base.file_len();
    let mut matcher = Matcher::new(data.len() as u64, 0, Some(base));
    data.chunks(100).for_each(|bytes| matcher.update(bytes));
    let matched = matcher.finish();
    let mut end = 0;
    for found in &matched.matches {
        assert!(found.span.offset >= end, "matches overlap");
        end = found.span.end();
        let is_there = found.base_offset.checked_add(found.span.len);
        assert!(is_there.is_some_and(|end| end <= base_len), "a range that is not there");
    }
    assert!(end <= matched.len);
}
