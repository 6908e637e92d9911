//! What a file has of its earlier version, found while it is read once.

use super::super::Span;
use super::super::synthesis::Intent;
use super::block::{Block, Cutter};
use super::index::{Found, Index};
use super::manifest::{Draft, Manifest};
use super::size::BlockSize;
use crate::wire::digest::Hasher;
use crate::wire::text::Sha1;
use alloc::vec::Vec;

/// Bytes of the file that the earlier version has too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Match {
    /// Where they are in the file.
    pub span: Span,
    /// Where they begin in the earlier version, in bytes.
    pub base_offset: u64,
}

/// What is known of a file that has been read.
#[derive(Clone, Debug)]
pub struct Matched {
    /// How many bytes were read.
    pub len: u64,
    /// Their SHA-1.
    pub sha1: Sha1,
    /// What the earlier version has of them, in order, without overlaps, and each as long as the
    /// shortest part but for one at the end.
    pub matches: Vec<Match>,
    /// The manifest of this file, but for the ID it will have. Nothing if the file turned out so
    /// much longer than was said that it has too many blocks.
    pub draft: Option<Draft>,
}

impl Matched {
    /// What the file is to be built from: the first intent is all of it from here, and the others
    /// are the matches in order.
    #[must_use]
    pub fn intents(&self) -> Vec<Intent> {
        let remote = |found: &Match| Intent::remote(found.span.offset, found.span.len);
        let whole = core::iter::once(Intent::local(0, self.len));
        whole.chain(self.matches.iter().map(remote)).collect()
    }

    /// The match an intent is of.
    #[must_use]
    pub fn source(&self, intent: u32) -> Option<&Match> {
        self.matches.get(usize::try_from(intent.checked_sub(1)?).ok()?)
    }
}

/// Reads a file once, from its beginning on: finds what it has of its earlier version, and makes
/// its own manifest and its SHA-1.
///
/// For each block of the file it keeps 24 bytes and for each of the earlier version 36, which is at
/// most 60 MiB however long they are, and 480 KB for files of a GiB.
#[derive(Clone, Debug)]
pub struct Matcher {
    whole: Hasher,
    len: u64,
    /// Blocks of this file's own manifest.
    cutter: Cutter,
    draft: Option<Draft>,
    base: Option<Base>,
    beginning: Option<Beginning>,
}

/// What the file may begin with: all of an earlier version of which no blocks are known.
#[derive(Clone, Debug)]
struct Beginning {
    len: u64,
    sha1: Sha1,
    is_there: bool,
}

/// The earlier version.
#[derive(Clone, Debug)]
struct Base {
    /// Makes blocks as it has them, if this file's own are of another size.
    cutter: Option<Cutter>,
    search: Search,
}

impl Matcher {
    /// Begins with a file of `len` bytes. Shorter matches than `part_len_min` bytes cannot be
    /// copied and are left out.
    #[must_use]
    pub fn new(len: u64, part_len_min: u64, base: Option<Manifest>) -> Self {
        let fresh = BlockSize::of_file(len, part_len_min);
        let size = base.as_ref().map_or(fresh, |base| fresh.after(base.size()));
        let base = base.map(|base| Base {
            cutter: (base.size() != size).then(|| Cutter::new(base.size())),
            search: Search::new(Index::new(base), part_len_min),
        });
        Self {
            whole: Hasher::default(),
            len: 0,
            cutter: Cutter::new(size),
            draft: Some(Draft::new(size)),
            base,
            beginning: None,
        }
    }

    /// Also looks whether the file begins with `len` bytes that have this SHA-1: all of an earlier
    /// version of which there is no manifest. They are the only match then.
    #[must_use]
    pub fn beginning(self, len: u64, sha1: Sha1) -> Self {
        Self { beginning: Some(Beginning { len, sha1, is_there: false }), ..self }
    }

