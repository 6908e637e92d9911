//! The SHA-1 of ranges of a source, and of all that was read in order.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use b2_proto::error::Cause;
use b2_proto::id::SourceId;
use b2_proto::wire::body::{BodyHasher, DigestMode};

use super::{ReadAt, SharedSource};
use crate::exchange::pool::{PIECE_LEN, Pool};
use crate::exchange::{Meter, Outcome, Phase, Trouble};

/// For each source of a job a hash of its beginning, as far as it was read in order.
///
/// ```
/// use b2_local::exchange::pool::Pool;
/// use b2_local::exchange::{Meter, Outcome};
/// use b2_local::source::{MemorySource, RunningHashes};
/// use b2_proto::id::SourceId;
/// use b2_proto::wire::text::Sha1;
///
/// let (hashes, source) = (RunningHashes::default(), MemorySource::new(b"hello world"));
/// let (pool, meter) = (Pool::default(), Meter::new());
/// let hash = |begin, len| hashes.hash(SourceId(0), &source, (begin, len), &pool, &meter);
/// let Outcome::Hashed { digest, through } = hash(0, 5) else { panic!() };
/// assert_eq!((digest, through), (Sha1::of(b"hello"), Some(Sha1::of(b"hello"))));
/// let Outcome::Hashed { digest, through } = hash(5, 6) else { panic!() };
/// assert_eq!((digest, through), (Sha1::of(b" world"), Some(Sha1::of(b"hello world"))));
/// // What is read once more says nothing new about the beginning.
/// assert!(matches!(hash(5, 6), Outcome::Hashed { through: None, .. }));
/// ```
#[derive(Default)]
pub struct RunningHashes {
    running: Mutex<BTreeMap<u16, Running>>,
}

struct Running {
    end: u64,
    hasher: BodyHasher,
}

impl Default for Running {
    fn default() -> Self {
        Self { end: 0, hasher: BodyHasher::new(DigestMode::AtEnd) }
    }
}

impl RunningHashes {
    /// Hashes the bytes `offset..offset + len` of a source; ends with [`Outcome::Hashed`]. Reads
    /// the source, so it may take long; stops when the meter says so.
    pub fn hash(
        &self,
        id: SourceId,
        source: &dyn ReadAt,
        (offset, len): (u64, u64),
        pool: &Pool,
        meter: &Meter,
    ) -> Outcome {
        // Taken away meanwhile: another range of the same source says nothing about this one.
        let running = self.running().remove(&id.0).unwrap_or_default();
        let mut through = (running.end == offset).then_some(running);
        let mut hasher = BodyHasher::new(DigestMode::AtEnd);
        let hash = |bytes: &[u8]| {
            hasher.update(bytes);
            if let Some(running) = &mut through {
                running.hasher.update(bytes);
                running.end += bytes.len() as u64;
            }
        };
        if let Err(trouble) = read(source, (offset, len), pool, meter, hash) {
            return trouble.into();
        }
        let digest = hasher.finish().0;
        let sha1 = through.as_ref().map(|running| running.hasher.clone().finish().0);
        self.running().extend(through.map(|running| (id.0, running)));
        Outcome::Hashed { digest, through: sha1 }
    }

