//! To whom a key or a token is sent: certificates, and URLs the service gives (S14).

use b2_proto::error::{Cause, Error, ErrorKind};
use b2_sim::Config;

use crate::authority::Identity;
use crate::face::{Client as _, Face};
use crate::proxy::Proxy;
use crate::scenario::{Scenario, list};
use crate::settings::{Setting, Settings};
use crate::world::{Setup, World};

pub(super) fn all<F: Face>() -> Vec<Scenario<F>> {
    let tls: Vec<Scenario<F>> = list![
        a_good_certificate,
        an_expired_certificate,
        a_certificate_of_another_host,
        a_certificate_of_an_unknown_authority,
        no_authority_given,
        a_service_that_leads_out_of_tls,
    ];
    let through_a_proxy: Vec<Scenario<F>> = list![a_handshake_that_breaks_off];
    let through_a_proxy = through_a_proxy.into_iter().map(|one| one.needing(Setting::Proxy));
    let mut scenarios: Vec<Scenario<F>> =
        tls.into_iter().chain(through_a_proxy).map(Scenario::over_tls).collect();
    scenarios.extend(list![a_service_that_leads_elsewhere]);
    scenarios
}

/// A certificate of the suite's authority is trusted, and the service leads to https.
fn a_good_certificate<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let account = service.client().authorize().expect("trusted");
    assert!(account.storage_api.api_url.starts_with("https://127.0.0.1:"));
}

/// Nothing is sent, nothing is tried again, and the error says what is wrong.
fn is_refused<F: Face>(world: &World<'_, F>, identity: Identity, words: &[&str]) {
    let service = world.service_with(Setup { identity, ..Setup::default() });
    let account = service.client().authorize();
    service.said(&account);
    check_refusal(&account.expect_err("not to be trusted"), words);
    assert!(service.records().is_empty(), "a key was sent");
}

fn check_refusal(error: &Error, words: &[&str]) {
    assert_eq!((error.kind, error.cause), (ErrorKind::Network, Some(Cause::Tls)), "{error}");
    assert_eq!(error.attempts, 1, "{error}");
    let text = error.to_string().to_lowercase();
    assert!(words.iter().any(|word| text.contains(word)), "{error}");
}

/// A certificate that is out of date.
fn an_expired_certificate<F: Face>(world: &World<'_, F>) {
    is_refused(world, Identity::Expired, &["expired"]);
}

/// A certificate that names another host.
fn a_certificate_of_another_host<F: Face>(world: &World<'_, F>) {
    is_refused(world, Identity::WrongHost, &["not valid for name", "hostname", "notvalidforname"]);
}

/// A certificate nobody known has signed.
fn a_certificate_of_an_unknown_authority<F: Face>(world: &World<'_, F>) {
    is_refused(
        world,
        Identity::UnknownAuthority,
        &["unknownissuer", "unknown issuer", "signature"],
    );
}

/// Only who is told of it trusts the suite's own authority.
fn no_authority_given<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let settings = Settings { ca_pem: None, ..service.settings() };
    let account = service.client_with(settings).authorize();
    service.said(&account);
    let words = ["unknownissuer", "unknown issuer", "signature"];
    check_refusal(&account.expect_err("not to be trusted"), &words);
    assert!(service.records().is_empty(), "a key was sent");
}

/// Whoever answers in plain text is not the service; the next connection leads to it.
fn a_handshake_that_breaks_off<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let proxy = Proxy::interrupting();
    let settings = Settings { proxy: Some(proxy.url()), ..service.settings() };
    service.client_with(settings).authorize().expect("trusted");
    assert_eq!(proxy.lines().len(), 2, "{:?}", proxy.lines());
    assert_eq!(service.records().len(), 1);
}

fn leads_to<F: Face>(world: &World<'_, F>, url: &str) {
    let config = Config { public_url: Some(url.to_owned()), ..Setup::default().config };
    let service = world.service_with(Setup { config, ..Setup::default() });
    let listed = service.client().buckets();
    service.said(&listed);
    assert_eq!(listed.expect_err(url).kind, ErrorKind::Protocol);
}

/// A token that came over TLS does not go out in the clear.
fn a_service_that_leads_out_of_tls<F: Face>(world: &World<'_, F>) {
    leads_to(world, "http://127.0.0.1:1");
}

/// A login whose answer names another domain ends there, before the token goes anywhere.
fn a_service_that_leads_elsewhere<F: Face>(world: &World<'_, F>) {
    leads_to(world, "https://evil.example");
    leads_to(world, "https://127.0.0.1.evil.example");
}
