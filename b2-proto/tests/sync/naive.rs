//! A sync that knows both sides whole and looks at one name after the other, written from the
//! description and not from the planner.

use std::collections::{BTreeMap, BTreeSet};

use b2_proto::name::PathClass;
use b2_proto::plan::sync::{
    AgeBy, Compare, DeleteLimit, Direction, Entry as _, Keep, Newer, Options,
};

use crate::options::Filter;
use crate::tree::{Item, Side};

/// One thing that is done or told: what, name, ID of the version it is about.
pub(crate) type Thing = (&'static str, String, u32);

/// What the planner should come to.
#[derive(PartialEq, Eq, Debug, Default)]
pub(crate) struct Expected {
    pub(crate) things: BTreeSet<Thing>,
    pub(crate) vanishing: u64,
    pub(crate) is_over_limit: bool,
}

/// Both sides and what was asked.
pub(crate) struct Naive<'a> {
    pub(crate) options: Options,
    pub(crate) filter: &'a Filter,
    pub(crate) source: &'a Side,
    pub(crate) destination: &'a Side,
}

enum Found {
    Visible(Item),
    Hidden,
    Unknown,
    LeftOut,
    Absent,
}

enum Decision {
    Transfer,
    Same,
    Fails,
}

impl Naive<'_> {
    pub(crate) fn run(&self) -> Expected {
        let mut names: BTreeMap<&str, ()> = BTreeMap::new();
        for item in self.source.items.iter().chain(&self.destination.items) {
            names.insert(&item.path, ());
        }
        let mut expected = Expected::default();
        let mut vanishing = Vec::new();
        let mut visible = 0;
        for path in names.into_keys() {
            let versions = self.versions(path);
            let newest_is_file = versions.first().is_some_and(Item::is_file);
            visible += u64::from(newest_is_file && self.takes_part(path));
            let (things, goes) = self.name(path, &versions);
            if goes && newest_is_file {
                expected.vanishing += 1;
                vanishing.extend(things);
            } else {
                expected.things.extend(things);
            }
        }
        expected.is_over_limit = self.options.delete_limit != DeleteLimit::Unlimited
            && expected.vanishing > self.options.delete_limit.allowed(visible);
        let over = expected.is_over_limit;
        expected.things.extend(vanishing.into_iter().map(|(what, path, id)| match over {
            true => ("held", path, id),
            false => (what, path, id),
        }));
        expected
    }

    /// Whether a name could vanish, if the source had it no more.
    fn takes_part(&self, path: &str) -> bool {
        match self.found(path) {
            Found::Visible(_) | Found::Hidden => true,
            Found::Absent => self.options.direction != Direction::Up || can_be_local(path),
            Found::Unknown | Found::LeftOut => false,
        }
    }

    /// Whether nothing is ever removed.
    fn keeps_all(&self) -> bool {
        match self.options.keep {
            Keep::All | Keep::Days { days: 0, .. } | Keep::Age { ms: 0, .. } => true,
            Keep::Newest | Keep::Days { .. } | Keep::Age { .. } => false,
        }
    }

    /// Whether the source is empty, and that cannot be meant.
    pub(crate) fn lacks_source(&self) -> bool {
        let Self { options, source, .. } = self;
        let is_bare = source.items.is_empty() && source.places.is_empty();
        let is_mistake = match self.keeps_all() {
            true => options.direction == Direction::Up && is_bare,
            false => !source.items.iter().any(|it| self.chosen(&it.path).is_some()),
        };
        is_mistake && !options.allow_empty_source
    }

    /// Versions of the source that count, newest first.
    fn there(&self, path: &str) -> Vec<&Item> {
        let is_later = |it: &&Item| {
            self.options.as_of_ms.zip(it.uploaded_ms).is_some_and(|(moment, ms)| ms > moment)
        };
        let all = self.source.items.iter().filter(|it| it.path == path && !it.unfinished);
        all.filter(|it| !is_later(it)).collect()
    }

    /// The one that stands for the name. A marker below a version that is left out hides nothing.
    fn chosen(&self, path: &str) -> Option<&Item> {
        let there = self.there(path);
        let mut in_time = there.iter().filter(|it| self.options.times.contain(**it));
        let chosen = in_time.next().filter(|_| !self.filter.excludes(path))?;
        let is_newest = there.first().is_some_and(|newest| newest == chosen);
        (is_newest || !chosen.marker).then_some(*chosen)
    }

    fn versions(&self, path: &str) -> Vec<Item> {
        let items = self.destination.items.iter();
        items.filter(|it| it.path == path && !it.unfinished).cloned().collect()
    }

    /// What is done about a name, and whether it goes without being transferred.
    fn name(&self, path: &str, versions: &[Item]) -> (Vec<Thing>, bool) {
        let found = self.found(path);
        let mut things = Vec::new();
        let thing = |what, id| (what, path.to_owned(), id);
        let mut is_transferred = false;
        let mut hold = false;
        if let Found::Visible(file) = &found {
            match self.decide(file, versions.first()) {
                Decision::Transfer => {
                    things.push(thing("transfer", file.id));
                    is_transferred = true;
                }
                Decision::Fails => {
                    things.push(thing("fails", file.id));
                    hold = true;
                }
                Decision::Same => {}
            }
        }
        let is_up = self.options.direction == Direction::Up;
        match found {
            Found::LeftOut => return (things, false),
            Found::Unknown => hold = true,
            Found::Absent if is_up && !can_be_local(path) => hold = true,
            Found::Visible(_) | Found::Hidden | Found::Absent => {}
        }
        let removed = self.removed(&found, versions, is_transferred);
        let goes = !is_transferred && !hold && removed.iter().any(|(_, id)| *id == versions[0].id);
        for (what, id) in removed {
            things.push(thing(if hold { "held" } else { what }, id));
        }
        (things, goes)
    }

    /// What the source has of a name.
    fn found(&self, path: &str) -> Found {
        let options = &self.options;
        if let Some(item) = self.chosen(path) {
            return if item.marker { Found::Hidden } else { Found::Visible(item.clone()) };
        }
        let (there, is_filtered) = (self.there(path), self.filter.excludes(path));
        let covers: Vec<bool> = self
            .source
            .places
            .iter()
            .filter(|it| it.covers(path) && !self.filter.leaves_out(it, path))
            .map(|it| it.is_unknown)
            .collect();
        if covers.contains(&true) {
            Found::Unknown
        } else if options.delete_excluded {
            Found::Absent
        } else if is_filtered || !covers.is_empty() || !there.is_empty() {
            Found::LeftOut
        } else {
            Found::Absent
        }
    }

    fn decide(&self, file: &Item, newest: Option<&Item>) -> Decision {
        let path = &file.path;
        let is_down = self.options.direction == Direction::Down;
        if is_down && !can_be_local(path) {
            return Decision::Fails;
        }
        let Some(there) = newest else {
            let is_covered = self.destination.places.iter().any(|it| it.covers(path));
            return if is_covered { Decision::Fails } else { Decision::Transfer };
        };
        if there.marker {
            return Decision::Transfer;
        }
        let apart = |threshold_ms: u64| file.modified_ms.abs_diff(there.modified_ms) > threshold_ms;
        let (differs, threshold_ms) = match self.options.compare {
            Compare::Name => (false, None),
            Compare::Size { threshold } => (file.len.abs_diff(there.len) > threshold, None),
            Compare::ModTime { threshold_ms } => (apart(threshold_ms), Some(threshold_ms)),
            Compare::SizeAndModTime { threshold_ms } => {
                (apart(threshold_ms) || file.len != there.len, Some(threshold_ms))
            }
            Compare::Sha1 { threshold_ms } => {
                let has = |it: &Item| it.notes_sha1 || it.uploaded_ms.is_none();
                let differs = match has(file) && has(there) {
                    true => file.digest() != there.digest(),
                    false => apart(threshold_ms) || file.len != there.len,
                };
                (differs, Some(threshold_ms))
            }
        };
        let is_older = file.modified_ms < there.modified_ms && threshold_ms.is_some_and(apart);
        match (differs, self.options.newer) {
            (false, _) => Decision::Same,
            (true, Newer::Fail) if is_older => Decision::Fails,
            (true, Newer::Skip) if is_older => Decision::Same,
            (true, _) => Decision::Transfer,
        }
    }

    fn removed(
        &self,
        found: &Found,
        versions: &[Item],
        was_sent: bool,
    ) -> Vec<(&'static str, u32)> {
        let is_there = matches!(found, Found::Visible(_) | Found::Hidden);
        let all = || versions.iter().map(|it| ("delete", it.id));
        match self.options.keep {
            _ if self.keeps_all() => Vec::new(),
            Keep::All => Vec::new(),
            Keep::Newest if self.options.direction == Direction::Down => {
                if matches!(found, Found::Visible(_)) { Vec::new() } else { all().collect() }
            }
            Keep::Newest if is_there && !was_sent => all().skip(1).collect(),
            Keep::Newest => all().collect(),
            Keep::Days { .. } | Keep::Age { .. } => {
                let (age_ms, by) = self.options.keep.age().expect("an age");
                let is_old = |it: &Item| {
                    let ms = match by {
                        AgeBy::Visibility => it.uploaded_ms.expect("a version"),
                        AgeBy::ModTime => it.modified_ms(),
                    };
                    self.options.now_ms - ms > i64::try_from(age_ms).expect("a short one")
                };
                let goes = |at: usize| {
                    let covered = versions[..at].iter().any(is_old);
                    covered || versions[..=at].iter().any(|it| it.marker && is_old(it))
                };
                let hidden = versions.first().filter(|it| !is_there && !it.marker);
                let hidden = hidden.map(|it| ("hide", it.id));
                let deleted = (0..versions.len()).filter(|at| goes(*at));
                hidden.into_iter().chain(deleted.map(|at| ("delete", versions[at].id))).collect()
            }
        }
    }
}

fn can_be_local(path: &str) -> bool {
    PathClass::of(path) == PathClass::Inside && !path.ends_with('/')
}
