//! Whoever has started a sync is asked when more names would vanish than may, and sometimes says
//! yes after a while: a run follows that removes just these.

use b2_local::sync::{Ending, Event, Refused, Report, Run, Summary};
use b2_proto::error::Error;
use b2_proto::plan::sync::{
    DeleteLimit, Direction, Entry, HeldBack, LEFT_NAMES_MAX, Options, Renames, UploadMode, Work,
};
use b2_proto::rng::Rng;

use super::draw::{ALWAYS, draw_file, draw_name};
use super::strangers::Stranger;
use super::tree::Change;
use super::{DESTINATION, SOURCE, Stage, Sync, keeps_all};
use crate::checkers::only_refused_go::{Allowed, Refusals};
use crate::disk::Disk;
use crate::service::Side;
use crate::world::{Happening, World, index};

/// What somebody is asked, and says.
#[derive(Debug)]
pub(crate) struct Answers {
    rng: Rng,
    /// What the run under way notes, and what can be seen of it.
    refused: Refused,
    pub(super) refusals: Refusals,
    /// What the next run is allowed, and how the one before it has ended.
    next: Option<Yes>,
    /// The same of the run under way.
    now: Option<Yes>,
    /// Whether something has come in between since the run without faults.
    has_changed: bool,
    /// How many names a run under faults remembers, if not as many as it can.
    left_max: Option<u64>,
    /// Whether versions are gone that renamed files are to be copied of.
    loses_copies: bool,
}

/// What somebody has allowed.
#[derive(Clone, Debug)]
struct Yes {
    allowed: Allowed,
    /// How many versions the run before has kept, but for those of these names.
    held_back: u64,
}

/// Nobody thinks longer.
const PAUSE_MS_MAX: u64 = 60_000;
/// Changes come until then after the answer.
const AFTERWARDS_MS: u64 = 10_000;

/// Draws more of the options: uploads by blocks, and renamed files beside names that are too many.
/// Whether there are to be some.
pub(super) fn draw_more(options: &mut Options, rng: &mut Rng) -> bool {
    let (is_up, by_blocks) = (options.direction == Direction::Up, rng.below(4) == 0);
    let (asks, few, len_min, held_max) =
        (rng.below(3) == 0, rng.below(3), rng.below(20), index(1 + rng.below(4)));
    if is_up && by_blocks {
        options.upload = UploadMode::Blocks;
    }
    let asks = is_up && asks && !keeps_all(options.keep);
    if asks {
        options.renames = Some(Renames { len_min, held_max });
        options.delete_limit = DeleteLimit::Names(few);
    }
    asks
}

impl Answers {
    /// Nobody has been asked so far.
    pub(super) fn new(mut rng: Rng) -> Self {
        let left_max = rng.below(6);
        Self {
            left_max: (rng.below(6) == 0).then_some(left_max),
            loses_copies: rng.below(2) == 0,
            rng,
            refused: Refused::new(),
            refusals: Refusals::default(),
            next: None,
            now: None,
            has_changed: false,
        }
    }

    /// How many names a run remembers.
    pub(super) fn left_max(&self, stage: Stage) -> usize {
        let few = self.left_max.filter(|_| matches!(stage, Stage::Troubled(_)));
        few.map_or(LEFT_NAMES_MAX, index)
    }

    /// Whether the run under way is one that somebody has allowed.
    pub(super) const fn is_allowing(&self) -> bool {
        self.now.is_some()
    }

    /// Whether all may be another than it was when the run without faults began, once.
    pub(super) const fn take_changed(&mut self) -> bool {
        core::mem::replace(&mut self.has_changed, false)
    }
}

impl Sync {
    /// Whether a version is gone that a renamed file is to be copied of.
    pub(super) fn loses_copy(&mut self) -> bool {
        let is_meant = self.answers.loses_copies && self.is_to_bucket();
        let is_troubled = is_meant && matches!(self.stage, Stage::Troubled(_));
        is_troubled && self.answers.rng.below(2) == 0
    }

    /// The process that has asked is gone, or somebody has lost interest.
    pub(super) fn forget_answer(&mut self) {
        (self.answers.next, self.answers.now) = (None, None);
        self.come_home();
    }

