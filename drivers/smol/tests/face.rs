//! Every method of the face, once.

mod common;

use b2_proto::error::ErrorKind;
use b2_proto::model::{BucketType, Capability};
use b2_proto::op::new_file::NewFile;
use b2_proto::op::start_large_file::StartLargeFile;
use b2_proto::op::{CreateKey, ListBuckets, UpdateBucket};
use b2_smol::Client;
use common::{bucket, client, on_each_executor, service, settings};

on_each_executor!(
    buckets,
    files_and_versions,
    listings_go_from_page_to_page,
    unfinished_large_files,
    keys_and_authorizations,
    a_client_is_shared,
    futures_move_between_threads,
);

async fn buckets() {
    let server = service();
    let client = client(&server);
    let mut photos = bucket(&client).await;
    assert_eq!(photos.name(), "photos");
    assert_eq!(client.buckets().await.expect("listed").len(), 1);
    assert_eq!(client.run(ListBuckets::default()).await.expect("listed").len(), 1);
    assert_eq!(client.bucket("photos").await.expect("found").id(), photos.id());
    assert_eq!(client.bucket_by_id(photos.id()).await.expect("found").name(), "photos");
    let missing = client.bucket("nothing").await.expect_err("not there");
    assert_eq!(missing.kind, ErrorKind::NotFound);

    let revision = photos.known_info().expect("asked").revision;
    let change = |bucket: &b2_smol::Bucket| -> UpdateBucket {
        let mut change = bucket.change().bucket_type(BucketType::AllPublic);
        change.if_revision_is = Some(revision);
        change
    };
    let update = change(&photos);
    assert_eq!(photos.update(update).await.expect("updated").bucket_type, BucketType::AllPublic);
    let stale = photos.update(change(&photos)).await.expect_err("somebody was faster");
    assert_eq!(stale.kind, ErrorKind::Conflict);
    let revision = photos.known_info().expect("asked").revision;
    assert_eq!(photos.refresh().await.expect("there").revision, revision);
    photos.delete().await.expect("deleted");
    assert!(client.buckets().await.expect("listed").is_empty());
}

async fn files_and_versions() {
    let server = service();
    let client = client(&server);
    let photos = bucket(&client).await;
    let first = photos.upload("a.txt", b"one").await.expect("uploaded").file;
    let second = photos.upload("a.txt", b"two").content_type("text/x-two").await.expect("uploaded");
    let info = photos.head("a.txt").await.expect("there");
    assert_eq!(info.file_id, second.file.file_id);
    assert_eq!(info.content_type.as_deref(), Some("text/x-two"));
    let by_id = client.file_info(first.file_id.as_str()).await.expect("there");
    assert_eq!(by_id.file_name, "a.txt");

    let (_, bytes) = client.download_by_id(first.file_id.as_str()).to_bytes(9).await.expect("got");
    assert_eq!(bytes, b"one");

    photos.hide("a.txt").await.expect("hidden");
    let hidden = photos.head("a.txt").await.expect_err("hidden");
    assert_eq!(hidden.kind, ErrorKind::NotFound);
    let names =
        photos.list_names(photos.names_options()).collect_at_most(10).await.expect("listed");
    assert!(names.is_empty());
    let versions =
        photos.list_versions(photos.versions_options()).collect_at_most(10).await.expect("listed");
    assert_eq!(versions.len(), 3);
    photos.delete_version("a.txt", first.file_id.as_str()).await.expect("deleted");
    let versions =
        photos.list_versions(photos.versions_options()).collect_at_most(10).await.expect("listed");
    assert_eq!(versions.len(), 2);
}

async fn listings_go_from_page_to_page() {
    let server = service();
    let client = client(&server);
    let photos = bucket(&client).await;
    for at in 0..5 {
        photos.upload(format!("{at}"), b"x").await.expect("uploaded");
    }
    let mut list = photos.list_names(photos.names_options().page_len(2));
    assert!(common::calls(&server, "b2_list_file_names").is_empty(), "nothing was asked for");
    let mut rows = 0;
    while list.try_next().await.expect("listed").is_some() {
        rows += 1;
    }
    assert_eq!(rows, 5);
    assert!(list.next().await.is_none());
    assert_eq!(common::calls(&server, "b2_list_file_names").len(), 3);
    let too_many =
        photos.list_names(photos.names_options()).collect_at_most(4).await.expect_err("five rows");
    assert_eq!(too_many.kind, ErrorKind::Limit);

    use futures_util::TryStreamExt as _;
    let names: Vec<_> =
        photos.list_names(photos.names_options()).try_collect().await.expect("listed");
    assert_eq!(names.len(), 5);
}

