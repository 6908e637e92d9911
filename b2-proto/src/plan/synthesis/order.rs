//! Checks intents while they come, and brings them into order.

use alloc::vec::Vec;

use super::error::SynthesisError;
use super::intent::{Intent, Item, Origin};
use crate::limits::LARGE_FILE_LEN_MAX;

/// What is known of the intents so far, when they come in the order of the file.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Gate {
    /// Where the last one began.
    last: u64,
    /// Where the furthest one ends: up to here there is no hole.
    pub(super) reach: u64,
    /// What makes up the file when it is empty: a local intent before a remote one.
    pub(super) blank: Option<Item>,
}

impl Gate {
    /// Lets an intent in that has bytes; an empty one is remembered at most.
    pub(super) fn admit(&mut self, item: Item) -> Result<Option<Item>, SynthesisError> {
        if item.start < self.last {
            return Err(SynthesisError::Unsorted { intent: item.index, offset: item.start });
        }
        self.last = item.start;
        if item.start > self.reach {
            return Err(SynthesisError::Hole { from: self.reach, to: item.start });
        }
        if item.is_empty() {
            let is_better = self.blank.is_none_or(|blank| blank.origin > item.origin);
            if is_better {
                self.blank = Some(item);
            }
            return Ok(None);
        }
        self.reach = self.reach.max(item.end);
        Ok(Some(item))
    }

    /// What stands for the whole file once all intents came: nothing when there are bytes.
    pub(super) fn empty_file(&self) -> Result<Option<Item>, SynthesisError> {
        match (self.reach, self.blank) {
            (0, Some(blank)) => Ok(Some(blank)),
            (0, None) => Err(SynthesisError::Empty),
            _ => Ok(None),
        }
    }
}

/// Checks what can be said of an intent without the others.
pub(super) fn check(index: usize, intent: &Intent) -> Result<Item, SynthesisError> {
    let index = u32::try_from(index).map_err(|_| SynthesisError::TooManyIntents)?;
    let len = intent.len.ok_or(SynthesisError::UnknownLength { intent: index })?;
    let end = intent.offset.saturating_add(len);
    if end > LARGE_FILE_LEN_MAX {
        return Err(SynthesisError::TooLarge { len: end });
    }
    Ok(Item { start: intent.offset, end, index, origin: intent.origin })
}

/// All intents that have bytes, by where they begin; equal ones as they came. There is no hole.
#[derive(Debug)]
pub(super) struct Ordered {
    pub(super) items: Vec<Item>,
    /// Length of the file, in bytes.
    pub(super) end: u64,
    /// The one intent of an empty file.
    pub(super) blank: Option<Item>,
}

impl Ordered {
    /// Checks and sorts; with `keep_order` intents out of order are an error instead.
    pub(super) fn new(intents: &[Intent], keep_order: bool) -> Result<Self, SynthesisError> {
        let mut items = Vec::with_capacity(intents.len());
        let mut is_sorted = true;
        let mut last = 0;
        for (index, intent) in intents.iter().enumerate() {
            is_sorted &= last <= intent.offset;
            last = intent.offset;
            items.push(check(index, intent)?);
        }
        if !is_sorted && !keep_order {
            items.sort_unstable_by_key(|item| (item.start, item.index));
        }
        let mut gate = Gate::default();
        let mut error = None;
        items.retain(|item| match gate.admit(*item) {
            Ok(admitted) => admitted.is_some(),
            Err(why) => {
                error.get_or_insert(why);
                true
            }
        });
        if let Some(why) = error {
            return Err(why);
        }
        Ok(Self { end: gate.reach, blank: gate.empty_file()?, items })
    }
}

/// The best intents of one origin along the file: at each place the one that reaches furthest.
#[derive(Clone, Debug)]
pub(super) struct Cover<'a> {
    rest: &'a [Item],
    origin: Origin,
    best: Option<Item>,
}

impl<'a> Cover<'a> {
    /// Over intents in order, of which only those of `origin` are seen.
    pub(super) const fn new(items: &'a [Item], origin: Origin) -> Self {
        Self { rest: items, origin, best: None }
    }

    /// The intent that has the byte at `at` and reaches furthest. Places must not go back.
    pub(super) fn at(&mut self, at: u64) -> Option<Item> {
        while let [item, rest @ ..] = self.rest {
            if item.origin == self.origin {
                if item.start > at {
                    break;
                }
                if self.best.is_none_or(|best| best.end < item.end) {
                    self.best = Some(*item);
                }
            }
            self.rest = rest;
        }
        self.best.filter(|best| best.end > at)
    }

    /// Where the next one begins, behind the last place that was asked for.
    pub(super) fn next_start(&self) -> u64 {
        // The first of the rest is one of ours: `at` stops at no other.
        self.rest.first().map_or(u64::MAX, |item| item.start)
    }
}
