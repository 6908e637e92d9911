//! One name: whether its file is transferred, and what becomes of its versions.

use core::cmp::Ordering;

use super::action::{After, HeldBack, Report, Work};
use super::compare::{Digest, Looks, Verdict, verdict};
use super::entry::{Entry, EntryKind};
use super::held::{Group, Removal};
use super::keep::{Rule, Source};
use super::left::LeftOut;
use super::options::{Compare, Direction, UploadMode};
use super::planner::{Ask, Planner, Turned};
use super::select::{Choice, PathFilter};
use super::shadow::Cover;
use crate::name::PathClass;
use crate::wire::text::Sha1;

/// The name that is decided about.
#[derive(Debug)]
pub(super) struct Turn<D> {
    /// Whether versions at the destination may follow.
    pub(super) is_open: bool,
    pub(super) source: Source,
    pub(super) rule: Rule,
    /// Why nothing of it is removed.
    pub(super) guard: Option<Guard>,
    /// The transfer that removals wait for.
    pub(super) after: After,
    pub(super) was_transferred: bool,
    /// Whether the source is looked at once more before the name is removed.
    pub(super) must_look: bool,
    /// Whether the newest version, which came first, is a file.
    pub(super) was_visible: bool,
    /// Whether it is to be deleted, and nothing takes its place.
    pub(super) loses_newest: bool,
    /// Number of the first action after the transfer.
    pub(super) first_id: u64,
    /// The newest version, which is deleted last.
    pub(super) top: Option<Removal<D>>,
    /// Removals of a name that vanishes and is held back.
    pub(super) group: Option<Group<D>>,
    /// There was no room to hold it back: another plan removes it.
    pub(super) is_left_out: bool,
    /// The answer to a question about the file, if it was asked.
    pub(super) digest: Option<Option<Sha1>>,
    /// The same about a new file.
    pub(super) new_digest: Option<Option<Sha1>>,
    /// A group whose content is looked for among new files.
    pub(super) vanished: Option<u64>,
}

/// Why nothing of a name is removed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Guard {
    /// Against the options.
    HeldBack(HeldBack),
    /// The source leaves it out, or it is not for this plan.
    Protected,
}

impl<D> Turn<D> {
    pub(super) const fn new() -> Self {
        Self {
            is_open: false,
            source: Source::Absent,
            rule: Rule::NEW,
            guard: None,
            after: After::NOTHING,
            was_transferred: false,
            must_look: false,
            was_visible: false,
            loses_newest: false,
            first_id: 0,
            top: None,
            group: None,
            is_left_out: false,
            digest: None,
            new_digest: None,
            vanished: None,
        }
    }
}

impl<S: Entry, D: Entry + Clone, F: PathFilter> Planner<S, D, F> {
    /// Begins with the lesser of the two names; with both if they are one. Comes here again with
    /// the answer when a SHA-1 was asked for.
    pub(super) fn open(&mut self, order: Ordering) -> Turned<S, D> {
        if order.is_gt() {
            return self.open_without_source();
        }
        let Some(source) = self.source.head() else { return Turned::On };
        let is_marker = source.kind() == EntryKind::HideMarker;
        let is_left = |left: &LeftOut| order.is_eq() && left.has(source.path());
        if self.left.as_ref().is_some_and(|left| !(is_marker && is_left(left))) {
            // It is there, so it is none of the names to remove, or not any more.
            self.take_source();
            return self.pass(Source::Visible, order.is_eq());
        }
        if is_marker {
            self.take_source();
            self.begin(Source::Hidden, order.is_eq());
            // For a local file that is as good as gone.
            let is_down = self.options.direction == Direction::Down;
            self.turn.must_look = is_down && self.can_look_again();
            return Turned::On;
        }
        if source.kind() == EntryKind::Manifest {
            self.take_source();
            self.begin(Source::Absent, order.is_eq());
            self.turn.guard = Some(Guard::HeldBack(HeldBack::Manifest));
            return Turned::On;
        }
        if self.options.direction == Direction::Down {
            let (path, class) = (source.path(), PathClass::of(source.path()));
            if class != PathClass::Inside || path.is_empty() || path.ends_with('/') {
                return self.fail(order, |source| Report::UnsafeName { source, class });
            }
        }
        if order.is_lt() {
            let cover = self.destination.shadows.over(source.path());
            return match cover {
                Some(_) => self.fail(order, Report::DestinationUnknown),
                None => self.new_file(),
            };
        }
        // A name that is hidden at the destination is not there.
        let destination = self.destination.head().filter(|it| it.kind() == EntryKind::File);
        match destination.map(|destination| self.compare(source, destination)) {
            Some(verdict) => self.settle(verdict),
            None => self.transfer(),
        }
    }

