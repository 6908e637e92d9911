//! No large file stays unfinished unless a failure, a lost answer or a crash explains it.

use std::collections::BTreeMap;

use crate::jobs::After;

/// How many unfinished files of each name are explained.
#[derive(Debug, Default)]
pub(crate) struct Leftovers(BTreeMap<String, u64>);

impl Leftovers {
    /// Takes a job that has ended, which would have removed what it started or not.
    pub(crate) fn ended(&mut self, name: &str, is_ok: bool, removes: bool, after: &After<'_>) {
        let suffered = after.suffered;
        let may_fail = suffered.count("b2_cancel_large_file") > 0 || after.login_failures > 0;
        let is_kept = !is_ok && (!removes || may_fail);
        let strays = suffered.count("b2_start_large_file") + after.deaths;
        let explained = strays + u64::from(is_kept || suffered.is_cancelled);
        *self.0.entry(name.to_owned()).or_default() += explained;
    }

    /// Compares with the names of those that are there.
    pub(crate) fn check(&self, unfinished: &[String]) {
        for (name, explained) in &self.0 {
            let left = unfinished.iter().filter(|each| *each == name).count() as u64;
            assert!(left <= *explained, "{left} unfinished files {name}, {explained} explained");
        }
    }
}
