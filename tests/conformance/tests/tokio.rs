//! b2-tokio runs the suite.
#![cfg(test)]

#[path = "tokio/face.rs"]
mod face;

use face::Tokio;

#[test]
fn conforms() {
    conformance::run(&Tokio::new(&[], |builder, settings| {
        let mut builder = builder;
        conformance::apply!(builder, settings: ca_pem, proxy, resolver, idle_timeout);
        builder
    }));
}
