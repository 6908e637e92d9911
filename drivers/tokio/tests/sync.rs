//! A sync that is dropped, and what the next one finds.

mod common;

use b2_local::sync::{Event, Provider};
use b2_proto::machine::copy::NamedKey;
use b2_proto::model::FileVersion;
use b2_proto::plan::sync::Newer;
use b2_sim::fault::Rule;
use common::{bucket, client, service_with};
use tokio::sync::mpsc;

#[tokio::test]
async fn a_dropped_sync_goes_on_when_it_is_run_again() {
    // The third upload takes longer than anybody waits here, before it takes effect.
    let slow = Rule {
        op: Some("b2_upload_file".to_owned()),
        nth: Some(3),
        latency_ms: 3_600_000,
        ..Rule::default()
    };
    let server = service_with(vec![slow]);
    let client = client(&server);
    bucket(&client).await;
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["a", "b", "c", "d"] {
        std::fs::write(folder.path().join(name), b"x").expect("written");
    }
    let (sender, mut done) = mpsc::unbounded_channel();
    let sync = client.sync(folder.path(), "b2://photos").jobs(1).on_event(move |event| {
        if matches!(event, Event::Done(_)) {
            let _ = sender.send(());
        }
    });
    let two = async {
        done.recv().await;
        done.recv().await;
    };
    tokio::select! {
        ended = sync.send() => panic!("it ended: {ended:?}"),
        () = two => {}
    }
    server.host().set_faults(b2_sim::fault::FaultPlan::default());
    let summary = client.sync(folder.path(), "b2://photos").await.expect("it runs");
    assert!(summary.is_complete());
    assert_eq!((summary.planned.same, summary.transferred), (2, 2));
}

/// Somebody works on the file meanwhile: after it was listed, before it is replaced.
struct Meanwhile(std::path::PathBuf);

impl Provider for Meanwhile {
    fn source_key(&self, _: &FileVersion) -> Option<NamedKey> {
        std::fs::write(&self.0, b"somebody's work").expect("written");
        None
    }
}

#[tokio::test]
async fn a_local_file_that_changed_since_it_was_listed_is_not_replaced() {
    let server = service_with(Vec::new());
    let client = client(&server);
    let bucket = bucket(&client).await;
    bucket.upload("a", &b"new"[..]).await.expect("uploaded");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a");
    std::fs::write(&path, b"old one").expect("written");
    let (sender, mut told) = mpsc::unbounded_channel();
    let sync = client.sync("b2://photos", folder.path()).newer(Newer::Replace);
    let sync = sync.provider(Meanwhile(path.clone())).on_event(move |event| {
        if let Event::Failed(_, error) = event {
            let _ = sender.send(error.to_string());
        }
    });
    let summary = sync.await.expect("it runs");
    assert_eq!((summary.failed, summary.transferred), (1, 0));
    let error = told.try_recv().expect("it is told");
    assert!(error.contains("changed since it was listed"), "{error}");
    assert_eq!(std::fs::read(&path).expect("there"), b"somebody's work");
}
