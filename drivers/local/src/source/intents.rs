//! What a file is built of, as it comes, and the sources of what came.

use std::sync::{Mutex, PoisonError};

use b2_proto::error::Cause;
use b2_proto::id::SourceId;
use b2_proto::machine::copy::CopySource;
use b2_proto::machine::synthesis::{WriteIntent, WriteOrigin};

use super::{LateSource, SharedSource};
use crate::exchange::{Outcome, Trouble};

/// These bytes at that place; behind all that came before, if no place is given.
#[derive(Debug)]
pub struct Wish {
    /// Where they begin in the new file.
    pub offset: Option<u64>,
    /// The bytes.
    pub bytes: WishBytes,
}

/// Where bytes are.
#[derive(Debug)]
pub enum WishBytes {
    /// All of a source; `None` when it can be read only once.
    Local(Option<LateSource>),
    /// In a version.
    Remote(CopySource),
}

type Wishes = Box<dyn Iterator<Item = std::io::Result<Wish>> + Send>;

/// An iterator of wishes, and the sources of those that are still needed.
///
/// Sources are looked at when they come, and numbered by the first number that is free.
pub struct Intents {
    coming: Mutex<Coming>,
    sources: Mutex<Vec<Option<SharedSource>>>,
}

struct Coming {
    wishes: Option<Wishes>,
    /// Where the file ends so far; nobody knows behind bytes whose number is not known.
    end: Option<u64>,
    /// The first number that may be free.
    free: usize,
}

impl Intents {
    /// Whatever `wishes` gives, in its order.
    pub fn new(wishes: impl Iterator<Item = std::io::Result<Wish>> + Send + 'static) -> Self {
        let coming = Coming { wishes: Some(Box::new(wishes)), end: Some(0), free: 0 };
        Self { coming: Mutex::new(coming), sources: Mutex::default() }
    }

    /// A source by its number.
    pub fn source(&self, id: SourceId) -> Option<SharedSource> {
        let sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        sources.get(usize::from(id.0))?.clone()
    }

    /// Forgets the sources that are `closed`, and takes wishes until they have `len` bytes
    /// together or are `count`. May wait as long as the iterator does.
    pub fn take(&self, closed: &[SourceId], len: u64, count: u32) -> Outcome {
        let mut coming = self.coming.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.close(&mut coming, closed));
        let (mut intents, mut taken) = (Vec::new(), 0_u64);
        while taken < len && intents.len() < count as usize {
            let next = coming.wishes.as_mut().and_then(Iterator::next);
            let wish = match next {
                Some(Ok(wish)) => wish,
                Some(Err(error)) => {
                    coming.wishes = None;
                    return Outcome::failed(Cause::SourceUnreadable, error.to_string());
                }
                None => {
                    coming.wishes = None;
                    return Outcome::Taken { intents, is_all: true };
                }
            };
            match self.place(&mut coming, wish) {
                Ok(intent) => {
                    let len = intent.len();
                    intents.push(intent);
                    // The plan refuses bytes whose number is not known.
                    let Some(len) = len else { break };
                    taken = taken.saturating_add(len);
                }
                Err(trouble) => return trouble.into(),
            }
        }
        Outcome::Taken { intents, is_all: false }
    }

    /// What is forgotten is dropped where nothing is locked: it may be code of others.
    fn close(&self, coming: &mut Coming, closed: &[SourceId]) -> Vec<Option<SharedSource>> {
        let mut sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        let forget = |id: &SourceId| {
            let number = usize::from(id.0);
            coming.free = coming.free.min(number);
            sources.get_mut(number)?.take()
        };
        closed.iter().map(forget).collect()
    }

    fn place(&self, coming: &mut Coming, wish: Wish) -> Result<WriteIntent, Trouble> {
        let offset = wish
            .offset
            .or(coming.end)
            .ok_or_else(|| refused("nothing can follow bytes whose number is not known"))?;
        let origin = match wish.bytes {
            WishBytes::Remote(source) => WriteOrigin::Remote(source),
            WishBytes::Local(source) => {
                let once = || refused("a file is built of sources that can be read again");
                let source = source.ok_or_else(once)?.look()?;
                let len = Some(source.len());
                WriteOrigin::Local { source: self.number(coming, source)?, offset: 0, len }
            }
        };
        let intent = WriteIntent { offset, origin };
        let behind = intent.len().and_then(|len| offset.checked_add(len));
        coming.end = coming.end.zip(behind).map(|(end, behind)| end.max(behind));
        Ok(intent)
    }

    fn number(&self, coming: &mut Coming, source: SharedSource) -> Result<SourceId, Trouble> {
        let mut sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        while sources.get(coming.free).is_some_and(Option::is_some) {
            coming.free += 1;
        }
        let many = |_| refused("that many local sources at the same time are not supported");
        let id = u16::try_from(coming.free).map(SourceId).map_err(many)?;
        match sources.get_mut(coming.free) {
            Some(place) => *place = Some(source),
            None => sources.push(Some(source)),
        }
        Ok(id)
    }
}

