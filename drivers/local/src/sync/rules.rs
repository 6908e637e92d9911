//! Any filter of names, for the walk and for the plan.

use core::fmt;

use b2_proto::plan::sync::{Everything, PathFilter};

/// A filter of names of any kind that can be cloned.
pub struct Rules(Box<dyn Filter>);

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
        Self(Box::new(filter))
    }
}

impl Default for Rules {
    fn default() -> Self {
        Self::new(Everything)
    }
}

impl Clone for Rules {
    fn clone(&self) -> Self {
        Self(self.0.boxed())
    }
}

impl PathFilter for Rules {
    fn excludes_folder(&mut self, path: &str) -> bool {
        self.0.excludes_folder(path)
    }

    fn excludes_file(&mut self, path: &str) -> bool {
        self.0.excludes_file(path)
    }

    fn unjudged(&mut self, path: &str) -> Option<String> {
        self.0.unjudged(path)
    }

    fn take_notice(&mut self) -> Option<String> {
        self.0.take_notice()
    }
}

impl fmt::Debug for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rules").finish_non_exhaustive()
    }
}
