//! S10: no version is lost, none is there twice and no failure is false, but where the outcome
//! says that it is not known.
//!
//! What the service holds in the end is compared with what was told, for each name, and with the
//! answers that were really lost: those can have left a version that nobody was told of.

use std::collections::{BTreeMap, BTreeSet};

use crate::checkers::suffered::Suffered;

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
    /// Lost answers are asked about. An upload with a time of its own is not found by asking.
    pub(crate) is_asked: bool,
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
    /// Versions that there may be without anybody being told: where nobody is left to be told, and
    /// where a job says that it may be so and the table in DESIGN.md, "Unknown outcomes", calls it
    /// unsettled.
    untold: u64,
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
        let Makes { operations, is_asked, .. } = makes;
        let lost: u64 = operations.iter().map(|operation| suffered.lost(operation)).sum();
        let unsettled = |suffered: &Suffered| -> u64 {
            operations.iter().map(|operation| suffered.unsettled(operation, is_asked)).sum()
        };
        let is_untold = suffered.is_cancelled || suffered.is_skewed;
        let name = self.0.entry(makes.name).or_default();
        name.lost += lost + u64::from(is_untold);
        name.untold += deaths + unsettled(before) + makes.damaged;
        let (is_in_doubt, is_there) = match makes.told {
            Ok((id, is_in_doubt)) => {
                // Of two that upload the same at the same time, one that has lost its answer can
                // take the version of the other one, whose answer is still to come.
                let is_new = name.told.insert(id);
                assert!(is_new || name.lost > 0, "S10: one version for two jobs");
                name.untold += u64::from(!is_new);
                (is_in_doubt, false)
            }
            Err(is_in_doubt) => (is_in_doubt, makes.damaged > 0),
        };
        let unsettled = unsettled(suffered) + u64::from(is_untold);
        // An unfinished file nobody was told of is in doubt as well.
        let of_start = suffered.unsettled("b2_start_large_file", is_asked);
        assert!(
            !is_in_doubt || unsettled + of_start > 0 || is_there,
            "S10: a doubt without reason: {suffered:?}"
        );
        name.untold += if is_in_doubt { unsettled } else { 0 };
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
            assert!(
                extra <= it.untold,
                "S10: {extra} versions of {name} that nobody was told of: {it:?}"
            );
        }
    }
}
