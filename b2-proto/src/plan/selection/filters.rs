//! Filters of names by shell patterns.

use super::pattern::Pattern;
use alloc::vec::Vec;

/// Takes files whose whole names match a pattern, or leaves them out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Filter {
    pattern: Pattern,
    includes: bool,
}

impl Filter {
    /// Takes names that match.
    pub fn include(pattern: &str) -> Self {
        Self { pattern: Pattern::new(pattern), includes: true }
    }

    /// Leaves names out that match.
    pub fn exclude(pattern: &str) -> Self {
        Self { pattern: Pattern::new(pattern), includes: false }
    }
}

/// Filters in order; the last one that matches decides.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Filters {
    filters: Vec<Filter>,
}

impl Filters {
    /// These filters, in this order.
    pub fn new(filters: impl IntoIterator<Item = Filter>) -> Self {
        Self { filters: filters.into_iter().collect() }
    }

    /// Whether there is none, so that every name passes.
    pub const fn is_empty(&self) -> bool {
        self.filters.is_empty()
    }

    /// Whether a name passes. Where there are only includes, what none of them matches does not.
    pub fn accept(&self, name: &str) -> bool {
        let last = self.filters.iter().rev().find(|filter| filter.pattern.matches(name));
        match last {
            Some(filter) => filter.includes,
            None => self.filters.is_empty() || self.filters.iter().any(|filter| !filter.includes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_match_decides() {
        let both = [Filter::exclude("*.log"), Filter::include("keep*"), Filter::exclude("*.tmp")];
        let filters = Filters::new(both);
        for (name, want) in [("a", true), ("a.log", false), ("keep.log", true), ("keep.tmp", false)]
        {
            assert_eq!(filters.accept(name), want, "{name}");
        }
        let includes = Filters::new([Filter::include("*.txt")]);
        assert!(includes.accept("a.txt") && !includes.accept("a"));
        assert!(Filters::default().accept("anything"));
    }
}
