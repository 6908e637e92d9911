//! Judging all jobs when everything is over.

use crate::account::Account;
use crate::checkers::guards_are_kept::Guards;
use crate::checkers::leftovers_have_reasons::Leftovers;
use crate::checkers::versions_match_outcomes::Versions;
use crate::held::Held;
use crate::jobs::{After, Entry, Limited, Tally};
use crate::who::Who;
use crate::world::World;

impl World {
    /// Judges all jobs.
    pub(crate) fn judge(&mut self) -> Tally {
        let now_ms = self.agenda.now_ms();
        // What is late may be later than all jobs.
        self.side.host().catch_up(u64::MAX);
        self.side.log_in(now_ms);
        let (held, unfinished) = (self.side.held(now_ms), self.side.unfinished(now_ms));
        let account = self.side.account(now_ms);
        let left = (&held[..], &unfinished[..], &account);
        let mut tally = Tally::default();
        let (mut versions, mut leftovers) = (Versions::default(), Leftovers::default());
        let mut guards = Guards::default();
        self.checks.old_or_new.check(&self.disk, &self.running, &self.store);
        for (index, entry) in self.running.jobs.iter().enumerate() {
            if entry.job.is_part() {
                tally.count_part(entry);
                continue;
            }
            let outcome = entry.outcome.as_ref().expect("S3: every job ends");
            tally.count(entry);
            let sink = &self.store.sinks[index];
            // The power can fail after a file was removed and before that was safe.
            let is_tidy = sink.is_tidy(&self.disk) || self.life.number > 0;
            assert!(is_tidy, "S8: a temporary file is left beside the target");
            let checked = entry.job.check(outcome, &self.after(index, &entry.lives, left));
            checked.unwrap_or_else(|why| panic!("{why}\n{:?}: {outcome:?}", entry.job));
            // Each run has told something, and only what it did not see the end of is untold.
            let first = entry.limited.as_ref().map_or(0, |limited| limited.lives);
            let (before, since) = entry.lives.split_at(first);
            let limited = entry.limited.as_ref().map(|Limited { outcome, .. }| (before, outcome));
            for (lives, outcome) in limited.into_iter().chain([(since, outcome)]) {
                let after = self.after(index, lives, left);
                if let Some(makes) = entry.job.makes(outcome, &after) {
                    if let Some((name, guard)) = entry.job.guard() {
                        let told = makes.told.as_ref().ok().map(|(file_id, _)| file_id.clone());
                        guards.told(name, guard, told);
                    }
                    leftovers.ended(&makes, &after);
                    let before = self.checks.suffered_in(&lives[..lives.len() - 1]);
                    versions.told(makes, &after.suffered, (after.deaths, &before));
                }
            }
        }
        leftovers.check(&unfinished);
        guards.check(&held);
        let made = held.iter().filter(|held| held.is_made);
        versions.check(made.map(|held| (held.name.as_str(), held.file_id.as_str())));
        tally
    }

    /// What there is to judge a job by that has had these lives.
    fn after<'a>(
        &'a self,
        index: usize,
        lives: &[Who],
        (held, unfinished, account): (&'a [Held], &'a [String], &'a Account),
    ) -> After<'a> {
        let sink = &self.store.sinks[index];
        After {
            held,
            unfinished,
            account,
            cleaners: self.running.cleaners,
            replaced: &self.running.replaced,
            source: &self.store.sources[index],
            sink,
            target: self.disk.read(&sink.target),
            suffered: self.checks.suffered_in(lives),
            deaths: lives.len() as u64 - 1,
            login_failures: self.checks.login_failures(),
        }
    }
}

impl Tally {
    /// What the client died over is begun again by another job.
    const fn count_part(&mut self, entry: &Entry) {
        match &entry.outcome {
            Some(Err(_)) => self.failed += 1,
            Some(Ok(_)) => self.done += 1,
            None => self.begun_again += 1,
        }
    }

    fn count(&mut self, entry: &Entry) {
        let runs = 1 + usize::from(entry.limited.is_some());
        self.begun_again += u64::from(entry.lives.len() > runs);
        self.limited += u64::from(entry.limited.is_some());
        match &entry.outcome {
            Some(Err(error)) if entry.job.is_overtaken(error) => self.overtaken += 1,
            Some(Err(error)) if entry.job.is_refused(error) => self.done += 1,
            Some(Err(_)) => self.failed += 1,
            Some(Ok(_)) | None => self.done += 1,
        }
    }
}
