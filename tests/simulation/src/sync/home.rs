//! Which folder a local source is: another one may lie at its path for a while, as when a disk is
//! not mounted.

use std::collections::BTreeMap;
use std::sync::Arc;

use b2_local::sync::Root;

use super::Sync;
use super::draw::ALWAYS;
use super::tree::LocalFile;

/// The folder at the path of the source.
#[derive(Debug, Default)]
pub(crate) struct Home {
    /// The files of the right one, while another lies there.
    away: Option<BTreeMap<String, LocalFile>>,
    /// The folders of the runs so far, and whether their first walk has found another one.
    walked: Vec<(Arc<Root>, bool)>,
}

impl Home {
    /// Whether another folder lies there.
    pub(super) const fn is_other(&self) -> bool {
        self.away.is_some()
    }

    /// Whether a run finds the folder that its first walk has gone through.
    pub(super) fn is_same(&mut self, root: &Arc<Root>) -> bool {
        let is_other = self.is_other();
        let known = self.walked.iter().find(|(it, _)| Arc::ptr_eq(it, root));
        let then = known.map(|(_, then)| *then);
        if then.is_none() {
            self.walked.push((root.clone(), is_other));
        }
        then.is_none_or(|then| then == is_other)
    }
}

impl Sync {
    /// Another folder comes to lie there, which has few of the names.
    pub(super) fn go_away(&mut self) {
        let mut others = self.tree.files.clone();
        others.retain(|name, _| name == ALWAYS);
        self.home.away.get_or_insert_with(|| core::mem::replace(&mut self.tree.files, others));
    }

    /// The right one is back.
    pub(super) fn come_home(&mut self) {
        if let Some(files) = self.home.away.take() {
            self.tree.files = files;
        }
    }

    /// S1: nothing is removed for what another folder lacks.
    pub(super) fn check_home(&self, name: &str) {
        assert!(!self.home.is_other(), "S1: {name} is removed, which another folder lacks");
    }
}
