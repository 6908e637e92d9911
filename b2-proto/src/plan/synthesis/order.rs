//! Checks intents while they come, and brings them into order.

use alloc::vec::Vec;
use core::ops::ControlFlow;

use super::error::SynthesisError;
use super::intent::{Intent, Item, Origin};
use super::sort::by_start;
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

/// Checks what can be said of an intent, and its index, without the others.
#[inline]
pub(super) fn checked((index, intent): (usize, &Intent)) -> Result<Item, SynthesisError> {
    let index = u32::try_from(index).map_err(|_| SynthesisError::TooManyIntents)?;
    let len = intent.len.ok_or(SynthesisError::UnknownLength { intent: index })?;
    let end = intent.offset.saturating_add(len);
    if end > LARGE_FILE_LEN_MAX {
        return Err(SynthesisError::TooLarge { len: end });
    }
    Ok(Item { start: intent.offset, end, index, origin: intent.origin })
}

/// All intents, checked, and in order: by where they begin, equal ones as they came. There is no
/// hole.
#[derive(Debug)]
pub(super) struct Ordered<'a> {
    given: &'a [Intent],
    /// A list of their own only for those that are not in order already.
    sorted: Option<Vec<Item>>,
    /// Length of the file, in bytes.
    pub(super) end: u64,
    /// The one intent of an empty file.
    pub(super) blank: Option<Item>,
}

impl<'a> Ordered<'a> {
    /// Checks and sorts; with `keep_order` intents out of order are an error instead.
    pub(super) fn new(given: &'a [Intent], keep_order: bool) -> Result<Self, SynthesisError> {
        let sorted = if keep_order || given.is_sorted_by_key(|intent| intent.offset) {
            None
        } else {
            let mut items = Vec::with_capacity(given.len());
            for each in given.iter().enumerate() {
                items.push(checked(each)?);
            }
            Some(by_start(items))
        };
        let mut gate = Gate::default();
        match &sorted {
            Some(items) => items.iter().try_for_each(|item| gate.admit(*item).map(drop))?,
            None => {
                let mut items = given.iter().enumerate().map(checked);
                items.try_for_each(|item| gate.admit(item?).map(drop))?;
            }
        }
        Ok(Self { given, sorted, end: gate.reach, blank: gate.empty_file()? })
    }

    /// Gives those that have bytes, one after the other, as long as `each` wants more.
    #[inline]
    pub(super) fn each(&self, mut each: impl FnMut(Item) -> ControlFlow<()>) -> ControlFlow<()> {
        let mut one = |item: Item| {
            if item.is_empty() { ControlFlow::Continue(()) } else { each(item) }
        };
        match &self.sorted {
            Some(items) => items.iter().try_for_each(|item| one(*item)),
            // They have been checked before.
            None => {
                self.given.iter().enumerate().map_while(|each| checked(each).ok()).try_for_each(one)
            }
        }
    }

    /// Those that have bytes, as a list.
    pub(super) fn items(&self) -> Vec<Item> {
        let mut items = Vec::with_capacity(self.given.len());
        let _all = self.each(|item| {
            items.push(item);
            ControlFlow::Continue(())
        });
        items
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