    fn running(&self) -> MutexGuard<'_, BTreeMap<u16, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Hashes ranges of sources, one after the other; ends with [`Outcome::Hashed`]. Reads them, so it
/// may take long; stops when the meter says so.
pub fn hash_joined(ranges: &[(SharedSource, u64, u64)], pool: &Pool, meter: &Meter) -> Outcome {
    let mut hasher = BodyHasher::new(DigestMode::AtEnd);
    for (source, offset, len) in ranges {
        let hashed = read(&**source, (*offset, *len), pool, meter, |bytes| hasher.update(bytes));
        if let Err(trouble) = hashed {
            return trouble.into();
        }
    }
    Outcome::Hashed { digest: hasher.finish().0, through: None }
}

/// Reads a range piece by piece, and checks at its end that the source is still the same (S15).
fn read(
    source: &dyn ReadAt,
    (mut offset, mut left): (u64, u64),
    pool: &Pool,
    meter: &Meter,
    mut take: impl FnMut(&[u8]),
) -> Result<(), Trouble> {
    let mut piece = pool.take();
    meter.touch(Phase::Reading);
    while left > 0 {
        if meter.is_aborted_now() {
            return Err(Trouble::new(Cause::Closed, "given up"));
        }
        let len = usize::try_from(left).map_or(PIECE_LEN, |left| left.min(PIECE_LEN));
        let space = piece.space().get_mut(..len).unwrap_or_default();
        source.read_exact_at(offset, space)?;
        take(space);
        meter.add(len);
        meter.touch(Phase::Reading);
        offset += len as u64;
        left -= len as u64;
    }
    Ok(source.check_unchanged()?)
}

impl core::fmt::Debug for RunningHashes {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("RunningHashes").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{FileSource, MemorySource};
    use b2_proto::wire::text::Sha1;
    use core::sync::atomic::{AtomicBool, Ordering};
    use std::sync::Arc;
    use std::task::Wake;

    fn hash(hashes: &RunningHashes, source: &dyn ReadAt, range: (u64, u64)) -> Outcome {
        hashes.hash(SourceId(0), source, range, &Pool::default(), &Meter::new())
    }

    #[test]
    fn pieces_and_gaps() {
        let data: Vec<u8> = (0..=255).cycle().take(3 * PIECE_LEN + 17).collect();
        let (hashes, source) = (RunningHashes::default(), MemorySource::new(&data));
        let told = |begin: usize, end: usize| {
            let range = (begin as u64, (end - begin) as u64);
            let outcome = hash(&hashes, &source, range);
            let Outcome::Hashed { digest, through } = outcome else { panic!("{outcome:?}") };
            assert_eq!(digest, Sha1::of(&data[begin..end]));
            through
        };
        let cut = PIECE_LEN + 5;
        assert_eq!(told(0, cut), Some(Sha1::of(&data[..cut])));
        assert_eq!(told(cut, data.len()), Some(Sha1::of(&data)));
        assert_eq!(told(0, 5), None, "the running hash is at the end");
        assert_eq!(told(0, 7), Some(Sha1::of(&data[..7])), "it has begun again");
    }

    #[test]
    fn a_changed_source_has_no_digest() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("a");
        std::fs::write(&path, b"0123456789").expect("write");
        let source = FileSource::open(&path).expect("open");
        std::fs::write(&path, b"0123456789abc").expect("grow");
        let outcome = hash(&RunningHashes::default(), &source, (0, 5));
        assert!(matches!(outcome, Outcome::Failed { cause: Cause::SourceChanged, .. }));
    }

    #[test]
    fn reading_leaves_alone_whoever_waits_for_the_end() {
        struct Woken(AtomicBool);
        impl Wake for Woken {
            fn wake(self: Arc<Self>) {
                self.0.store(true, Ordering::Relaxed);
            }
        }
        let (meter, woken) = (Meter::new(), Arc::new(Woken(AtomicBool::new(false))));
        assert!(!meter.is_aborted(&woken.clone().into()));
        let (source, pool) = (MemorySource::new(vec![0; 10]), Pool::default());
        RunningHashes::default().hash(SourceId(0), &source, (0, 10), &pool, &meter);
        meter.abort();
        assert!(woken.0.load(Ordering::Relaxed));
    }

    #[test]
    fn who_gives_up_need_not_wait() {
        let meter = Meter::new();
        meter.abort();
        let source = MemorySource::new(vec![0; 10]);
        let outcome =
            RunningHashes::default().hash(SourceId(0), &source, (0, 10), &Pool::default(), &meter);
        assert!(matches!(outcome, Outcome::Failed { cause: Cause::Closed, .. }));
    }
}
