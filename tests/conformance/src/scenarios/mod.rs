//! The list.

mod retry_table;
mod uploads;

use crate::face::Face;
use crate::scenario::Scenario;

/// Scenarios about one thing.
pub(crate) struct Theme<F: Face> {
    pub(crate) name: &'static str,
    pub(crate) scenarios: Vec<Scenario<F>>,
}

/// All scenarios.
pub(crate) fn all<F: Face>() -> Vec<Theme<F>> {
    let theme = |name, scenarios| Theme { name, scenarios };
    vec![theme("retry_table", retry_table::all()), theme("uploads", uploads::all())]
}
