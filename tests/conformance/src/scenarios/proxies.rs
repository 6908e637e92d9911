//! Requests through a proxy.

use b2_proto::error::ErrorKind;
use std::collections::BTreeSet;

use crate::face::{Bucket as _, Client as _, Face};
use crate::peer;
use crate::proxy::Proxy;
use crate::runner::Wire;
use crate::scenario::{Scenario, list};
use crate::settings::{Setting, Settings};
use crate::tools::bytes;
use crate::transfer::Fetch;
use crate::world::World;

pub(super) fn all<F: Face>() -> Vec<Scenario<F>> {
    let mut all: Vec<Scenario<F>> =
        list![everything_goes_through_it, a_proxy_that_is_gone, a_proxy_that_wants_a_password];
    let forwarding: Vec<Scenario<F>> = list![a_proxy_that_forwards_to_nobody];
    let tunnels: Vec<Scenario<F>> = list![a_tunnel_to_nobody];
    all.extend(forwarding.into_iter().map(Scenario::over_plain));
    all.extend(tunnels.into_iter().map(Scenario::over_tls));
    all.into_iter().map(|scenario| scenario.needing(Setting::Proxy)).collect()
}

/// All connections of the service come from the proxy, by CONNECT over TLS.
fn everything_goes_through_it<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let proxy = Proxy::start();
    let settings = Settings { proxy: Some(proxy.url()), ..service.settings() };
    let (_, bucket) = service.bucket_with(settings);
    service.together(|| bucket.upload("a", bytes(1_000).into())).expect("uploaded");
    assert!(bucket.download("a", Fetch::default()).expect("downloaded").bytes == bytes(1_000));
    let lines = proxy.lines();
    let connections: BTreeSet<u64> =
        service.records().iter().map(|record| record.connection).collect();
    assert!(lines.len() >= connections.len(), "some came another way: {lines:?}");
    let url = service.handle().url();
    // A driver may have connections of their own for downloads.
    let begins = match world.wire() {
        Wire::Tls => vec!["CONNECT 127.0.0.1:".to_owned()],
        Wire::Plain => vec![format!("POST {url}/b2api/"), format!("GET {url}/file/")],
    };
    let is_meant = |line: &String| begins.iter().any(|begin| line.starts_with(begin));
    assert!(lines.iter().all(is_meant), "{lines:?}");
}

/// Nothing goes past a proxy, also not when it is gone.
fn a_proxy_that_is_gone<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (listener, url) = peer::listen("http");
    drop(listener);
    let client = service.client_with(Settings { proxy: Some(url), ..service.settings() });
    let listed = client.buckets();
    service.said(&listed);
    let error = listed.expect_err("no way to the service");
    assert_eq!((error.kind, error.attempts), (ErrorKind::Network, 5), "{error}");
    assert!(service.records().is_empty(), "the proxy was passed by");
}

/// It is asked once: nothing but another setting helps.
fn a_proxy_that_wants_a_password<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let proxy = Proxy::refusing(407);
    let client = service.client_with(Settings { proxy: Some(proxy.url()), ..service.settings() });
    let result = client.buckets();
    service.said(&result);
    let error = result.expect_err("no way to the service");
    assert_eq!((error.kind, error.status), (ErrorKind::InvalidInput, 0), "{error}");
    let text = error.to_string();
    assert!(text.contains("the proxy answered 407") && text.contains("password"), "{text}");
    assert_eq!(proxy.lines().len(), 1, "asked again: {:?}", proxy.lines());
}

/// It is asked as often as a service that is out of order.
fn reaches_nobody<F: Face>(world: &World<'_, F>, words: &str) {
    let service = world.service();
    let proxy = Proxy::refusing(502);
    let client = service.client_with(Settings { proxy: Some(proxy.url()), ..service.settings() });
    let listed = client.buckets();
    service.said(&listed);
    let error = listed.expect_err("no way to the service");
    assert!(error.to_string().contains(words), "{error}");
    assert_eq!(proxy.lines().len(), 5, "{:?}", proxy.lines());
    assert!(service.records().is_empty(), "the proxy was passed by");
}

/// Who forwards a request answers in the place of the service.
fn a_proxy_that_forwards_to_nobody<F: Face>(world: &World<'_, F>) {
    reaches_nobody(world, "502");
}

/// A tunnel that is not there is trouble with the network.
fn a_tunnel_to_nobody<F: Face>(world: &World<'_, F>) {
    reaches_nobody(world, "the proxy");
}