fn refused(detail: &str) -> Trouble {
    Trouble::new(Cause::SourceUnreadable, detail)
}

impl core::fmt::Debug for Intents {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Intents").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn append(len: usize) -> std::io::Result<Wish> {
        let bytes = LateSource::Bytes(Bytes::from(vec![7; len]));
        Ok(Wish { offset: None, bytes: WishBytes::Local(Some(bytes)) })
    }

    fn taken(outcome: &Outcome) -> (Vec<(u64, u16)>, bool) {
        let Outcome::Taken { intents, is_all } = outcome else { panic!("{outcome:?}") };
        let each = |intent: &WriteIntent| match intent.origin {
            WriteOrigin::Local { source, .. } => (intent.offset, source.0),
            WriteOrigin::Remote(_) => (intent.offset, u16::MAX),
        };
        (intents.iter().map(each).collect(), *is_all)
    }

    #[test]
    fn as_much_is_taken_as_is_wanted() {
        let intents = Intents::new((0..5).map(|_| append(10)));
        assert_eq!(taken(&intents.take(&[], 15, 9)), (vec![(0, 0), (10, 1)], false));
        assert_eq!(taken(&intents.take(&[], 100, 1)), (vec![(20, 2)], false));
        assert_eq!(taken(&intents.take(&[], 100, 9)), (vec![(30, 3), (40, 4)], true));
        assert_eq!(taken(&intents.take(&[], 100, 9)), (vec![], true));
    }

    #[test]
    fn numbers_are_used_again_once_a_source_is_closed() {
        let intents = Intents::new((0..9).map(|_| append(10)));
        intents.take(&[], 40, 9);
        assert!(intents.source(SourceId(1)).is_some());
        assert_eq!(taken(&intents.take(&[SourceId(2), SourceId(1)], 1, 9)).0, [(40, 1)]);
        assert!(intents.source(SourceId(2)).is_none());
        assert_eq!(taken(&intents.take(&[], 20, 9)).0, [(50, 2), (60, 4)]);
    }

    #[test]
    fn what_cannot_be_had_is_told() {
        let failing = Intents::new([append(1), Err(std::io::Error::other("no list"))].into_iter());
        assert_eq!(taken(&failing.take(&[], 1, 9)).0.len(), 1);
        let outcome = failing.take(&[], 1, 9);
        assert!(matches!(&outcome, Outcome::Failed { detail, .. } if detail == "no list"));
        let once = Wish { offset: Some(3), bytes: WishBytes::Local(None) };
        let outcome = Intents::new([Ok(once)].into_iter()).take(&[], 1, 9);
        assert!(matches!(&outcome, Outcome::Failed { detail, .. } if detail.contains("again")));
        let unknown = || Wish { offset: None, bytes: WishBytes::Remote(CopySource::new("4_z")) };
        let unknown = Intents::new([Ok(unknown()), Ok(unknown())].into_iter());
        assert_eq!(taken(&unknown.take(&[], 1, 9)).0.len(), 1);
        let outcome = unknown.take(&[], 1, 9);
        assert!(matches!(&outcome, Outcome::Failed { detail, .. } if detail.contains("not known")));
    }
}