    fn open_without_source(&mut self) -> Turned<S, D> {
        let Some(destination) = self.destination.head() else { return Turned::On };
        let path = destination.path();
        if self.left.as_ref().is_some_and(|left| !left.has(path)) {
            return self.pass(Source::Absent, true);
        }
        let cover = self.source.shadows.over(path);
        let keeps_all = self.options.keep.keeps_all();
        let choice = if keeps_all { Choice::In } else { self.selection.choose(path) };
        let guard = match cover {
            // Nothing is removed in any case.
            _ if keeps_all => None,
            Some(Cover::Unknown) => Some(Guard::HeldBack(HeldBack::SourceUnknown)),
            _ if choice == Choice::Unknown => Some(Guard::HeldBack(HeldBack::SourceUnknown)),
            _ if self.options.delete_excluded => None,
            Some(Cover::LeftOut | Cover::OneLeftOut) => Some(Guard::Protected),
            None if choice == Choice::Out => Some(Guard::Protected),
            None => None,
        };
        let is_up = self.options.direction == Direction::Up && !keeps_all;
        let guard = match guard {
            None if is_up && !self.selection.can_be_local(path) => {
                Some(Guard::HeldBack(HeldBack::NameNotLocal))
            }
            other => other,
        };
        // What the rules leave out may well be there.
        let is_absent = cover.is_none() && choice == Choice::In;
        let must_look = self.can_look_again() && is_absent;
        self.totals.protected += u64::from(guard == Some(Guard::Protected));
        self.begin(Source::Absent, true);
        self.turn.guard = guard;
        self.turn.must_look = must_look;
        Turned::On
    }

    /// Whether names may have come back to the source since it was listed: not to its past.
    fn can_look_again(&self) -> bool {
        let is_past = |moment| moment < self.options.now_ms;
        !self.options.keep.keeps_all() && !self.options.as_of_ms.is_some_and(is_past)
    }

    /// Leaves a name as it is, which is not for this plan.
    fn pass(&mut self, source: Source, has_destination: bool) -> Turned<S, D> {
        self.begin(source, has_destination);
        self.turn.guard = Some(Guard::Protected);
        Turned::On
    }

    /// Makes the name the current one.
    fn begin(&mut self, source: Source, has_destination: bool) {
        self.turn.is_open = has_destination;
        self.turn.source = source;
        self.turn.rule = Rule::NEW;
        self.turn.guard = None;
        self.turn.after = After::NOTHING;
        self.turn.was_transferred = false;
        self.turn.must_look = false;
        self.turn.was_visible = false;
        self.turn.loses_newest = false;
        self.turn.first_id = self.next_id();
        self.turn.is_left_out = false;
        self.turn.digest = None;
        self.turn.new_digest = None;
        if has_destination {
            self.destination.is_again = true;
        }
    }

