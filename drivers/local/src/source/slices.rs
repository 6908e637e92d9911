//! Reading a source from its beginning to its end in slices, to find what it has of an earlier
//! version.

use b2_proto::error::Error;
use b2_proto::plan::blocks::Matcher;

use super::ReadAt;
use crate::exchange::pool::PIECE_LEN;

/// Bytes that are read between two looks at whether anybody still waits for them: some hundredths
/// of a second.
pub const SLICE_LEN: u64 = 16 << 20;

/// Reads the next slice, which begins where `matcher` has come to, and checks that the source is
/// still the same (S15). Needs a buffer of 256 KiB.
///
/// # Errors
/// [`Source`](b2_proto::error::ErrorKind::Source) when the source cannot be read or has changed.
pub fn match_slice(source: &dyn ReadAt, mut matcher: Matcher) -> Result<Matcher, Error> {
    let mut at = matcher.len();
    let end = source.len().min(at.saturating_add(SLICE_LEN));
    let mut piece = vec![0; PIECE_LEN];
    while at < end {
        let len = usize::try_from(end - at).map_or(PIECE_LEN, |left| left.min(PIECE_LEN));
        let space = piece.get_mut(..len).unwrap_or_default();
        source.read_exact_at(at, space)?;
        matcher.update(space);
        at += len as u64;
    }
    source.check_unchanged()?;
    Ok(matcher)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{FileSource, MemorySource};
    use b2_proto::error::ErrorKind;
    use b2_proto::wire::text::Sha1;

    #[test]
    fn a_source_is_read_to_its_end() {
        let data: Vec<u8> = (0..=255).cycle().take((16 << 20) + 1_000_003).collect();
        let source = MemorySource::new(&data);
        let mut matcher = Matcher::new(source.len(), 5_000_000, None);
        let mut slices = 0;
        while matcher.len() < source.len() {
            matcher = match_slice(&source, matcher).expect("readable");
            slices += 1;
        }
        let matched = matcher.finish();
        assert_eq!((slices, matched.sha1), (2, Sha1::of(&data)));
    }

    #[test]
    fn a_source_that_changes_is_noticed() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("a");
        std::fs::write(&path, b"0123456789").expect("write");
        let source = FileSource::open(&path).expect("opens");
        std::fs::write(&path, b"01234").expect("write");
        let error = match_slice(&source, Matcher::new(10, 5, None)).expect_err("it is shorter");
        assert_eq!(error.kind, ErrorKind::Source);
    }
}
