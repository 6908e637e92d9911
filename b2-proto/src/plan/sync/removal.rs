//! What becomes of the versions of a name, one after the other.

use super::action::{After, HeldBack, Report, Work};
use super::entry::{Entry, EntryKind};
use super::held::{Flush, Group, Removal};
use super::keep::{Fate, Scope};
use super::options::{DeleteLimit, Direction, Renames};
use super::planner::{Planner, Turned};
use super::select::PathFilter;
use super::turn::Guard;

impl<S: Entry, D: Entry + Clone, F: PathFilter> Planner<S, D, F> {
    /// Decides about the version at the head of the destination.
    pub(super) fn version(&mut self) -> Turned<S, D> {
        let Some(entry) = self.destination.take() else { return Turned::On };
        let is_newest = self.turn.rule.is_first();
        let is_visible = is_newest && entry.kind() == EntryKind::File;
        self.turn.was_visible |= is_visible;
        self.totals.destination_files += u64::from(is_visible);
        let is_source_there = Some(Guard::HeldBack(HeldBack::FileFailed));
        let could_go = self.turn.guard.is_none() || self.turn.guard == is_source_there;
        self.totals.removable += u64::from(is_visible && could_go);
        let scope = Scope {
            direction: self.options.direction,
            keep: self.options.keep,
            now_ms: self.options.now_ms,
            source: self.turn.source,
            was_transferred: self.turn.was_transferred,
        };
        let why = match self.turn.rule.next(&scope, &entry) {
            Fate::Kept => return Turned::On,
            Fate::Hidden => None,
            Fate::Deleted(why) => Some(why),
        };
        match self.turn.guard {
            Some(Guard::Protected) => return Turned::On,
            Some(Guard::HeldBack(why)) => return self.hold_back(entry, why),
            None => {}
        }
        let is_last_sight = is_newest && !self.turn.was_transferred;
        let vanishes = is_visible && is_last_sight;
        self.turn.loses_newest |= is_last_sight && why.is_some();
        self.totals.vanishing += u64::from(vanishes);
        let must_look = self.turn.must_look && (is_newest || !self.turn.was_visible);
        let removal = Removal { entry, why, must_look };
        if self.turn.is_left_out {
            return Turned::On;
        }
        let is_held = (vanishes && !self.goes_at_once()) || self.lacks_source();
        let group = self.turn.group.take();
        let group = group.or_else(|| is_held.then(|| self.new_group(vanishes, &removal.entry)));
        match group {
            Some(group) => self.hold(group, removal),
            None if is_last_sight && removal.why.is_some() => {
                self.turn.top = Some(removal);
                Turned::On
            }
            None => self.remove(self.turn.after, removal),
        }
    }

    /// Whether names that vanish go at once: their number does not matter, or was allowed, nor does
    /// it where their content went, nor what else the destination takes them for.
    fn goes_at_once(&self) -> bool {
        if self.left.is_some() {
            return true;
        }
        let is_down = self.options.direction == Direction::Down;
        let is_unlimited = self.options.delete_limit == DeleteLimit::Unlimited;
        is_unlimited && !is_down && self.new_files.is_none()
    }

    /// What was only held back because the source had shown nothing until then.
    pub(super) fn release(&mut self) -> Option<Flush<D>> {
        if !self.goes_at_once() || self.lacks_source() {
            return None;
        }
        self.held.pop().map(|group| Flush::new(group, None))
    }

    fn remove(&mut self, after: After, removal: Removal<D>) -> Turned<S, D> {
        let Removal { entry, why, must_look } = removal;
        let work = match why {
            Some(why) => Work::Delete { entry, why },
            None => Work::Hide(entry),
        };
        self.hand_out(after, work, must_look)
    }

    /// Of a name with this newest version, which is kept whole if it can have been renamed.
    fn new_group(&self, is_counted: bool, newest: &D) -> Group<D> {
        let may_be_found = |renames: Renames| {
            let is_wanted = newest.content_len() >= renames.len_min && newest.sha1().is_some();
            is_counted && is_wanted && self.held.whole() < renames.held_max
        };
        Group::new(is_counted, self.options.renames.is_some_and(may_be_found))
    }

    /// Keeps a removal with the others of its name until the end of the plan, if there is room.
    fn hold(&mut self, mut group: Group<D>, removal: Removal<D>) -> Turned<S, D> {
        let has_room = self.held.reserve();
        group.push(removal);
        if has_room {
            self.turn.group = Some(group);
            return Turned::On;
        }
        self.held.release(group.removals.len() - 1);
        let is_unknown = self.lacks_source();
        // Removals of local files wait for all transfers, whatever their number.
        let is_down = self.options.direction == Direction::Down;
        let must_wait = is_down || self.options.delete_limit != DeleteLimit::Unlimited;
        // No other plan looks after names that are not counted.
        let is_nobodys = is_unknown && (self.left.is_some() || !group.is_counted);
        let path = group.removals.first().map_or("", |removal| removal.entry.path());
        let held_back = match is_nobodys {
            true => Some(HeldBack::SourceUnknown),
            false if !must_wait && !is_unknown => None,
            false if self.held.leave_out(path) => {
                self.turn.is_left_out = true;
                return Turned::On;
            }
            false => Some(HeldBack::NoRoom),
        };
        if let Some(why) = held_back {
            self.turn.guard = Some(Guard::HeldBack(why));
            self.flush = Some(Flush::new(group, held_back));
            return Turned::On;
        }
        // Now its removals go on as they come.
        let (newest, older) = Flush::split(group);
        self.turn.top = newest;
        self.flush = Some(older);
        Turned::On
    }

    fn hold_back(&mut self, entry: D, why: HeldBack) -> Turned<S, D> {
        self.totals.held_back += 1;
        Turned::Tell(Report::HeldBack { entry, why })
    }

    /// Ends with a name: all its versions have come, or no more can.
    pub(super) fn close(&mut self) -> Turned<S, D> {
        self.turn.is_open = false;
        // Behind a break an older one may follow, which only the newest keeps out of sight. Local
        // files have none.
        let is_bucket = self.options.direction != Direction::Down;
        let is_cut = is_bucket && self.destination.is_lost();
        if let Some(newest) = self.turn.top.take() {
            if is_cut {
                return self.hold_back(newest.entry, HeldBack::OlderUnknown);
            }
            // While older versions are deleted, the newest stays: none of them becomes visible.
            let older = After { first: self.turn.first_id, end: self.next_id() };
            let after = if older.is_empty() { self.turn.after } else { older };
            return self.remove(after, newest);
        }
        let Some(mut group) = self.turn.group.take() else { return Turned::On };
        group.keeps_newest = is_cut && self.turn.loses_newest;
        let id = self.held.add(group);
        self.vanished(id)
    }

    /// The next removal of a group that is handed out.
    pub(super) fn flush(&mut self) -> Option<Turned<S, D>> {
        let next_id = self.next_id();
        let flush = self.flush.as_mut()?;
        let Some(removal) = flush.removals.next() else {
            self.flush = None;
            return Some(Turned::On);
        };
        if let Some(why) = flush.held_back {
            return Some(self.hold_back(removal.entry, why));
        }
        let first = *flush.first.get_or_insert(next_id);
        let older = After { first, end: next_id };
        let is_newest = flush.ends_with_newest && flush.removals.as_slice().is_empty();
        if is_newest && flush.keeps_newest {
            return Some(self.hold_back(removal.entry, HeldBack::OlderUnknown));
        }
        let after = if is_newest && !older.is_empty() { older } else { flush.after };
        Some(self.remove(after, removal))
    }
}
