//! A sync beside somebody who works in the same folder.

mod common;

use b2_local::sync::{Event, Provider};
use b2_proto::machine::copy::NamedKey;
use b2_proto::model::FileVersion;
use b2_proto::plan::sync::{Newer, Renames};
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

/// Who may write to the folder has no other file read by that, such as one that only the owner of
/// the sync may read.
#[cfg(unix)]
#[tokio::test]
async fn no_link_is_followed_that_came_after_the_walk() {
    let server = service();
    let client = client(&server);
    let bucket = bucket(&client).await;
    let folder = tempfile::tempdir().expect("a folder");
    let (root, secret) = (folder.path().join("root"), folder.path().join("secret"));
    std::fs::create_dir(&root).expect("a folder");
    for path in [&root.join("a"), &root.join("b"), &secret] {
        std::fs::write(path, b"content").expect("written");
    }
    let sync = client.sync(root.as_path(), "b2://photos").files_at_once(1).skip_symlinks();
    let sync = sync.on_event(move |event| {
        if matches!(event, Event::Begun { path, .. } if path == "a") {
            std::fs::remove_file(root.join("b")).expect("removed");
            std::os::unix::fs::symlink(&secret, root.join("b")).expect("a link");
        }
    });
    let summary = sync.await.expect("it runs");
    assert_eq!((summary.failed, summary.transferred), (1, 1));
    assert!(bucket.head("a").await.is_ok() && bucket.head("b").await.is_err());
}

/// File info that leaves no room for a time of modification.
fn crowded() -> String {
    "x".repeat(6_950)
}

#[tokio::test]
async fn a_copy_without_room_for_a_time_is_made_as_its_source_is() {
    let server = service();
    let client = client(&server);
    let bucket = bucket(&client).await;
    bucket.upload("from/a", &b"content"[..]).info("k", crowded()).await.expect("uploaded");
    for copied in [1, 0] {
        let sync = client.sync("b2://photos/from", "b2://photos/to");
        let summary = sync.await.expect("it runs");
        assert_eq!((summary.failures(), summary.transferred), (0, copied), "{summary:?}");
    }
    let copy = bucket.head("to/a").await.expect("there");
    assert_eq!(copy.file_info.get("k").map(|it| it.len()), Some(6_950));
    // Another content is copied.
    bucket.upload("from/a", &b"another one"[..]).info("k", crowded()).await.expect("uploaded");
    let summary = client.sync("b2://photos/from", "b2://photos/to").await.expect("it runs");
    assert_eq!((summary.failures(), summary.transferred), (0, 1), "{summary:?}");
}

#[tokio::test]
async fn a_renamed_file_whose_copy_is_refused_is_uploaded() {
    let server = service();
    let client = client(&server);
    let bucket = bucket(&client).await;
    bucket.upload("old", &b"content"[..]).info("k", crowded()).await.expect("uploaded");
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("new"), b"content").expect("written");
    let sync = client.sync(folder.path(), "b2://photos").delete_extra();
    let sync = sync.renames(Renames { len_min: 1, held_max: 10 });
    let summary = sync.await.expect("it runs");
    assert_eq!((summary.failures(), summary.renamed, summary.deleted), (0, 1, 1), "{summary:?}");
    assert!(bucket.head("new").await.is_ok() && bucket.head("old").await.is_err());
}
