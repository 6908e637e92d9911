//! A sync that is dropped, and what the next one finds.

mod common;

use b2_local::sync::Event;
use b2_sim::fault::Rule;
use common::{bucket, client, service_with};
use tokio::sync::mpsc;

#[tokio::test]
async fn a_dropped_sync_goes_on_when_it_is_run_again() {
    // The third upload takes longer than anybody waits here.
    let slow = Rule {
        op: Some("b2_upload_file".to_owned()),
        nth: Some(3),
        latency_ms: 600_000,
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
    // The third may have gone out before the drop, and the service may have finished with it since.
    let same = summary.planned.same;
    assert!((2..=3).contains(&same), "{same} were there");
    assert_eq!(summary.transferred, 4 - same);
}
