//! What becomes of the versions of a name, one after the other.

use alloc::vec::Vec;

use super::action::{After, HeldBack, Report, Work};
use super::entry::{Entry, EntryKind};
use super::held::{Flush, Group, Removal};
use super::keep::{Fate, Scope, Why};
use super::options::DeleteLimit;
use super::planner::{Planner, Turned};
use super::select::PathFilter;
use super::turn::Guard;

impl<S: Entry, D: Entry + Clone, F: PathFilter> Planner<S, D, F> {
    /// Decides about the version at the head of the destination.
    pub(super) fn version(&mut self) -> Turned<S, D> {
        let Some(entry) = self.destination.take() else { return Turned::On };
        let is_newest = self.turn.rule.is_first();
        let is_visible = is_newest && entry.kind() == EntryKind::File;
        self.totals.destination_files += u64::from(is_visible);
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
        if is_visible && is_last_sight {
            self.totals.vanishing += 1;
            let is_known = self.options.delete_limit == DeleteLimit::Unlimited;
            if !is_known || self.new_files.is_some() {
                self.turn.group = Some(Group { removals: Vec::new(), after: After::NOTHING });
            }
        }
        match (self.turn.group.take(), why) {
            _ if self.turn.is_left_out => Turned::On,
            (Some(group), why) => self.hold(group, Removal { entry, why }),
            (None, Some(why)) if is_last_sight => {
                self.turn.top = Some((entry, why));
                Turned::On
            }
            (None, why) => self.act(self.turn.after, work(entry, why)),
        }
    }

    /// Keeps a removal with the others of its name until the end of the plan, if there is room.
    fn hold(&mut self, mut group: Group<D>, removal: Removal<D>) -> Turned<S, D> {
        let has_room = self.held.reserve();
        group.removals.push(removal);
        if has_room {
            self.turn.group = Some(group);
            return Turned::On;
        }
        self.held.release(group.removals.len() - 1);
        if self.is_last && self.totals.vanishing > self.allowed() {
            self.turn.guard = Some(Guard::HeldBack(HeldBack::Limit));
            self.flush = Some(Flush::new(group, false));
            return Turned::On;
        }
        if self.options.delete_limit != DeleteLimit::Unlimited && !self.is_last {
            self.turn.is_left_out = true;
            self.held.leave_out();
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

    /// Ends with a name: all its versions have come.
    pub(super) fn close(&mut self) -> Turned<S, D> {
        self.turn.is_open = false;
        if let Some((entry, why)) = self.turn.top.take() {
            // While older versions are deleted, the newest stays: none of them becomes visible.
            let older = After { first: self.turn.first_id, end: self.next_id() };
            let after = if older.is_empty() { self.turn.after } else { older };
            return self.act(after, Work::Delete { entry, why });
        }
        let Some(group) = self.turn.group.take() else { return Turned::On };
        let id = self.held.add(group);
        self.vanished(id)
    }

    /// The next removal of a group that is handed out.
    pub(super) fn flush(&mut self) -> Option<Turned<S, D>> {
        let next_id = self.next_id();
        let flush = self.flush.as_mut()?;
        let Some(Removal { entry, why }) = flush.removals.next() else {
            self.flush = None;
            return Some(Turned::On);
        };
        if !flush.is_allowed {
            return Some(self.hold_back(entry, HeldBack::Limit));
        }
        let first = *flush.first.get_or_insert(next_id);
        let older = After { first, end: next_id };
        let is_newest = flush.ends_with_newest && flush.removals.as_slice().is_empty();
        let after = if is_newest && !older.is_empty() { older } else { flush.after };
        Some(self.act(after, work(entry, why)))
    }
}

fn work<S, D>(entry: D, why: Option<Why>) -> Work<S, D> {
    match why {
        Some(why) => Work::Delete { entry, why },
        None => Work::Hide(entry),
    }
}