    /// How many bytes it has taken.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.len
    }

    /// Whether it has taken none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Takes the next bytes; as many as are at hand.
    pub fn update(&mut self, bytes: &[u8]) {
        self.hash(bytes);
        self.len += bytes.len() as u64;
        let Self { cutter, draft, base, .. } = self;
        cutter.update(bytes, &mut |block| own(block, draft, base));
        if let Some(Base { cutter: Some(cutter), search }) = base {
            cutter.update(bytes, &mut |block| search.add(&block));
        }
    }

    fn hash(&mut self, mut bytes: &[u8]) {
        if let Some(beginning) = &mut self.beginning
            && let Some(left) = beginning.len.checked_sub(self.len)
            && let Ok(left) = usize::try_from(left)
            && let Some((last, behind)) = bytes.split_at_checked(left)
        {
            self.whole.update(last);
            beginning.is_there = Sha1(self.whole.clone().finish()) == beginning.sha1;
            bytes = behind;
        }
        self.whole.update(bytes);
    }

    /// Ends with the file.
    #[must_use]
    pub fn finish(self) -> Matched {
        let Self { whole, len, cutter, mut draft, mut base, beginning } = self;
        if let Some(last) = cutter.finish() {
            own(last, &mut draft, &mut base);
        }
        let matches = match base {
            Some(base) => base.finish(),
            None => beginning.and_then(Beginning::found).into_iter().collect(),
        };
        Matched { len, sha1: Sha1(whole.finish()), matches, draft }
    }
}

impl Base {
    fn finish(mut self) -> Vec<Match> {
        if let Some(last) = self.cutter.and_then(Cutter::finish) {
            self.search.add(&last);
        }
        self.search.finish()
    }
}

impl Beginning {
    fn found(self) -> Option<Match> {
        let span = Span { offset: 0, len: self.len };
        self.is_there.then_some(Match { span, base_offset: 0 })
    }
}

/// Notes a block of the file's own, and looks for it if the earlier version has such blocks.
fn own(block: Block, draft: &mut Option<Draft>, base: &mut Option<Base>) {
    *draft = draft.take().and_then(|mut draft| draft.push(block).then_some(draft));
    if let Some(Base { cutter: None, search }) = base {
        search.add(&block);
    }
}

/// Looks one block after the other up, and puts together what follows one another.
#[derive(Clone, Debug)]
struct Search {
    index: Index,
    len_min: u64,
    /// Where the next block begins.
    at: u64,
    run: Option<Run>,
    /// How far the last match had moved, modulo 2^64.
    shift: u64,
    matches: Vec<Match>,
}

/// Blocks that follow one another in both versions.
#[derive(Clone, Debug)]
struct Run {
    found: Match,
    /// What would go on with it.
    next: usize,
}

impl Search {
    const fn new(index: Index, len_min: u64) -> Self {
        Self { index, len_min, at: 0, run: None, shift: 0, matches: Vec::new() }
    }

    fn add(&mut self, block: &Block) {
        let len = u64::from(block.len);
        match self.find(block) {
            Some(found) => self.note(found, len),
            None => self.end_run(),
        }
        self.at += len;
    }

    /// The block's best place: what goes on with the match, else what has moved as far as the last
    /// one did or not at all, else the first of its kind.
    fn find(&self, block: &Block) -> Option<Found> {
        let Self { index, run, at, shift, .. } = self;
        run.as_ref()
            .and_then(|run| index.at(run.next, block))
            .or_else(|| index.at_offset(at.wrapping_sub(*shift), block))
            .or_else(|| index.at_offset(*at, block))
            .or_else(|| index.first(block))
    }

    fn note(&mut self, block: Found, len: u64) {
        match &mut self.run {
            Some(run) if run.next == block.index => run.found.span.len += len,
            Some(_) | None => {
                self.end_run();
                let span = Span { offset: self.at, len };
                self.shift = self.at.wrapping_sub(block.offset);
                let found = Match { span, base_offset: block.offset };
                self.run = Some(Run { found, next: block.index });
            }
        }
        if let Some(run) = &mut self.run {
            run.next = block.index + 1;
        }
    }

    fn end_run(&mut self) {
        let run = self.run.take().filter(|run| run.found.span.len >= self.len_min);
        self.matches.extend(run.map(|run| run.found));
    }

    /// What is at the end may be short, as the last part of a file may.
    fn finish(mut self) -> Vec<Match> {
        self.matches.extend(self.run.take().map(|run| run.found));
        self.matches
    }
}
