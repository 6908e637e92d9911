//! Other rules for which source is taken where local and remote intents overlap.

use alloc::vec::Vec;

use super::intent::{Item, Origin};
use super::order::{Cover, Ordered};
use super::select::Fragment;

/// Which source is taken where local and remote intents overlap.
///
/// With remote bytes 0–100 and local bytes 50–80 and 100–200, the file consists of
///
/// | priority | parts |
/// | --- | --- |
/// | `Reference`, `Remote` | copy 0–100, send 100–200 |
/// | `Local` | copy 0–50, send 50–80, copy 80–100, send 100–200 |
/// | `LocalVerification` | copy 0–50, 50–80 and 80–100, send 100–200; the second is verified |
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Priority {
    /// As the reference SDK does: remote ones that are long enough to be copied, in parts that
    /// may be known from an earlier attempt.
    #[default]
    Reference,
    /// Local ones, wherever there are some.
    Local,
    /// Remote ones, wherever they are long enough together to be copied, or nothing else is there.
    Remote,
    /// As `Remote`, and what local ones have as well is copied apart, as far as the shortest part
    /// allows, so that its SHA-1 can be compared with theirs. What is left is told by
    /// [`Plan::overlap`](super::Plan::overlap).
    LocalVerification,
}

/// Chooses the source of every byte; all but [`Priority::Reference`].
pub(super) fn select(
    priority: Priority,
    ordered: &Ordered<'_>,
    min: u64,
    emit: &mut impl FnMut(Fragment),
) {
    let (items, end) = (&ordered.items()[..], ordered.end);
    if priority == Priority::Local {
        let first = Cover::new(items, Origin::Local);
        return sweep(first, Cover::new(items, Origin::Remote), end, emit);
    }
    let worth = copyable(items, min);
    let first = Cover::new(&worth, Origin::Remote);
    let second = Cover::new(items, Origin::Local);
    let mut local = Cover::new(items, Origin::Local);
    let mut cut = |fragment: Fragment| {
        if priority == Priority::LocalVerification && fragment.item.origin == Origin::Remote {
            cut_overlap(fragment, &mut local, min, emit);
        } else {
            emit(fragment);
        }
    };
    let mut even = Evened { min, open: None };
    sweep(first, second, end, &mut |fragment| even.add(fragment, &mut cut));
    if let Some(last) = even.open {
        cut(last);
    }
}

/// Takes bytes of the first cover wherever it has them, else of the second; each intent as far as
/// it goes.
fn sweep(mut first: Cover<'_>, mut second: Cover<'_>, end: u64, emit: &mut impl FnMut(Fragment)) {
    let mut from = 0;
    while from < end {
        let (item, to) = match first.at(from) {
            Some(item) => (item, item.end),
            None => match second.at(from) {
                Some(item) => (item, item.end.min(first.next_start())),
                None => return,
            },
        };
        emit(Fragment { item, from, to });
        from = to;
    }
}

/// The intents without the remote ones that are too short to be copied even together with those
/// they touch, where local ones have the same bytes.
fn copyable(items: &[Item], min: u64) -> Vec<Item> {
    let mut local = Cover::new(items, Origin::Local);
    let mut is_covered = |from: u64, to: u64| {
        let mut at = from;
        while at < to {
            match local.at(at) {
                Some(item) => at = item.end,
                None => return false,
            }
        }
        true
    };
    let mut kept: Vec<Item> = Vec::new();
    // The intents that touch: where they begin in `kept`, and what they have.
    let (mut first, mut from, mut to) = (0, 0, 0);
    for item in items.iter().filter(|item| item.origin == Origin::Remote) {
        if item.start > to {
            if to - from < min && is_covered(from, to) {
                kept.truncate(first);
            }
            (first, from) = (kept.len(), item.start);
        }
        to = to.max(item.end);
        kept.push(*item);
    }
    if to - from < min && is_covered(from, to) {
        kept.truncate(first);
    }
    kept
}

/// Lets a remote fragment begin earlier when it would be too short to be copied, at the expense of
/// the one before.
struct Evened {
    min: u64,
    open: Option<Fragment>,
}

impl Evened {
    fn add(&mut self, mut fragment: Fragment, emit: &mut impl FnMut(Fragment)) {
        if let Some(mut before) = self.open.take() {
            let is_short = fragment.to - fragment.from < self.min;
            let both_remote =
                before.item.origin == Origin::Remote && fragment.item.origin == Origin::Remote;
            if is_short && both_remote && fragment.to - fragment.item.start >= self.min {
                let from = fragment.to - self.min;
                if from >= before.from + self.min {
                    (before.to, fragment.from) = (from, from);
                }
            }
            emit(before);
        }
        self.open = Some(fragment);
    }
}

/// Cuts out what local intents have as well, keeping each piece long enough to be copied.
fn cut_overlap(
    fragment: Fragment,
    local: &mut Cover<'_>,
    min: u64,
    emit: &mut impl FnMut(Fragment),
) {
    let Fragment { item, mut from, to: end } = fragment;
    let mut at = from;
    while at < end {
        let Some(first) = local.at(at) else {
            at = local.next_start().min(end);
            continue;
        };
        let start = at;
        at = first.end;
        while at < end
            && let Some(next) = local.at(at)
        {
            at = next.end;
        }
        // Nothing, or enough, on either side.
        let start = if start - from < min && start > from { from + min } else { start };
        let to = if at >= end { end } else { at.min(end.saturating_sub(min)) };
        if start + min <= to {
            if from < start {
                emit(Fragment { item, from, to: start });
            }
            emit(Fragment { item, from: start, to });
            from = to;
        }
    }
    if from < end {
        emit(Fragment { item, from, to: end });
    }
}
