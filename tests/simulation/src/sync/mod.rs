//! Syncs: the run of the drivers (`b2_local::sync::Run`) with hands of the simulation.
//!
//! A seed draws a folder and a bucket, or two folders of a bucket, and options. The sync is run
//! under faults, also after each death of the client, then once without any, and once more. The
//! run without faults must bring the destination to what [`oracle`] says, and to what a [dry]
//! run has told if there is one before; the last one must find nothing to do.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use b2_local::sync::{
    BucketDefaults, End, Ending, Event, Moved, Next, Rules, Run, Setup, Stop, Summary, Ticket,
};
use b2_local::walk::Symlinks;
use b2_proto::error::{Error, ErrorKind};
use b2_proto::name::PathClass;
use b2_proto::plan::sync::{
    AgeBy, DeleteLimit, Direction, Keep, Options, PathFilter, Totals, Work,
};

use crate::checkers::removals_have_reasons::{self, Removals};
use crate::checkers::troubles_are_single::Troubles;
use crate::faults::Faults;
use crate::service::Side;
use crate::world::{Happening, World};

mod answers;
mod by_blocks;
mod draw;
mod dry;
mod folder;
mod hands;
mod home;
mod oracle;
mod part;
mod sides;
mod strangers;
mod tree;

use answers::Answers;
use draw::ALWAYS;
pub(crate) use draw::of_seed;
use folder::Listed;
pub(crate) use hands::Apart;
use hands::Failing;
use home::Home;
use oracle::Expected;
use part::Manner;
use strangers::Stranger;
use tree::Tree;
pub(crate) use tree::covers;

/// Where a sync is from, in the bucket.
pub(crate) const SOURCE: &str = "src/";
/// Where it goes, in the bucket.
pub(crate) const DESTINATION: &str = "dst/";

/// How long after a run the next one begins: what was under way to the service is there by then.
const PAUSE_MS: u64 = 120_000;

/// A sync and what is known of it.
#[derive(Debug)]
pub(crate) struct Sync {
    pub(crate) options: Options,
    pub(crate) excluded: Excluded,
    pub(crate) in_flight_max: usize,
    pub(crate) manner: Manner,
    /// Rows of a page at most, which the service may decide.
    pub(crate) page_len: Option<usize>,
    pub(crate) tree: Tree,
    run: Option<Run>,
    stage: Stage,
    /// Jobs of the engine under way, by their place among the jobs of the world.
    tickets: BTreeMap<usize, (Ticket, Failing)>,
    /// What each download under way may replace.
    targets: BTreeMap<usize, Listed>,
    /// Files of the destination that others have written to since they were listed.
    others: BTreeMap<String, Vec<u8>>,
    /// What others upload meanwhile.
    strangers: Vec<Stranger>,
    /// When the look at a bucket began that is under way, and the last one that has ended.
    look_began_ms: u64,
    looked_ms: u64,
    /// Names that were visible at the destination before anything began.
    at_first: BTreeSet<String>,
    /// The last names the walks of source and destination have given.
    walked: [String; 2],
    removals: Removals,
    troubles: Troubles,
    /// What the run without faults must come to.
    expected: Expected,
    /// Whether a dry run comes before that.
    has_dry_run: bool,
    /// What it has told.
    told: Option<Totals>,
    /// Whether a run was begun before.
    was_begun: bool,
    /// Whether the run without faults has found damage of before, which is gone now.
    has_met_damage: bool,
    /// Whether somebody gives it up.
    is_given_up: bool,
    /// Tells it to end then, if it is to end by itself.
    stop: Option<Stop>,
    /// What somebody says who is asked.
    answers: Answers,
    home: Home,
    /// Files that the run under way sends by blocks.
    by_blocks: BTreeSet<String>,
}

/// Which run it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    /// One under faults, with so many to follow.
    Troubled(u64),
    /// A dry one.
    Dry,
    /// The one without.
    Clean,
    /// The one that finds nothing to do.
    Again,
}

/// A filter: names that end so take no part, nor does a folder; and the rules of one are lost.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Excluded {
    pub(crate) folder: Option<&'static str>,
    pub(crate) ending: Option<&'static str>,
    /// Nobody can say what of this folder takes part: its rules cannot be read, until the run
    /// without faults.
    pub(crate) unread: Option<&'static str>,
    /// Whether jobs of their own ask it.
    pub(crate) may_wait: bool,
}

impl PathFilter for Excluded {
    fn excludes_folder(&mut self, path: &str) -> bool {
        self.folder == Some(path) || self.is_unread(path)
    }