    fn compare(&self, source: &S, destination: &D) -> Verdict {
        if is_copy(source, destination) {
            return Verdict::Same;
        }
        let is_local = |side| self.options.direction == side;
        let needs_sha1 = matches!(self.options.compare, Compare::Sha1 { .. });
        let told = self.turn.digest.flatten();
        let source = looks(source, needs_sha1, is_local(Direction::Up), told);
        let destination = looks(destination, needs_sha1, is_local(Direction::Down), told);
        verdict(self.options.compare, self.options.newer, source, destination)
    }

    fn settle(&mut self, verdict: Verdict) -> Turned<S, D> {
        match verdict {
            Verdict::Differs => return self.transfer(),
            Verdict::NewerFails => {
                let ms = self.destination.head().map_or(0, Entry::modified_ms);
                let report = |source| Report::DestinationNewer { source, destination_ms: ms };
                return self.fail(Ordering::Equal, report);
            }
            Verdict::NeedsSha1 if self.turn.digest.is_some() => {
                return self.fail(Ordering::Equal, Report::NotCompared);
            }
            Verdict::NeedsSha1 => {
                let is_up = self.options.direction == Direction::Up;
                self.ask = Some(if is_up { Ask::Source } else { Ask::Destination });
                return Turned::On;
            }
            Verdict::Same => self.totals.same += 1,
            Verdict::NewerSkipped => self.totals.skipped_newer += 1,
        }
        self.take_source();
        self.begin(Source::Visible, true);
        Turned::On
    }

    /// Transfers the file at the head of the source.
    pub(super) fn transfer(&mut self) -> Turned<S, D> {
        let Some(source) = self.take_source() else { return Turned::On };
        let destination = self.destination.head().filter(|it| it.path() == source.path());
        let is_wanted = match self.options.direction {
            Direction::Up => self.options.upload != UploadMode::Full,
            Direction::Down => true,
            Direction::Copy => false,
        };
        let is_base = |it: &&D| is_wanted && it.kind() == EntryKind::File;
        let base = destination.filter(is_base).cloned();
        let is_new = destination.is_none_or(|it| it.kind() != EntryKind::File);
        let has_destination = destination.is_some();
        self.begin(Source::Visible, has_destination);
        self.turn.after = After::one(self.next_id());
        self.turn.was_transferred = true;
        self.turn.first_id += 1;
        self.act(After::NOTHING, Work::Transfer { source, base, is_new })
    }

    /// The file at the head of the source comes to nothing; its versions stay as they are.
    fn fail(&mut self, order: Ordering, report: impl FnOnce(S) -> Report<S, D>) -> Turned<S, D> {
        let Some(source) = self.take_source() else { return Turned::On };
        self.begin(Source::Visible, order.is_eq());
        self.turn.guard = Some(Guard::HeldBack(HeldBack::FileFailed));
        self.totals.failed += 1;
        Turned::Tell(report(source))
    }

    pub(super) fn take_source(&mut self) -> Option<S> {
        let source = self.source.take()?;
        self.totals.source_files += u64::from(source.kind() == EntryKind::File);
        Some(source)
    }
}

/// Whether two versions of which nobody said when they were modified have the same content: when
/// they were uploaded says nothing.
fn is_copy(source: &impl Entry, destination: &impl Entry) -> bool {
    let is_alike = !source.notes_time()
        && !destination.notes_time()
        && source.content_len() == destination.content_len();
    is_alike && source.sha1().is_some_and(|sha1| destination.sha1() == Some(sha1))
}

/// What is compared of an entry; `told` is the SHA-1 of the local one, if it was asked for.
fn looks(entry: &impl Entry, needs_sha1: bool, is_local: bool, told: Option<Sha1>) -> Looks {
    let known = if needs_sha1 { entry.sha1() } else { None };
    let sha1 = match known {
        Some(sha1) => Digest::Known(sha1),
        None if is_local => told.map_or(Digest::Readable, Digest::Known),
        None => Digest::Unknown,
    };
    Looks { len: entry.content_len(), modified_ms: entry.modified_ms(), sha1 }
}
