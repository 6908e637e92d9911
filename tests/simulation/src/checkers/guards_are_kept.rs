//! Every version has the locks and the encryption that its job has asked for, or its bucket's
//! defaults: also one whose answer was lost, and one that was gone on with.

use std::collections::BTreeMap;

use crate::held::Held;
use crate::scenarios::Guard;

/// How the versions of each name are to be guarded.
#[derive(Debug, Default)]
pub(crate) struct Guards<'a>(BTreeMap<&'a str, Vec<(Option<String>, &'a Guard)>>);

impl<'a> Guards<'a> {
    /// A job asks for this, and has told the version that it has made, if it has.
    pub(crate) fn told(&mut self, name: &'a str, guard: &'a Guard, file_id: Option<String>) {
        self.0.entry(name).or_default().push((file_id, guard));
    }

    /// Compares with the versions that jobs have made.
    pub(crate) fn check(&self, held: &[Held]) {
        for version in held.iter().filter(|held| held.is_made && !held.is_hidden) {
            let Some(jobs) = self.0.get(version.name.as_str()) else { continue };
            let is_its = |(id, _): &&(Option<String>, &Guard)| {
                id.as_ref().is_some_and(|id| *id == version.file_id)
            };
            let told: Vec<_> = jobs.iter().filter(is_its).collect();
            let is_so = |(_, guard): &(Option<String>, &Guard)| guard.is_of(version);
            // Nobody knows of which job one is that nobody was told of.
            let fits = match &told[..] {
                [] => jobs.iter().any(is_so),
                told => told.iter().all(|job| {
                    is_so(job) || jobs.iter().any(|(_, other)| job.1.may_take(version, other))
                }),
            };
            let Held { name, file_id, encryption, retention, hold, .. } = version;
            let is = (encryption, retention, hold);
            assert!(fits, "{file_id} {name} is not guarded as {jobs:?} ask, but {is:?}");
        }
    }
}
