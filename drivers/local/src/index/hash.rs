//! Digests of whole files, from an index where it knows them.

use std::path::Path;
use std::time::SystemTime;

use b2_proto::plan::Span;
use b2_proto::wire::body::{BodyHasher, DigestMode};
use b2_proto::wire::text::Sha1;

use super::{FileStamp, Index};
use crate::Error;
use crate::source::{FileSource, ReadAt};

/// Bytes that are read at a time.
const READ_LEN: usize = 256 << 10;

/// The SHA-1 of a file. An index that knows the file in its present state answers without opening
/// it; otherwise it is told. Blocks while the file is read.
///
/// # Errors
/// A file that cannot be read, is none, or changes meanwhile (S15).
pub fn sha1_of(path: &Path, index: Option<&mut Index>) -> Result<Sha1, Error> {
    match index {
        Some(index) => sha1_with(path, &mut |ask| ask(index)),
        None => read_sha1(path),
    }
}

/// Asks an index, or tells it something.
pub type Ask<'a> = dyn FnMut(&mut Index) + 'a;

/// The same with an index that others use as well: `with` has it asked, and told, for a moment.
///
/// # Errors
/// As those of [`sha1_of`].
pub fn sha1_with(path: &Path, with: &mut dyn FnMut(&mut Ask<'_>)) -> Result<Sha1, Error> {
    let stamp = || std::fs::metadata(path).ok().as_ref().and_then(FileStamp::of);
    let (before, mut known) = (stamp(), None);
    if let Some(stamp) = before {
        with(&mut |index| known = index.find(path, &stamp));
    }
    if let Some(sha1) = known {
        return Ok(sha1);
    }
    let begun = SystemTime::now();
    let sha1 = read_sha1(path)?;
    if let (Some(before), Some(after)) = (before, stamp())
        && before == after
    {
        with(&mut |index| index.add(path, &before, begun, sha1));
    }
    Ok(sha1)
}

fn read_sha1(path: &Path) -> Result<Sha1, Error> {
    let source = FileSource::open(path)?;
    let sha1 = span_sha1(&source, Span { offset: 0, len: source.len() }, &mut Vec::new())?;
    source.check_unchanged()?;
    Ok(sha1)
}

/// The SHA-1 of some bytes in a row; `buffer` can be used again.
pub(crate) fn span_sha1(
    source: &FileSource,
    span: Span,
    buffer: &mut Vec<u8>,
) -> Result<Sha1, Error> {
    let mut hasher = BodyHasher::new(DigestMode::AtEnd);
    let mut offset = span.offset;
    while offset < span.end() {
        let len = usize::try_from(span.end() - offset).map_or(READ_LEN, |left| left.min(READ_LEN));
        buffer.resize(len, 0);
        source.read_exact_at(offset, buffer)?;
        hasher.update(buffer);
        offset += len as u64;
    }
    Ok(hasher.finish().0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Reason;
    use core::time::Duration;
    use std::fs::{self, File};

    #[test]
    fn a_file_that_is_known_is_not_read() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("file");
        fs::write(&path, vec![7; READ_LEN + 5]).expect("file");
        let truth = Sha1::of(&vec![7; READ_LEN + 5]);
        let mut index = Index::open(&folder.path().join("index"));
        assert_eq!(sha1_of(&path, Some(&mut index)), Ok(truth));
        let stamp = FileStamp::of(&fs::metadata(&path).expect("metadata")).expect("stamp");
        assert_eq!(index.find(&path, &stamp), None, "it was modified a moment ago");
        // As if it had been read when it had settled, with another digest to tell the two apart.
        let later = SystemTime::now() + Duration::from_secs(10);
        index.add(&path, &stamp, later, Sha1::of(b"kept"));
        assert_eq!(sha1_of(&path, Some(&mut index)), Ok(Sha1::of(b"kept")));
        assert_eq!(sha1_of(&path, None), Ok(truth));
        // The same length and time again, which the time of the change gives away.
        let modified = fs::metadata(&path).and_then(|it| it.modified()).expect("time");
        std::thread::sleep(Duration::from_millis(20));
        fs::write(&path, vec![8; READ_LEN + 5]).expect("file");
        let file = File::options().write(true).open(&path).expect("open");
        file.set_modified(modified).expect("time");
        let want = Sha1::of(&vec![8; READ_LEN + 5]);
        #[cfg(unix)]
        assert_eq!(sha1_of(&path, Some(&mut index)), Ok(want));
        assert_eq!(sha1_of(&path, None), Ok(want));
        let error = sha1_of(&folder.path().join("none"), Some(&mut index)).expect_err("missing");
        assert_eq!(error.reason, Reason::SourceMissing);
    }
}
