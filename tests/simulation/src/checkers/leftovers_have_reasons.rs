//! No large file stays unfinished unless a failure, a lost answer or a crash explains it.

use std::collections::BTreeMap;

use crate::checkers::versions_match_outcomes::Makes;
use crate::jobs::After;

/// How many unfinished files of each name are explained.
#[derive(Debug, Default)]
pub(crate) struct Leftovers(BTreeMap<String, u64>);

impl Leftovers {
    /// Takes a job that has ended, which would have removed what it started or not. A file that
    /// may be finished is not removed.
    pub(crate) fn ended(&mut self, makes: &Makes, after: &After<'_>) {
        let suffered = &after.suffered;
        let may_fail = suffered.count("b2_cancel_large_file") > 0 || after.login_failures > 0;
        let is_kept = match makes.told {
            // What was begun before it could not be gone on with.
            Ok(_) => suffered.count("b2_cancel_large_file") > 0,
            Err(is_in_doubt) => is_in_doubt || !makes.removes_leftover || may_fail,
        };
        let strays = suffered.count("b2_start_large_file") + after.deaths;
        let explained = strays + u64::from(is_kept || suffered.is_cancelled);
        *self.0.entry(makes.name.clone()).or_default() += explained;
    }

    /// Compares with the names of those that are there.
    pub(crate) fn check(&self, unfinished: &[String]) {
        for (name, explained) in &self.0 {
            let left = unfinished.iter().filter(|each| *each == name).count() as u64;
            assert!(left <= *explained, "{left} unfinished files {name}, {explained} explained");
        }
    }
}
