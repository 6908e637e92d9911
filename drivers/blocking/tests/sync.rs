//! Syncs that are cancelled.

mod common;

use b2_blocking::{Cancel, ErrorKind};
use b2_local::sync::{Ending, Event, Stop};
use b2_proto::plan::sync::{Compare, DeleteLimit};
use b2_sim::fault::Rule;
use common::{bucket, client, service_with};

/// What is deleted when a sync is cancelled leaves no empty folder, and what was learned of files
/// is kept.
#[test]
fn a_cancelled_sync_brings_to_its_end_what_it_has_done() {
    let server = service_with(Vec::new());
    let client = client(&server);
    let bucket = bucket(&client);
    bucket.upload("a", &b"x"[..]).send().expect("uploaded");
    let (folder, kept) = (tempfile::tempdir().expect("it"), tempfile::tempdir().expect("it"));
    for name in ["gone", "many"] {
        std::fs::create_dir(folder.path().join(name)).expect("made");
    }
    let many = (0..1_000).map(|number| format!("many/{number}"));
    for name in many.chain(["a".to_owned(), "gone/b".to_owned()]) {
        std::fs::write(folder.path().join(name), b"x").expect("written");
    }
    let (cancel, index) = (Cancel::new(), kept.path().join("index"));
    let trigger = cancel.clone();
    let sync =
        client.sync("b2://photos", folder.path()).files_at_once(1).delete_extra().index(&index);
    let sync = sync.delete_limit(DeleteLimit::Unlimited).compare(Compare::Sha1 { threshold_ms: 0 });
    let sync = sync.cancel_with(&cancel).on_event(move |event| {
        if matches!(event, Event::Done(_)) {
            trigger.cancel();
        }
    });
    assert_eq!(sync.send().expect_err("given up").kind, ErrorKind::Cancelled);
    assert!(!folder.path().join("gone").exists() && index.exists());
    assert!(folder.path().join("many").exists(), "it was given up before");
}

/// The client's own token still does, and cancels what else it is for.
#[test]
fn a_sync_that_can_be_stopped_can_be_cancelled() {
    let hour =
        Rule { op: Some("b2_upload_file".to_owned()), latency_ms: 3_600_000, ..Rule::default() };
    let server = service_with(vec![hour]);
    let client = client(&server);
    bucket(&client);
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("a"), b"x").expect("written");
    for is_stop in [true, false] {
        let (stop, cancel) = (Stop::new(), Cancel::new());
        let (signal, trigger) = (stop.clone(), cancel.clone());
        let sync = client.sync(folder.path(), "b2://photos").cancel_with(&cancel);
        let sync = sync.stop_with(&stop).on_event(move |event| {
            let has_begun = matches!(event, Event::Begun { .. });
            if has_begun && is_stop {
                signal.stop();
            } else if has_begun {
                trigger.cancel();
            }
        });
        match sync.send() {
            Ok(summary) => assert_eq!((summary.ending, is_stop), (Ending::Stopped, true)),
            Err(error) => assert_eq!((error.kind, is_stop), (ErrorKind::Cancelled, false)),
        }
        assert_eq!(cancel.is_cancelled(), !is_stop);
    }
}
