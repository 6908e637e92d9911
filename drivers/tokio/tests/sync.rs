//! A sync that is dropped or stopped, and what the next one finds.

mod common;

use b2_local::sync::{Ending, Event, Provider, Stop};
use b2_proto::machine::copy::NamedKey;
use b2_proto::model::FileVersion;
use b2_proto::plan::sync::Newer;
use b2_sim::Config;
use b2_sim::fault::{FaultPlan, Rule};
use b2_sim::server::{Handle, Record, Server, ServerConfig, Transcript};
use common::{bucket, client, service_with};
use core::time::Duration;
use tempfile::TempDir;
use tokio::sync::mpsc;

/// A service whose third upload takes longer than anybody waits here, before it takes effect. That
/// one alone: whatever comes after it is as quick as ever.
fn stuck_at_the_third() -> (Handle, Transcript) {
    let (op, nth) = (Some("b2_upload_file".to_owned()), Some(3));
    let hour = Rule { op, nth, latency_ms: 3_600_000, ..Rule::default() };
    let transcript = Transcript::new();
    let server = Server::start(ServerConfig {
        service: Config::default().with_small_limits(),
        faults: FaultPlan::new(1, vec![hour]).expect("a plan"),
        transcript: Some(transcript.clone()),
        ..ServerConfig::default()
    });
    (server.expect("started"), transcript)
}

/// Until the service has the third one, so that it cannot come later.
async fn has_the_third(transcript: &Transcript) {
    let is_upload = |it: &&Record| it.operation == Some("b2_upload_file");
    let ended = || transcript.records().iter().filter(is_upload).count();
    while ended() < 2 || transcript.open() == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["a", "b", "c", "d"] {
        std::fs::write(folder.path().join(name), b"x").expect("written");
    }
    folder
}

#[tokio::test]
async fn a_dropped_sync_goes_on_when_it_is_run_again() {
    let (server, transcript) = stuck_at_the_third();
    let (client, folder) = (client(&server), folder());
    bucket(&client).await;
    let sync = client.sync(folder.path(), "b2://photos").jobs(1);
    tokio::select! {
        ended = sync.send() => panic!("it ended: {ended:?}"),
        () = has_the_third(&transcript) => {}
    }
    let summary = client.sync(folder.path(), "b2://photos").await.expect("it runs");
    assert!(summary.is_complete());
    assert_eq!((summary.planned.same, summary.transferred), (2, 2));
}

#[tokio::test]
async fn a_stopped_sync_gives_a_summary_and_goes_on() {
    let (server, transcript) = stuck_at_the_third();
    let (client, folder) = (client(&server), folder());
    bucket(&client).await;
    let stop = Stop::new();
    let sync = client.sync(folder.path(), "b2://photos").jobs(1).stop_with(&stop);
    let stops = async {
        has_the_third(&transcript).await;
        stop.stop();
    };
    let (summary, ()) = tokio::join!(sync.send(), stops);
    let summary = summary.expect("a summary");
    assert_eq!(summary.ending, Ending::Stopped);
    assert_eq!((summary.transferred, summary.broken_off), (2, 1));
    let summary = client.sync(folder.path(), "b2://photos").await.expect("it runs");
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
