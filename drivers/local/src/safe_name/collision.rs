//! Names that differ in a bucket and are one file on many disks.

use std::collections::BTreeMap;

/// Finds names that differ only in the case of letters.
///
/// Holds at most the number of names it was made for; past that it finds fewer collisions and
/// [`is_full`](Self::is_full) says so. Unicode forms (`é` as one or two characters) are not
/// folded.
///
/// ```
/// use b2_local::safe_name::Collisions;
///
/// let mut seen = Collisions::new(1000);
/// assert_eq!(seen.insert("Photos/a.jpg"), None);
/// assert_eq!(seen.insert("photos/b.jpg"), None);
/// assert_eq!(seen.insert("photos/A.jpg"), Some("Photos/a.jpg"));
/// ```
#[derive(Clone, Debug)]
pub struct Collisions {
    names: BTreeMap<String, String>,
    names_max: usize,
    is_full: bool,
}

impl Collisions {
    /// Room for so many names.
    pub const fn new(names_max: usize) -> Self {
        Self { names: BTreeMap::new(), names_max, is_full: false }
    }

    /// Takes a name; gives the other name that came first for the same file, if there is one.
    pub fn insert(&mut self, name: &str) -> Option<&str> {
        let folded = fold(name);
        if self.names.len() >= self.names_max && !self.names.contains_key(&folded) {
            self.is_full = true;
            return None;
        }
        let first = self.names.entry(folded).or_insert_with(|| name.to_owned());
        (first != name).then_some(first.as_str())
    }

    /// Whether names came that there was no room for.
    pub const fn is_full(&self) -> bool {
        self.is_full
    }
}

/// Upper case first: `ß` and `ss`, `ſ` and `s` are one to a disk that folds.
fn fold(name: &str) -> String {
    name.to_uppercase().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_holds() {
        let mut seen = Collisions::new(1);
        assert_eq!(seen.insert("a"), None);
        assert_eq!(seen.insert("b"), None);
        assert!(seen.is_full());
        assert_eq!(seen.insert("B"), None);
        assert_eq!(seen.insert("A"), Some("a"));
        assert_eq!(seen.insert("a"), None);
    }
}
