//! Syncs and comparisons under any executor.

mod common;

use b2_local::sync::{Event, Provider};
use b2_proto::machine::copy::NamedKey;
use b2_proto::model::FileVersion;
use b2_proto::plan::sync::Newer;
use b2_proto::plan::sync::verify::{Proof, Verdict};
use common::{bucket, bytes, client, on_each_executor, service};
use smol::channel::unbounded;
use std::fs;
use tempfile::TempDir;

on_each_executor!(
    there_and_back,
    a_local_file_that_changed_since_it_was_listed_is_not_replaced,
    a_folder_is_verified,
);

fn folder(names: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for name in names {
        fs::write(folder.path().join(name), b"x").expect("written");
    }
    folder
}

async fn there_and_back() {
    let server = service();
    let client = client(&server);
    bucket(&client).await;
    let folder = folder(&["a"]);
    fs::create_dir(folder.path().join("d")).expect("made");
    fs::write(folder.path().join("d/large"), bytes(900)).expect("written");
    let up = client.sync(folder.path(), "b2://photos/x").await.expect("it runs");
    assert!(up.is_complete());
    assert_eq!((up.transferred, up.transferred_bytes), (2, 901));
    let back = tempfile::tempdir().expect("a folder");
    let down = client.sync("b2://photos/x", back.path()).await.expect("it runs");
    assert!(down.is_complete());
    assert_eq!(fs::read(back.path().join("d/large")).expect("there"), bytes(900));
    let again = client.sync("b2://photos/x", back.path()).delete_extra().await.expect("it runs");
    assert_eq!((again.planned.same, again.transferred, again.deleted), (2, 0, 0));
}

/// Somebody works on the file meanwhile: after it was listed, before it is replaced.
struct Meanwhile(std::path::PathBuf);

impl Provider for Meanwhile {
    fn source_key(&self, _: &FileVersion) -> Option<NamedKey> {
        fs::write(&self.0, b"somebody's work").expect("written");
        None
    }
}

async fn a_local_file_that_changed_since_it_was_listed_is_not_replaced() {
    let server = service();
    let client = client(&server);
    let bucket = bucket(&client).await;
    bucket.upload("a", &b"new"[..]).await.expect("uploaded");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a");
    fs::write(&path, b"old one").expect("written");
    let (sender, told) = unbounded();
    let sync = client.sync("b2://photos", folder.path()).if_newer(Newer::Replace);
    let sync = sync.provider(Meanwhile(path.clone())).on_event(move |event| {
        if let Event::Failed(_, error) = event {
            let _ = sender.try_send(error.to_string());
        }
    });
    let summary = sync.await.expect("it runs");
    assert_eq!((summary.failed, summary.transferred), (1, 0));
    let error = told.try_recv().expect("it is told");
    assert!(error.contains("changed since it was listed"), "{error}");
    assert_eq!(fs::read(&path).expect("there"), b"somebody's work");
}

async fn a_folder_is_verified() {
    let server = service();
    let client = client(&server);
    let bucket = bucket(&client).await;
    let folder = folder(&["a", "b"]);
    bucket.upload("x/a", &b"x"[..]).await.expect("uploaded");
    let mut verification = bucket.verify(folder.path()).prefix("x/").start();
    let mut verdicts = Vec::new();
    while let Some(found) = verification.next().await.expect("compared") {
        verdicts.push((found.finding.path, found.finding.verdict));
    }
    let want = [("a", Verdict::Proven(Proof::Sha1)), ("b", Verdict::OnlyHere)];
    assert_eq!(verdicts, want.map(|(name, verdict)| (name.to_owned(), verdict)));
    assert_eq!(verification.totals().lost_bytes, 1);
}
