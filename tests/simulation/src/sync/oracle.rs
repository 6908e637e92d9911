//! What a sync must come to, found out naively: both sides as whole sets, one name after the other.

use std::collections::{BTreeMap, BTreeSet};

use b2_proto::name::PathClass;
use b2_proto::plan::sync::{Compare, Direction, Newer, Options};
use b2_proto::wire::text::Sha1;

use super::keeps_all;
use super::tree::Whole;

/// A file of either side as it is compared.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) whole: Whole,
    /// What is known of its SHA-1, or can be found out.
    pub(crate) sha1: Option<Sha1>,
}

/// Both sides before a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sides {
    pub(crate) source: BTreeMap<String, Seen>,
    pub(crate) destination: BTreeMap<String, Seen>,
    /// Names that stay as they are, because they take no part.
    pub(crate) left_out: BTreeSet<String>,
    /// Names that stay as they are, because the source hides them.
    pub(crate) hidden: BTreeSet<String>,
    /// Places of the destination that nobody can write to.
    pub(crate) closed: BTreeSet<String>,
}

/// The destination afterwards.
#[derive(Debug, Default)]
pub(crate) struct Expected {
    /// Visible files.
    pub(crate) files: BTreeMap<String, Whole>,
    /// Files that come to nothing.
    pub(crate) failed: u64,
    /// Names that vanish, or would if they might.
    pub(crate) vanishing: u64,
    pub(crate) gone: BTreeSet<String>,
    /// Whether more would vanish than may.
    pub(crate) is_over_limit: bool,
    /// Whether nothing of the source takes part, which is taken for a mistake.
    pub(crate) lacks_source: bool,
    /// Names of which nothing is removed, and what is not visible may be anything.
    pub(crate) untouched: BTreeSet<String>,
}

/// What becomes of a file that both sides have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Verdict {
    Stays,
    Replaced,
    Fails,
}

/// What becomes of a destination whose source is taken for a mistake.
pub(crate) fn unchanged(destination: BTreeMap<String, Seen>) -> Expected {
    let untouched = destination.keys().cloned().collect();
    let files = destination.into_iter().map(|(name, seen)| (name, seen.whole)).collect();
    Expected { files, untouched, lacks_source: true, ..Expected::default() }
}

/// What a run without trouble must come to.
pub(crate) fn expected(options: &Options, sides: &Sides) -> Expected {
    let mut expected = Expected::default();
    let mut gone = Vec::new();
    for (name, seen) in &sides.source {
        let there = sides.destination.get(name);
        let is_unsafe = options.direction == Direction::Down
            && (PathClass::of(name) != PathClass::Inside || name.ends_with('/'));
        let verdict = match there {
            _ if is_unsafe || sides.closed.contains(name) => Verdict::Fails,
            None => Verdict::Replaced,
            Some(there) => verdict(options, seen, there),
        };
        expected.failed += u64::from(verdict == Verdict::Fails);
        let after = if verdict == Verdict::Replaced { Some(seen) } else { there };
        if verdict == Verdict::Fails {
            expected.untouched.insert(name.clone());
        }
        if let Some(after) = after {
            expected.files.insert(name.clone(), after.whole.clone());
        }
    }
    // Of what can never vanish there is no share.
    let mut taking_part = 0_u64;
    for (name, there) in &sides.destination {
        if sides.source.contains_key(name) {
            taking_part += 1;
            continue;
        }
        let is_strange =
            options.direction == Direction::Up && PathClass::of(name) != PathClass::Inside;
        let is_protected = sides.left_out.contains(name) || is_strange;
        taking_part += u64::from(!is_protected);
        if keeps_all(options.keep) || is_protected || sides.hidden.contains(name) {
            expected.files.insert(name.clone(), there.whole.clone());
            expected.untouched.insert(name.clone());
        } else {
            gone.push((name, there));
        }
    }
    expected.vanishing = gone.len() as u64;
    expected.gone = gone.iter().map(|(name, _)| (*name).clone()).collect();
    expected.is_over_limit = expected.vanishing > options.delete_limit.allowed(taking_part);
    if expected.is_over_limit {
        for (name, there) in gone {
            expected.files.insert(name.clone(), there.whole.clone());
            expected.untouched.insert(name.clone());
        }
    }
    expected
}

/// What a run must come to that only removes those of `names` that the source still has not got,
/// after one that came to `before`; nothing where the source is taken for a mistake.
pub(crate) fn allowed(
    (sides, destination): (Option<&Sides>, BTreeMap<String, Seen>),
    names: &BTreeSet<String>,
    before: &Expected,
) -> Expected {
    let goes = |name: &String| {
        sides.is_some_and(|sides| {
            let stays = [&sides.left_out, &sides.hidden].iter().any(|it| it.contains(name));
            names.contains(name) && !sides.source.contains_key(name) && !stays
        })
    };
    let mut expected = unchanged(destination);
    expected.files.retain(|name, _| !goes(name));
    expected.untouched.extend(before.untouched.iter().cloned());
    expected.untouched.retain(|name| !goes(name));
    Expected { lacks_source: false, failed: before.failed, ..expected }
}

fn verdict(options: &Options, source: &Seen, there: &Seen) -> Verdict {
    let (len, other_len) = (source.whole.bytes.len(), there.whole.bytes.len());
    let (ms, other_ms) = (source.whole.modified_ms, there.whole.modified_ms);
    let is_apart = |threshold_ms: u64| ms.abs_diff(other_ms) > threshold_ms;
    let (is_other, threshold_ms) = match options.compare {
        Compare::Name => return Verdict::Stays,
        Compare::Size { threshold } => {
            let is_other = len.abs_diff(other_len) as u64 > threshold;
            return if is_other { Verdict::Replaced } else { Verdict::Stays };
        }
        Compare::ModTime { threshold_ms } => (is_apart(threshold_ms), threshold_ms),
        Compare::SizeAndModTime { threshold_ms } => {
            (len != other_len || is_apart(threshold_ms), threshold_ms)
        }
        Compare::Sha1 { threshold_ms } => {
            let is_other = match (source.sha1, there.sha1) {
                _ if len != other_len => true,
                (Some(sha1), Some(other)) => sha1 != other,
                (None, _) | (_, None) => is_apart(threshold_ms),
            };
            (is_other, threshold_ms)
        }
    };
    match options.newer {
        _ if !is_other => Verdict::Stays,
        Newer::Replace => Verdict::Replaced,
        Newer::Skip | Newer::Fail if ms >= other_ms || !is_apart(threshold_ms) => Verdict::Replaced,
        Newer::Skip => Verdict::Stays,
        Newer::Fail => Verdict::Fails,
    }
}
