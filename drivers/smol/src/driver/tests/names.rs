//! Hosts that are hard to find.

use super::*;
use core::sync::atomic::{AtomicUsize, Ordering};

/// Settings for a host that no proxy reaches.
fn settings() -> Settings {
    let realm = "http://localhost".to_owned();
    Settings { realm, connect_timeout: MOMENT, ..Settings::default() }
}

#[test]
fn a_resolver_that_hangs_is_asked_once_and_not_waited_for() {
    let asked = Arc::new(AtomicUsize::new(0));
    let asks = asked.clone();
    let resolver = Resolver::new(move |_| {
        asks.fetch_add(1, Ordering::Relaxed);
        loop {
            std::thread::park();
        }
    });
    let driver = driver(&settings(), resolver);
    for _ in 0..5 {
        let sending = send(&driver, "http://host.test/", memory(10), FOREVER);
        assert_eq!(smol::block_on(sending.failed()), (Cause::ConnectTimeout, None));
    }
    assert!(asked.load(Ordering::Relaxed) <= 1);
}

#[test]
fn a_host_without_an_address_is_not_known() {
    let driver = driver(&settings(), Resolver::new(|_| Ok(Vec::new())));
    let sending = send(&driver, "http://host.test/", memory(10), FOREVER);
    assert_eq!(smol::block_on(sending.failed()), (Cause::Dns, None));
}
