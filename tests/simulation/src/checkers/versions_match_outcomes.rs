//! S10: no version is lost, none is there twice and no failure is false, but where the outcome
//! says that it is not known.
//!
//! What the service holds in the end is compared with what was told, for each name, and with the
//! answers that were really lost: those can have left a version that nobody was told of.

use std::collections::{BTreeMap, BTreeSet};

use crate::checkers::errors_are_explained::Suffered;

/// A job that makes one version of a name, and what it told.
#[derive(Debug)]
pub(crate) struct Makes {
    pub(crate) name: String,
    /// The calls that can make the version.
    pub(crate) operations: &'static [&'static str],
    /// The version's ID and whether there may be another one; or whether there may be one although
    /// the job has failed.
    pub(crate) told: Result<(String, bool), bool>,
    /// Versions that were answered with another digest and could not be removed.
    pub(crate) damaged: u64,
    /// An unfinished file is to be removed on failure.
    pub(crate) removes_leftover: bool,
}

/// What the jobs have told about each name.
#[derive(Debug, Default)]
pub(crate) struct Versions(BTreeMap<String, Name>);

#[derive(Debug, Default)]
struct Name {
    told: BTreeSet<String>,
    /// Answers that were lost, jobs that were cancelled, and lives that ended: each can have left
    /// a version.
    lost: u64,
    /// Those of them that are no fault of a request, so that nobody can tell.
    untold: u64,
    /// Some job says that it may be so.
    is_in_doubt: bool,
}

impl Versions {
    /// Takes what a job has told, which must have a reason. `before` is what lives have suffered
    /// that died, and so could not tell their doubts.
    pub(crate) fn told(
        &mut self,
        makes: Makes,
        suffered: &Suffered,
        (deaths, before): (u64, &Suffered),
    ) {
        let untold: u64 = makes.operations.iter().map(|operation| before.lost(operation)).sum();
        let lost = makes.operations.iter().map(|operation| suffered.lost(operation)).sum::<u64>();
        // An unfinished file nobody was told of is in doubt as well.
        let may_be_lost = lost + suffered.lost("b2_start_large_file") > 0
            || suffered.is_cancelled
            || suffered.is_skewed;
        let name = self.0.entry(makes.name).or_default();
        name.untold += deaths + untold + makes.damaged;
        name.lost += lost + u64::from(suffered.is_cancelled || suffered.is_skewed);
        match makes.told {
            Ok((id, is_in_doubt)) => {
                assert!(!is_in_doubt || may_be_lost, "S10: a doubt without reason: {suffered:?}");
                name.is_in_doubt |= is_in_doubt;
                // Of two that upload the same at the same time, one that has lost its answer can
                // take the version of the other one, whose answer is still to come.
                let is_new = name.told.insert(id);
                assert!(is_new || name.lost > 0, "S10: one version for two jobs");
                name.untold += u64::from(!is_new);
            }
            Err(is_in_doubt) => {
                let is_there = makes.damaged > 0;
                assert!(
                    !is_in_doubt || may_be_lost || is_there,
                    "S10: a doubt without reason: {suffered:?}"
                );
                name.is_in_doubt |= is_in_doubt;
            }
        }
    }

    /// Compares with the versions there are, as names and IDs.
    pub(crate) fn check<'a>(&self, held: impl Iterator<Item = (&'a str, &'a str)>) {
        let mut versions = BTreeMap::<&str, BTreeSet<&str>>::new();
        for (name, id) in held {
            versions.entry(name).or_default().insert(id);
        }
        for (name, it) in &self.0 {
            let held = versions.remove(name.as_str()).unwrap_or_default();
            let missing = it.told.iter().find(|id| !held.contains(id.as_str()));
            assert!(missing.is_none(), "S10: a false success: {missing:?} of {name} is not there");
            let extra = (held.len() - it.told.len()) as u64;
            let allowed = it.untold + if it.is_in_doubt { it.lost } else { 0 };
            assert!(
                extra <= allowed,
                "S10: {extra} versions of {name} that nobody was told of, {allowed} allowed: {it:?}"
            );
        }
    }
}
