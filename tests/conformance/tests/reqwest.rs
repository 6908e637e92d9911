//! b2-tokio runs the suite with an HTTP client of the caller's, against the same transcripts: but
//! for what are settings of that client, and the certificates it trusts.
#![cfg(test)]

#[path = "tokio/face.rs"]
mod face;

use b2_tokio::b2_local::exchange::headers;
use b2_tokio::b2_local::tls;
use b2_tokio::reqwest;
use conformance::settings::Setting;
use conformance::{Report, Wire, run_over};
use face::Tokio;

/// All but those about proxies and about whom to trust.
const THEMES: [&str; 32] = [
    "operations",
    "methods",
    "modes",
    "names",
    "listings",
    "logins",
    "accounts",
    "stores",
    "uploads",
    "large",
    "copies",
    "locks",
    "resume",
    "incremental",
    "blocks",
    "synthesis",
    "leases",
    "sources",
    "downloads",
    "ranges",
    "continued",
    "sync",
    "cancelling",
    "verifying",
    "limits",
    "clocks",
    "observers",
    "stress",
    "refused",
    "connections",
    "timeouts",
    "retry_table",
];

#[test]
fn conforms() {
    // The transcripts are those of the driver's own client.
    if std::env::var_os("CONFORMANCE_WRITE").is_some() {
        return;
    }
    let only = std::env::var("CONFORMANCE_ONLY").unwrap_or_default();
    // They are that client's own.
    let missing = &[Setting::Proxy, Setting::Resolver, Setting::IdleTimeout];
    let face = Tokio::new(missing, |builder, settings| {
        let authorities: Vec<_> = settings.ca_pem.into_iter().collect();
        let tls = tls::config(&authorities).expect("certificates");
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .http1_max_headers(headers::COUNT_MAX)
            .http1_only();
        builder.http(http.build().expect("a client"))
    });
    let mut reports = Vec::new();
    for theme in THEMES.map(|theme| format!("{theme}::")) {
        let is_part = only.contains(&theme);
        if is_part || theme.contains(&only) {
            let filter = if is_part { &only } else { &theme };
            reports.extend(Wire::ALL.map(|wire| run_over(&face, wire, filter)));
        }
    }
    assert!(reports.iter().all(Report::is_ok), "scenarios failed");
    assert!(!only.is_empty() || reports.iter().all(Report::has_chosen), "a theme has none");
}
