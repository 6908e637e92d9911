//! A sink in memory, with a bound.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use b2_proto::machine::Version;
use b2_proto::wire::text::Sha1;

use super::Sink;
use super::digests::Digests;
use crate::{Error, Reason};

/// Bytes in memory, at most so many. It is as long as the last byte that has arrived is far, and of
/// several lanes one begins near the end: a peer that promises `len_max` bytes takes as much.
pub struct MemorySink {
    bytes: Mutex<Vec<u8>>,
    len_max: usize,
    digests: Digests,
}

impl MemorySink {
    /// An empty sink for at most `len_max` bytes.
    pub fn new(len_max: usize) -> Self {
        Self { bytes: Mutex::new(Vec::new()), len_max, digests: Digests::new() }
    }

    /// Takes out what was stored.
    pub fn take(&self) -> Vec<u8> {
        core::mem::take(&mut self.bytes.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Sink for MemorySink {
    fn write_at(&self, offset: u64, bytes: &[u8]) -> Result<(), Error> {
        let too_long = || Error::new(Reason::TargetTooLong, Path::new(""));
        let start = usize::try_from(offset).map_err(|_| too_long())?;
        let end = start.checked_add(bytes.len()).filter(|end| *end <= self.len_max);
        let end = end.ok_or_else(too_long)?;
        let mut stored = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        if stored.len() < end {
            stored.resize(end, 0);
        }
        if let Some(place) = stored.get_mut(start..end) {
            place.copy_from_slice(bytes);
        }
        drop(stored);
        self.digests.wrote(offset, bytes);
        Ok(())
    }

    fn pin(&self, version: &Version<'_>) {
        self.digests.pin(version.pieces);
    }

    fn digest(&self, offset: u64, len: u64) -> Result<Sha1, Error> {
        self.digests.digest(offset, len, |offset, buf| {
            let stored = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
            let rest = usize::try_from(offset).ok().and_then(|offset| stored.get(offset..));
            match rest.and_then(|rest| rest.get(..buf.len())) {
                Some(piece) => {
                    buf.copy_from_slice(piece);
                    Ok(())
                }
                None => Err(Error::new(Reason::TargetFailed, Path::new(""))),
            }
        })
    }

    fn commit(&self, len: u64, _modified_ms: Option<u64>) -> Result<(), Error> {
        let mut stored = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        let len = usize::try_from(len).ok().filter(|len| *len <= stored.len());
        stored.truncate(len.ok_or_else(|| Error::new(Reason::TargetFailed, Path::new("")))?);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_does_not_matter() {
        let data: Vec<u8> = (0..=255).cycle().take(700_000).collect();
        let piece = |sink: &MemorySink, from: usize, to: usize| {
            sink.write_at(from as u64, &data[from..to]).expect("write");
        };
        let orders: [&[(usize, usize)]; 3] = [
            &[(0, 300_000), (300_000, 700_000)],
            &[(300_000, 700_000), (0, 300_000)],
            &[(0, 10), (400_000, 700_000), (10, 300_000), (5, 400_000)],
        ];
        for order in orders {
            let sink = MemorySink::new(data.len());
            for (from, to) in order {
                piece(&sink, *from, *to);
            }
            for len in [700_000, 0, 299_999, 700_000] {
                assert_eq!(sink.digest(0, len as u64), Ok(Sha1::of(&data[..len])), "{order:?}");
            }
            sink.commit(700_001, None).expect_err("too few");
            sink.commit(699_999, None).expect("commit");
            assert_eq!(sink.take(), data[..699_999]);
        }
    }

    #[test]
    fn overwritten_bytes_are_hashed_as_they_are_now() {
        let sink = MemorySink::new(8);
        sink.write_at(0, b"damaged!").expect("write");
        sink.write_at(0, b"repaired").expect("write");
        assert_eq!(sink.digest(0, 8), Ok(Sha1::of(b"repaired")));
    }

    #[test]
    fn the_bound_holds() {
        let sink = MemorySink::new(4);
        sink.write_at(1, b"abc").expect("fits");
        for (offset, bytes) in [(2, &b"abc"[..]), (u64::MAX, b"a"), (5, b"")] {
            let error = sink.write_at(offset, bytes).expect_err("too long");
            assert_eq!(error.reason, Reason::TargetTooLong);
        }
        assert!(sink.digest(0, 5).is_err());
    }
}