    fn excludes_file(&mut self, path: &str) -> bool {
        self.ending.is_some_and(|ending| path.ends_with(ending)) || self.is_unread(path)
    }

    fn unjudged(&mut self, path: &str) -> Option<String> {
        self.is_unread(path).then(|| "its rules cannot be read".to_owned())
    }

    fn may_wait(&self) -> bool {
        self.may_wait
    }
}

impl Excluded {
    /// Whether a name takes no part.
    pub(crate) fn has(self, name: &str) -> bool {
        let is_out = self.folder.is_some_and(|folder| is_below(folder, name));
        is_out || self.ending.is_some_and(|ending| name.ends_with(ending))
    }

    /// Whether nobody can say that.
    fn is_unread(self, name: &str) -> bool {
        self.unread.is_some_and(|folder| is_below(folder, name))
    }
}

fn is_below(folder: &str, name: &str) -> bool {
    name.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

impl Sync {
    fn setup(&self, side: &Side, now_ms: u64) -> Setup {
        let bucket = |prefix: &str| End::Bucket {
            id: side.bucket_id.as_str().into(),
            prefix: prefix.to_owned(),
        };
        let folder = || End::Folder(tree::ROOT.into());
        let (source, destination) = match self.options.direction {
            Direction::Up => (folder(), bucket(DESTINATION)),
            Direction::Down => (bucket(SOURCE), folder()),
            Direction::Copy => (bucket(SOURCE), bucket(DESTINATION)),
        };
        let found = Setup::direction(&source, &destination);
        assert_eq!(found, Ok(self.options.direction));
        Setup {
            options: Options {
                now_ms: now_ms.cast_signed(),
                left_max: self.answers.left_max(self.stage),
                ..self.options
            },
            source,
            destination,
            rules: Rules::new(self.excluded),
            symlinks: Symlinks::Skip,
            in_flight_max: self.in_flight_max,
            is_dry_run: self.stage == Stage::Dry,
            index: None,
            provider: Arc::new(BucketDefaults),
            moved: Moved::default(),
        }
    }

    /// Whether a name of the destination could vanish, if the source had it no more.
    fn may_vanish(&self, name: &str) -> bool {
        let is_covered = self.is_to_bucket() && self.tree.cover(name).is_some();
        let is_strange = self.is_to_bucket() && PathClass::of(name) != PathClass::Inside;
        let is_out = self.excluded.has(name) || is_covered;
        !is_strange && (self.options.delete_excluded || !is_out)
    }

    /// What excuses the removal of a name.
    fn rules(&self, name: &str, now_ms: u64) -> removals_have_reasons::Rules {
        let is_left_out = self.excluded.has(name) || self.removals.has_left_out(name);
        let is_excluded = self.options.delete_excluded && is_left_out;
        removals_have_reasons::Rules { keep: self.options.keep, now_ms, is_excluded }
    }

    /// The run has told something.
    fn hear(&mut self, event: &Event) {
        if self.stage == Stage::Dry {
            if let Event::Again { .. } = event {
                self.begin_round();
            }
            return;
        }
        if let Event::Done(action) = event {
            self.removals.done(action.path());
        }
        if let Event::Failed(action, error) = event
            && let Work::Transfer { .. } | Work::Rename { .. } = &action.work
        {
            self.removals.failed(action.path(), error.may_have_taken_effect);
        }
        if let Event::Unlisted(b2_local::sync::Side::Source, _) = event {
            self.removals.broken_off();
        }
        if let Event::Again { .. } = event {
            self.begin_round();
            if matches!(self.stage, Stage::Troubled(_)) && !self.answers.is_allowing() {
                // Most of what is kept goes between the rounds.
                self.tree.files.retain(|name, _| name == ALWAYS);
            }
        }
        self.hear_refusal(event);
        self.troubles.hear(event);
    }

    /// Both sides are listed from their beginning.
    fn begin_round(&mut self) {
        self.removals.begin_round();
        if self.excluded.unread.is_some() && self.is_to_bucket() {
            let unread = self.excluded.unread.map(|folder| format!("{folder}/"));
            unread.iter().for_each(|place| self.removals.unknown(place));
        }
        self.walked = Default::default();
        self.others.clear();
    }

    /// Whether the source is the local folder.
    fn is_to_bucket(&self) -> bool {
        self.options.direction == Direction::Up
    }

    /// The run has come to its end.
    fn end(&mut self, result: &Result<Summary, Error>) {
        if self.stage == Stage::Dry {
            let summary = result.as_ref().expect("nothing is wrong any more");
            self.told = Some(summary.planned);
            return;
        }
        self.troubles.over(result, self.is_given_up);
        let is_in_order = result.as_ref().map_or(true, |it| it.ending != Ending::OutOfOrder);
        assert!(is_in_order, "names of one listing came to another: {result:?}");
        if matches!(self.stage, Stage::Troubled(_)) {
            return;
        }
        let summary = result.as_ref().expect("nothing is wrong any more");
        if self.answers.is_allowing() {
            return self.check_allowed(summary);
        }
        if let Some(told) = self.told.take() {
            self.check_told(&told, summary);
        }
        self.has_met_damage = self.stage == Stage::Clean && self.troubles.damaged > 0;
        if self.has_met_damage {
            return;
        }
        let expected = &self.expected;
        if expected.lacks_source {
            assert_eq!(summary.ending, Ending::EmptySource, "{summary:?}");
            assert_eq!(summary.planned.actions(), 0, "for an empty source: {summary:?}");
            return;
        }
        if self.stage == Stage::Again && expected.is_over_limit {
            // With what was transferred since, the same names may be a small share.
            return;
        }
        let is_over_limit = matches!(summary.ending, Ending::TooManyDeletes { wanted, .. }
            if wanted == expected.vanishing);
        assert_eq!(is_over_limit, expected.is_over_limit, "{summary:?} for {expected:?}");
        assert!(is_over_limit || summary.ending == Ending::Complete, "{summary:?}");
        let trouble = summary.failed + summary.undone + summary.not_begun;
        assert_eq!(trouble, 0, "trouble of a run without faults: {summary:?}");
        assert_eq!(summary.planned.failed, expected.failed, "{summary:?} for {expected:?}");
        // By the times of their content versions can be old enough only once they are not newest.
        let is_odd = self.options.keep.age().is_some_and(|(_, by)| by == AgeBy::ModTime);
        if self.stage == Stage::Again && !is_odd {
            assert_eq!(summary.planned.actions(), 0, "a second run does something: {summary:?}");
        }
    }
}

impl World {
    /// Lets the sync go on as far as possible; whether the engine has anything new to do.
    pub(crate) fn pump(&mut self) -> bool {
        let Some(mut sync) = self.sync.take() else { return false };
        let mut has_begun = false;
        while !self.life.is_over()
            && let Some(run) = &mut sync.run
        {
            match run.step() {
                Next::Begin(ticket, job) => {
                    has_begun = true;
                    self.begin_part(&mut sync, ticket, job);
                }
                Next::Tell(event) => {
                    self.trace.note(self.agenda.now_ms(), format_args!("sync tells {event:?}"));
                    sync.hear(&event);
                }
                Next::Wait => break,
                Next::Over(result) => {
                    self.trace.note(self.agenda.now_ms(), format_args!("sync is over: {result:?}"));
                    sync.run = None;
                    sync.check_others(&self.disk);
                    sync.end(&result);
                    self.ask(&mut sync, &result);
                }
            }
            self.life.pass_point();
        }
        self.sync = Some(sync);
        has_begun
    }

    /// Begins a run, unless another life has come meanwhile.
    pub(crate) fn begin_sync(&mut self, life: u32) {
        let now_ms = self.agenda.now_ms();
        if life != self.life.number {
            return;
        }
        let Some(mut sync) = self.sync.take() else { return };
        self.side.log_in(now_ms);
        self.side.host().catch_up(now_ms);
        sync.looked_ms = 0;
        let allowed = sync.begin_allowed(&self.side, &self.disk, now_ms);
        let mut run = match allowed {
            Some(run) => run,
            None => self.begin_run(&mut sync, now_ms),
        };
        sync.begin_round();
        if let Some(stop) = &mut sync.stop {
            *stop = Stop::new();
            run = run.stopped_by(stop.clone());
        }
        sync.run = Some(run);
        self.trace.note(now_ms, format_args!("a sync begins: {:?} {:?}", sync.stage, sync.options));
        self.sync = Some(sync);
    }

    /// Begins a run that does all that is to be done.
    fn begin_run(&self, sync: &mut Sync, now_ms: u64) -> Run {
        if sync.stage == Stage::Clean {
            sync.expected = sync.foresee(&self.side, &self.disk, now_ms);
        }
        let limit = sync.options.delete_limit;
        let is_limited = !keeps_all(sync.options.keep) && limit != DeleteLimit::Unlimited;
        let names = is_limited.then(|| sync.names_at_destination(&self.side, &self.disk, now_ms));
        let names = names.into_iter().flatten().filter(|name| sync.may_vanish(name));
        let visible = (names.count() + sync.strangers.len()) as u64;
        sync.removals = Removals::new(limit, visible);
        sync.troubles = Troubles::default();
        sync.by_blocks.clear();
        sync.begin_refusing(&self.side, now_ms)
    }

    /// Somebody gives the sync up.
    pub(crate) fn give_up_sync(&mut self) {
        let Some(sync) = &mut self.sync else { return };
        sync.is_given_up = true;
        if sync.run.is_none() {
            // Whoever does so says nothing more.
            sync.forget_answer();
        }
        sync.stop.iter().for_each(Stop::stop);
        let open: Vec<usize> = sync.tickets.keys().copied().collect();
        open.into_iter().for_each(|index| self.cancel(index));
    }

    /// The process is gone, and a new one goes on some time.
    pub(crate) fn sync_dies(&mut self, pause_ms: u64) {
        let Some(sync) = &mut self.sync else { return };
        if sync.run.take().is_some() {
            sync.check_others(&self.disk);
        }
        sync.forget_answer();
        sync.tickets.clear();
        sync.was_begun = true;
        self.side.log_in(self.agenda.now_ms());
        sync.check_nothing_is_lost(&self.side, &self.disk, self.agenda.now_ms());
        self.agenda.put(pause_ms, Happening::BeginSync(self.life.number));
    }

    /// Nothing happens any more: goes on with the next run; whether there is one.
    pub(crate) fn go_on_with_sync(&mut self) -> bool {
        let Some(sync) = &mut self.sync else { return false };
        assert!(sync.run.is_none(), "S3: a sync waits for nothing: {:?}", sync.run);
        self.side.log_in(self.agenda.now_ms());
        sync.check_nothing_is_lost(&self.side, &self.disk, self.agenda.now_ms());
        sync.stage = match sync.stage {
            Stage::Troubled(0) => {
                let places = &mut sync.tree.places;
                places.retain(|_, reason| !reason.hides_files());
                sync.excluded.unread = None;
                self.faults = Faults::of_rules(0, Vec::new());
                self.disk.mend();
                self.life.lives_on();
                if sync.has_dry_run { Stage::Dry } else { Stage::Clean }
            }
            Stage::Dry => Stage::Clean,
            Stage::Troubled(more) => Stage::Troubled(more - 1),
            Stage::Clean if sync.has_met_damage => Stage::Clean,
            Stage::Clean if sync.is_overtaken(&self.side, self.agenda.now_ms()) => Stage::Clean,
            Stage::Clean => {
                sync.check_destination(&self.side, &self.disk, self.agenda.now_ms());
                // What has changed since is there to be done.
                if sync.answers.take_changed() { Stage::Clean } else { Stage::Again }
            }
            Stage::Again => return false,
        };
        sync.was_begun = true;
        sync.is_given_up = false;
        sync.tickets.clear();
        self.begin_life_for_sync(PAUSE_MS);
        true
    }
}

/// Whether a version of a source was there at the moment it is read as of.
fn was_there(options: &Options, uploaded_ms: u64) -> bool {
    options.as_of_ms.is_none_or(|ms| uploaded_ms.cast_signed() <= ms)
}

/// Whether it takes part, too, by its times.
fn counts(options: &Options, uploaded_ms: u64, modified_ms: u64) -> bool {
    was_there(options, uploaded_ms)
        && options.times.uploaded_ms.contains(uploaded_ms.cast_signed())
        && options.times.modified_ms.contains(modified_ms.cast_signed())
}

/// Whether nothing is ever removed: no time at all is as good as for ever.
fn keeps_all(keep: Keep) -> bool {
    match keep {
        Keep::All => true,
        Keep::Newest => false,
        Keep::Days { days, .. } => days == 0,
        Keep::Age { ms, .. } => ms == 0,
    }
}

/// Whether versions that are not visible go in the end.
const fn keeps_newest_only(keep: Keep) -> bool {
    matches!(keep, Keep::Newest)
}

/// Whether a whole run may end with this error.
pub(crate) fn may_end_all(error: &Error) -> bool {
    let is_of_listing =
        error.operation.starts_with("b2_list_file_") || error.operation == crate::checkers::LOGIN;
    is_of_listing || error.kind == ErrorKind::Cancelled
}
