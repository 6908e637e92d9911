//! S1: a run that somebody has allowed removes names that another one has refused and shown, and
//! no others; none whose content was to go elsewhere and did not.

use std::collections::BTreeSet;

/// What a run refuses to remove, as far as it can be seen from outside.
#[derive(Debug, Default)]
pub(crate) struct Refusals {
    /// Names of which its destination has shown a visible version, and the last name it has shown.
    visible: BTreeSet<String>,
    last: String,
    /// Names that it has told of as too many, and how many versions of them.
    told: BTreeSet<String>,
    pub(crate) versions: u64,
    /// Names that are copied to others, and the copies have failed.
    pub(crate) missed: BTreeSet<String>,
}

/// Names that somebody has allowed to go.
#[derive(Clone, Debug, Default)]
pub(crate) struct Allowed {
    pub(crate) names: BTreeSet<String>,
    /// How many of them may.
    pub(crate) count: u64,
}

impl Refusals {
    /// The destination has shown a version, newest first, or a marker; others are below it.
    pub(crate) fn lists(&mut self, name: &str, is_file: bool) {
        if self.last == name {
            return;
        }
        name.clone_into(&mut self.last);
        if is_file {
            self.visible.insert(name.to_owned());
        }
    }

    /// A version is told of that stays, since names are too many.
    pub(crate) fn tells(&mut self, name: &str) {
        self.told.insert(name.to_owned());
        self.versions += 1;
    }

    /// How many names were only counted.
    pub(crate) fn untold(&self, count: u64) -> u64 {
        count.saturating_sub(self.told.len() as u64)
    }

    /// What somebody allows who says yes to so many names; `may_go` knows what the source shows.
    pub(crate) fn allowed(&self, count: u64, may_go: impl Fn(&str) -> bool) -> Allowed {
        let could = self.visible.iter().filter(|name| may_go(name));
        let could: BTreeSet<String> = could.cloned().collect();
        let strange = self.told.difference(&could).next();
        assert!(strange.is_none(), "S1: somebody is asked about {strange:?}, which cannot vanish");
        assert!(count <= could.len() as u64, "S1: {count} names are asked about, not {could:?}");
        assert!(self.missed.is_empty(), "S1: {:?} are nowhere else, and allowed", self.missed);
        // Those that there was no room for were only counted.
        let names = if self.untold(count) == 0 { self.told.clone() } else { could };
        Allowed { names, count }
    }
}
