//! A sync beside somebody who works in the same folder.

mod common;

use b2_local::sync::{Event, Provider};
use b2_proto::machine::copy::NamedKey;
use b2_proto::model::FileVersion;
use b2_proto::plan::sync::Newer;
use common::{bucket, client, service};
use tokio::sync::mpsc;

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
    let server = service();
    let client = client(&server);
    let bucket = bucket(&client).await;
    bucket.upload("a", &b"new"[..]).await.expect("uploaded");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a");
    std::fs::write(&path, b"old one").expect("written");
    let (sender, mut told) = mpsc::unbounded_channel();
    let sync = client.sync("b2://photos", folder.path()).if_newer(Newer::Replace);
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
