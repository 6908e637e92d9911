//! Part of a source, as a source.

use core::ops::Range;
use std::path::Path;

use super::ReadAt;
use crate::{Error, Reason};

/// Bytes `range` of another source.
///
/// ```
/// use b2_local::source::{MemorySource, ReadAt as _, Window};
///
/// let window = Window::new(MemorySource::new(b"0123456789"), 2..7)?;
/// let mut bytes = [0; 3];
/// window.read_exact_at(1, &mut bytes)?;
/// assert_eq!((window.len(), &bytes), (5, b"345"));
/// # Ok::<(), b2_local::Error>(())
/// ```
#[derive(Debug)]
pub struct Window<S> {
    source: S,
    start: u64,
    len: u64,
}

impl<S: ReadAt> Window<S> {
    /// The bytes from `range.start` up to `range.end`, the end not included.
    ///
    /// # Errors
    /// [`Reason::SourceTooShort`] when the source ends before the range does, or the range ends
    /// before it begins.
    pub fn new(source: S, range: Range<u64>) -> Result<Self, Error> {
        let Some(len) = range.end.checked_sub(range.start).filter(|_| range.end <= source.len())
        else {
            return Err(Error::new(Reason::SourceTooShort, source.path()));
        };
        Ok(Self { source, start: range.start, len })
    }
}

impl<S: ReadAt> ReadAt for Window<S> {
    fn len(&self) -> u64 {
        self.len
    }

    fn modified_ms(&self) -> Option<u64> {
        self.source.modified_ms()
    }

    fn path(&self) -> &Path {
        self.source.path()
    }

    fn read_exact_at(&self, offset: u64, buf: &mut [u8]) -> Result<(), Error> {
        let end = offset.checked_add(buf.len() as u64);
        if end.is_none_or(|end| end > self.len) {
            return Err(Error::new(Reason::SourceChanged, self.path()));
        }
        self.source.read_exact_at(self.start + offset, buf)
    }

    fn check_unchanged(&self) -> Result<(), Error> {
        self.source.check_unchanged()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::MemorySource;

    #[test]
    fn a_window_ends_where_it_ends() {
        let source = || MemorySource::new(b"0123456789");
        let window = Window::new(source(), 4..10).expect("within");
        let mut all = [0; 6];
        window.read_exact_at(0, &mut all).expect("read");
        assert_eq!(&all, b"456789");
        for (offset, len) in [(0, 7), (6, 1), (u64::MAX, 1)] {
            let error = window.read_exact_at(offset, &mut vec![0; len]).expect_err("beyond");
            assert_eq!(error.reason, Reason::SourceChanged, "{offset}");
        }
        assert_eq!(Window::new(source(), 10..10).expect("empty").len(), 0);
        #[allow(clippy::reversed_empty_ranges, reason = "that is what is refused")]
        for range in [0..11, 7..6, 11..11] {
            let error = Window::new(source(), range).expect_err("refused");
            assert_eq!(error.reason, Reason::SourceTooShort);
        }
    }
}
