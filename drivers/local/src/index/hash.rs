//! Digests of whole files, from an index where it knows them.

use std::path::Path;
use std::time::SystemTime;

use b2_proto::plan::Span;
use b2_proto::wire::body::{BodyHasher, DigestMode};
use b2_proto::wire::text::Sha1;

use super::{FileStamp, Index};
use crate::source::{FileSource, ReadAt};
use crate::{Error, Reason};

/// Bytes that are read at a time.
const READ_LEN: usize = 256 << 10;

/// Whether nobody waits for a long piece of work any more. It is asked for every piece of a file,
/// and the work ends with [`Reason::GivenUp`](crate::Reason::GivenUp) when it is so.
pub type IsGivenUp<'a> = dyn Fn() -> bool + Sync + 'a;

/// The SHA-1 of a file. An index that knows the file in its present state answers without opening
/// it; otherwise it is told. Blocks while the file is read.
///
/// # Errors
/// A file that cannot be read, is none, or changes meanwhile (S15); or it is given up.
pub fn sha1_of(
    path: &Path,
    index: Option<&mut Index>,
    is_given_up: &IsGivenUp<'_>,
) -> Result<Sha1, Error> {
    match index {
        Some(index) => sha1_with(path, &mut |ask| ask(index), is_given_up),
        None => read_sha1(path, is_given_up),
    }
}

/// Asks an index, or tells it something.
pub type Ask<'a> = dyn FnMut(&mut Index) + 'a;

/// The same with an index that others use as well: `with` has it asked, and told, for a moment.
///
/// # Errors
/// As those of [`sha1_of`].
pub fn sha1_with(
    path: &Path,
    with: &mut dyn FnMut(&mut Ask<'_>),
    is_given_up: &IsGivenUp<'_>,
) -> Result<Sha1, Error> {
    let stamp = || std::fs::metadata(path).ok().as_ref().and_then(FileStamp::of);
    let (before, mut known) = (stamp(), None);
    if let Some(stamp) = before {
        with(&mut |index| known = index.find(path, &stamp));
    }
    if let Some(sha1) = known {
        return Ok(sha1);
    }
    let begun = SystemTime::now();
    let sha1 = read_sha1(path, is_given_up)?;
    if let (Some(before), Some(after)) = (before, stamp())
        && before == after
    {
        with(&mut |index| index.add(path, &before, begun, sha1));
    }
    Ok(sha1)
}

fn read_sha1(path: &Path, is_given_up: &IsGivenUp<'_>) -> Result<Sha1, Error> {
    let source = FileSource::open(path)?;
    let all = Span { offset: 0, len: source.len() };
    let sha1 = span_sha1(&source, all, &mut Vec::new(), is_given_up)?;
    source.check_unchanged()?;
    Ok(sha1)
}

/// The SHA-1 of some bytes in a row; `buffer` can be used again.
pub(crate) fn span_sha1(
    source: &FileSource,
    span: Span,
    buffer: &mut Vec<u8>,
    is_given_up: &IsGivenUp<'_>,
) -> Result<Sha1, Error> {
    let mut hasher = BodyHasher::new(DigestMode::AtEnd);
    let mut offset = span.offset;
    while offset < span.end() {
        if is_given_up() {
            return Err(Error::new(Reason::GivenUp, source.path()));
        }
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
    use core::sync::atomic::{AtomicU32, Ordering};
    use core::time::Duration;
    use std::fs::{self, File};

    #[test]
    fn who_gives_up_need_not_wait() {
        let file = tempfile::NamedTempFile::new().expect("file");
        // More than anybody would wait for.
        file.as_file().set_len(1 << 40).expect("sparse");
        let asked = AtomicU32::new(0);
        let is_given_up = || asked.fetch_add(1, Ordering::Relaxed) == 3;
        let error = sha1_of(file.path(), None, &is_given_up).expect_err("given up");
        assert_eq!((error.reason, asked.load(Ordering::Relaxed)), (Reason::GivenUp, 4));
    }

    #[test]
    fn a_file_that_is_known_is_not_read() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("file");
        fs::write(&path, vec![7; READ_LEN + 5]).expect("file");
        let truth = Sha1::of(&vec![7; READ_LEN + 5]);
        let mut index = Index::open(&folder.path().join("index"));
        assert_eq!(sha1_of(&path, Some(&mut index), &|| false), Ok(truth));
        let stamp = FileStamp::of(&fs::metadata(&path).expect("metadata")).expect("stamp");
        assert_eq!(index.find(&path, &stamp), None, "it was modified a moment ago");
        // As if it had been read when it had settled, with another digest to tell the two apart.
        let later = SystemTime::now() + Duration::from_secs(10);
        index.add(&path, &stamp, later, Sha1::of(b"kept"));
        assert_eq!(sha1_of(&path, Some(&mut index), &|| false), Ok(Sha1::of(b"kept")));
        assert_eq!(sha1_of(&path, None, &|| false), Ok(truth));
        // The same length and time again, which the time of the change gives away.
        let modified = fs::metadata(&path).and_then(|it| it.modified()).expect("time");
        std::thread::sleep(Duration::from_millis(20));
        fs::write(&path, vec![8; READ_LEN + 5]).expect("file");
        let file = File::options().write(true).open(&path).expect("open");
        file.set_modified(modified).expect("time");
        let want = Sha1::of(&vec![8; READ_LEN + 5]);
        #[cfg(unix)]
        assert_eq!(sha1_of(&path, Some(&mut index), &|| false), Ok(want));
        assert_eq!(sha1_of(&path, None, &|| false), Ok(want));
        let error =
            sha1_of(&folder.path().join("none"), Some(&mut index), &|| false).expect_err("missing");
        assert_eq!(error.reason, Reason::SourceMissing);
    }
}
