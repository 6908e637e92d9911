//! The list.

mod accounts;
mod blocks;
mod cancelling;
mod clocks;
mod connections;
mod continued;
mod copies;
mod downloads;
mod incremental;
mod jobs;
mod large;
mod leases;
mod limits;
mod listings;
mod locks;
mod logins;
mod methods;
mod modes;
mod names;
mod observers;
mod operations;
mod proxies;
mod ranges;
mod refused;
mod resume;
mod retry_table;
mod sources;
mod stores;
mod stress;
mod sync;
mod synthesis;
mod timeouts;
mod trust;
mod uploads;
mod verifying;

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
    vec![
        theme("operations", operations::all()),
        theme("methods", methods::all()),
        theme("jobs", jobs::all()),
        theme("modes", modes::all()),
        theme("names", names::all()),
        theme("listings", listings::all()),
        theme("logins", logins::all()),
        theme("accounts", accounts::all()),
        theme("stores", stores::all()),
        theme("uploads", uploads::all()),
        theme("large", large::all()),
        theme("copies", copies::all()),
        theme("locks", locks::all()),
        theme("resume", resume::all()),
        theme("incremental", incremental::all()),
        theme("blocks", blocks::all()),
        theme("synthesis", synthesis::all()),
        theme("leases", leases::all()),
        theme("sources", sources::all()),
        theme("downloads", downloads::all()),
        theme("ranges", ranges::all()),
        theme("continued", continued::all()),
        theme("sync", sync::all()),
        theme("cancelling", cancelling::all()),
        theme("verifying", verifying::all()),
        theme("limits", limits::all()),
        theme("connections", connections::all()),
        theme("refused", refused::all()),
        theme("timeouts", timeouts::all()),
        theme("trust", trust::all()),
        theme("proxies", proxies::all()),
        theme("clocks", clocks::all()),
        theme("observers", observers::all()),
        theme("stress", stress::all()),
        theme("retry_table", retry_table::all()),
    ]
}