    /// Begins the run that was allowed, if one was.
    pub(super) fn begin_allowed(&mut self, side: &Side, disk: &Disk, now_ms: u64) -> Option<Run> {
        let yes = self.answers.next.take()?;
        if self.stage == Stage::Clean {
            let names = self.expected.gone.clone();
            assert!(names.is_subset(&yes.allowed.names), "asked about {yes:?}, not {names:?}");
            self.expected = self.foresee_allowed(side, disk, now_ms, &names);
        }
        self.removals.allow(yes.allowed.clone());
        self.answers.now = Some(yes);
        let run = Run::allowing(self.setup(side, now_ms), &self.answers.refused);
        Some(run.expect("names that are known"))
    }

    /// Begins any other one.
    pub(super) fn begin_refusing(&mut self, side: &Side, now_ms: u64) -> Run {
        self.answers.now = None;
        self.answers.refusals = Refusals::default();
        let run = Run::new(self.setup(side, now_ms)).expect("options that make sense");
        run.refusing(self.answers.refused.clone())
    }

    /// The run has told something.
    pub(super) fn hear_refusal(&mut self, event: &Event) {
        let refusals = &mut self.answers.refusals;
        match event {
            Event::Left(Report::HeldBack { entry, why: HeldBack::Limit }, _) => {
                assert!(self.answers.now.is_none(), "what was allowed is refused");
                refusals.tells(entry.path());
            }
            Event::Failed(action, _) | Event::Undone(action) => match &action.work {
                Work::Rename { origin, .. } => {
                    refusals.missed.insert(origin.path().to_owned());
                }
                Work::Transfer { is_new: true, .. }
                    if self.options.direction == Direction::Down =>
                {
                    self.removals.leaves_unplaced(action.path());
                }
                Work::Transfer { .. } | Work::Hide(_) | Work::Delete { .. } => {}
            },
            Event::Again { names } => {
                let wanted = self.answers.now.as_ref().map(|yes| yes.allowed.count);
                assert!(wanted.is_none_or(|wanted| wanted == *names), "{names}, not {wanted:?}");
            }
            Event::Contested
            | Event::Begun { .. }
            | Event::Done(_)
            | Event::Left(..)
            | Event::Skipped(..)
            | Event::Unlisted(..)
            | Event::Planned(_)
            | Event::Index(_)
            | Event::Notice(_) => {}
        }
    }

    /// A run has ended that was allowed, without faults.
    pub(super) fn check_allowed(&self, summary: &Summary) {
        let Some(yes) = &self.answers.now else { return };
        assert_eq!(summary.ending, Ending::Complete, "{summary:?}");
        let trouble = summary.failed + summary.undone + summary.not_begun;
        assert_eq!(trouble, 0, "trouble of a run without faults: {summary:?}");
        assert_eq!(summary.planned.failed, self.expected.failed, "{summary:?}");
        let held_back = summary.planned.held_back;
        let is_told = self.answers.has_changed || held_back == yes.held_back;
        assert!(is_told, "{} versions stay, not {held_back}: {summary:?}", yes.held_back);
    }

    /// What somebody may be asked, when a run has ended so.
    fn question(&self, result: &Result<Summary, Error>) -> Option<Yes> {
        let Ok(Summary { ending: Ending::TooManyDeletes { wanted, .. }, planned, .. }) = result
        else {
            return None;
        };
        assert!(!self.answers.is_allowing(), "what was allowed is refused: {result:?}");
        let Answers { refused, refusals, .. } = &self.answers;
        if !refused.is_whole() {
            return None;
        }
        let count = refused.names();
        assert_eq!(count, *wanted, "S1: of so many names nobody may ask");
        let may_go = |name: &str| {
            let is_excluded = self.rules(name, 0).is_excluded;
            self.may_vanish(name) && self.removals.may_go(name, is_excluded)
        };
        let allowed = refusals.allowed(count, may_go);
        // Names that were only counted are counted here as well.
        let held_back = planned.held_back - refusals.versions - refusals.untold(count);
        Some(Yes { allowed, held_back })
    }
}

