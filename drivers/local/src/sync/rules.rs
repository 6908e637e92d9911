//! Any filter of names, for the walk and for the plan.

use core::fmt;

use b2_proto::plan::sync::{Everything, PathFilter};

use crate::safe_name::{Platform, check};

/// A filter of names of any kind that can be cloned, and which names files can have here.
pub struct Rules {
    filter: Box<dyn Filter>,
    pub(super) platform: Platform,
}

trait Filter: PathFilter + Send {
    fn boxed(&self) -> Box<dyn Filter>;
}

impl<F: PathFilter + Clone + Send + 'static> Filter for F {
    fn boxed(&self) -> Box<dyn Filter> {
        Box::new(self.clone())
    }
}

impl Rules {
    /// The rules of a filter.
    pub fn new(filter: impl PathFilter + Clone + Send + 'static) -> Self {
        Self { filter: Box::new(filter), platform: Platform::HERE }
    }
}

impl Default for Rules {
    fn default() -> Self {
        Self::new(Everything)
    }
}

impl Clone for Rules {
    fn clone(&self) -> Self {
        Self { filter: self.filter.boxed(), platform: self.platform }
    }
}

impl PathFilter for Rules {
    fn excludes_folder(&mut self, path: &str) -> bool {
        self.filter.excludes_folder(path)
    }

    fn excludes_file(&mut self, path: &str) -> bool {
        self.filter.excludes_file(path)
    }

    fn unjudged(&mut self, path: &str) -> Option<String> {
        self.filter.unjudged(path)
    }

    fn can_be_local(&mut self, path: &str) -> bool {
        check(self.platform, path).is_ok() && self.filter.can_be_local(path)
    }

    fn may_wait(&self) -> bool {
        self.filter.may_wait()
    }

    fn take_notice(&mut self) -> Option<String> {
        self.filter.take_notice()
    }
}

impl fmt::Debug for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rules").field("platform", &self.platform).finish_non_exhaustive()
    }
}