async fn unfinished_large_files() {
    let server = service();
    let client = client(&server);
    let photos = bucket(&client).await;
    let id = photos.id().to_owned();
    let new = NewFile::new(id, "big");
    let started: b2_proto::model::FileVersion =
        client.run(StartLargeFile::new(new)).await.expect("started");
    let file_id = started.file_id.as_str();
    assert_eq!(photos.unfinished().collect_at_most(9).await.expect("listed").len(), 1);
    assert!(client.parts(file_id).collect_at_most(9).await.expect("listed").is_empty());
    client.cancel_large_file(file_id).await.expect("cancelled");
    assert!(photos.unfinished().collect_at_most(9).await.expect("listed").is_empty());
}

async fn keys_and_authorizations() {
    let server = service();
    let client = client(&server);
    let photos = bucket(&client).await;
    photos.upload("a/b c.txt", b"abc").await.expect("uploaded");
    let wanted = CreateKey::new("reader", [Capability::ReadFiles, Capability::ListBuckets]);
    let key = client.create_key(wanted).await.expect("created");
    assert_eq!(client.keys().collect_at_most(9).await.expect("listed").len(), 1);

    let id = key.key.application_key_id.as_str();
    let reader = settings(&server).credentials(id, key.application_key.expose());
    let reader = reader.build().expect("built");
    let account = reader.authorize().await.expect("logged in");
    assert!(!account.storage_api.allowed.permits(&Capability::WriteFiles));
    let (_, bytes) = reader
        .bucket("photos")
        .await
        .expect("found")
        .download("a/b c.txt")
        .to_bytes(9)
        .await
        .expect("may be read");
    assert_eq!(bytes, b"abc");
    let refused = reader.bucket("photos").await.expect("found").upload("x", b"x").await;
    assert_eq!(refused.expect_err("may not be written").kind, ErrorKind::Unauthorized);
    client.delete_key(id).await.expect("deleted");

    let token = photos.download_authorization("a/", 60).await.expect("given");
    let (_, bytes) = photos
        .download("a/b c.txt")
        .token(token.authorization_token)
        .to_bytes(9)
        .await
        .expect("may be read");
    assert_eq!(bytes, b"abc");
    let url = photos.download_url("a/b c.txt").await.expect("logged in");
    assert_eq!(url, format!("{}/file/photos/a/b%20c.txt", server.url()));
    let by_id = client.download_url_by_id("4_z1").await.expect("logged in");
    assert!(by_id.ends_with("fileId=4_z1"), "{by_id}");
}

async fn a_client_is_shared() {
    let server = service();
    let client = client(&server);
    let other = client.clone();
    let (a, b) = smol::future::zip(client.buckets(), other.buckets()).await;
    a.and(b).expect("listed");
    assert_eq!(common::calls(&server, "b2_authorize_account"), [200]);
}

/// A client that outlives its executor goes on with the next one.
#[test]
fn a_client_outlives_an_executor() {
    let server = service();
    let client = client(&server);
    for _ in 0..2 {
        let executor = smol::Executor::new();
        let task = executor.spawn({
            let client = client.clone();
            async move { client.buckets().await }
        });
        smol::block_on(executor.run(task)).expect("listed");
    }
    let calls = common::calls(&server, "b2_authorize_account");
    assert_eq!(calls, [200], "the login is kept");
}

#[test]
fn credentials_are_needed() {
    let missing = Client::builder().build().expect_err("no key");
    assert_eq!(missing.kind, ErrorKind::InvalidInput);
}

/// All futures of the face can be spawned.
async fn futures_move_between_threads() {
    let server = service();
    let client = client(&server);
    let photos = bucket(&client).await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("file");
    let work = smol::spawn(async move {
        photos.upload("a", b"1").await?;
        photos.upload("b", b"2").send().await?;
        photos.download("a").save_to(&path).await?;
        photos.download("a").to_bytes(9).await?;
        photos.download("a").to_writer(&mut smol::io::sink()).await?;
        photos.client().authorize().await?;
        let _ = photos.list_names(photos.names_options()).try_next().await?;
        photos.client().buckets().await
    });
    assert_eq!(work.await.expect("done").len(), 1);
}