impl World {
    /// Asks whoever has started the sync, if a run has ended so.
    pub(super) fn ask(&mut self, sync: &mut Sync, result: &Result<Summary, Error>) {
        let question = if sync.stage == Stage::Dry { None } else { sync.question(result) };
        if sync.answers.now.take().is_some() {
            sync.come_home();
        }
        let Some(yes) = question else { return };
        let is_clean = sync.stage == Stage::Clean;
        let is_answered = is_clean || matches!(sync.stage, Stage::Troubled(_));
        if sync.is_given_up || !is_answered || sync.answers.rng.below(3) == 0 {
            return;
        }
        let now_ms = self.agenda.now_ms();
        self.side.log_in(now_ms);
        if is_clean {
            if sync.has_met_damage || sync.is_overtaken(&self.side, now_ms) {
                return;
            }
            sync.check_destination(&self.side, &self.disk, now_ms);
        }
        sync.check_nothing_is_lost(&self.side, &self.disk, now_ms);
        let rng = &mut sync.answers.rng;
        let pause_ms = rng.below(3) * rng.below(PAUSE_MS_MAX / 2);
        let after_ms = if is_clean { 0 } else { AFTERWARDS_MS };
        self.trace.note(now_ms, format_args!("somebody says yes to {yes:?} in {pause_ms} ms"));
        self.draw_pause(sync, &yes.allowed, (pause_ms, after_ms));
        sync.answers.next = Some(yes);
        self.agenda.put(pause_ms, Happening::BeginSync(self.life.number));
    }

    /// Draws what happens until an answer has come, and a little longer.
    fn draw_pause(&mut self, sync: &mut Sync, allowed: &Allowed, (pause_ms, after_ms): (u64, u64)) {
        let (now_ms, is_up) = (self.agenda.now_ms(), sync.is_to_bucket());
        let is_quiet = sync.tree.changes.iter().all(|it| it.at_ms <= now_ms);
        let names: Vec<&String> = allowed.names.iter().collect();
        let what = sync.answers.rng.below(8);
        if what < 2 || pause_ms + after_ms == 0 {
            return;
        }
        sync.answers.has_changed |= sync.stage == Stage::Clean;
        if what == 2 && is_up && is_quiet {
            return sync.go_away();
        }
        if what == 3 && is_up && sync.answers.rng.below(2) == 0 {
            // All of it goes, at one moment.
            let at_ms = now_ms + pause_ms / 2;
            for name in sync.tree.files.keys() {
                self.agenda.put(pause_ms / 2, Happening::Change(sync.tree.changes.len()));
                sync.tree.changes.push(Change { at_ms, name: name.clone(), file: None });
            }
            return;
        }
        for _ in 0..1 + sync.answers.rng.below(if what == 3 { 20 } else { 3 }) {
            let rng = &mut sync.answers.rng;
            let name = match rng.below(2) {
                0 => names[index(rng.below(names.len() as u64))].as_str(),
                _ => draw_name(rng),
            };
            // Half of what may come during the run does so at its beginning.
            let (file, soon_ms) = (draw_file(rng), pause_ms + rng.below(after_ms / 5));
            let (late_ms, is_soon) = (rng.below(pause_ms + after_ms), rng.below(2) == 0);
            let delay_ms = if is_soon && after_ms > 0 { soon_ms } else { late_ms };
            let (is_gone, side) = (what == 3 || rng.below(4) == 0, rng.below(3));
            let at_ms = now_ms + delay_ms;
            let file = (!is_gone || name == ALWAYS).then_some(file);
            let is_local = is_up || (side == 0 && sync.options.direction == Direction::Down);
            let is_covered = !is_up && sync.tree.cover(name).is_some();
            if is_local && !is_covered {
                self.agenda.put(delay_ms, Happening::Change(sync.tree.changes.len()));
                let change = Change { at_ms, name: name.to_owned(), file };
                sync.tree.changes.push(change);
            } else if !is_local {
                let is_copy = sync.options.direction == Direction::Copy;
                let prefix = if side == 0 && is_copy { DESTINATION } else { SOURCE };
                // Of one name nobody hides what others upload.
                let is_mixed = match file {
                    Some(_) => sync.is_hidden_by_strangers(name),
                    None => sync.is_strangers(name) || prefix == DESTINATION,
                };
                if is_mixed {
                    continue;
                }
                self.agenda.put(delay_ms, Happening::Strange(sync.strangers.len()));
                sync.strangers.push(Stranger { at_ms, name: format!("{prefix}{name}"), file });
            }
        }
    }
}
