//! Every method of the face, once.

mod common;

use b2_blocking::Client;
use b2_proto::error::ErrorKind;
use b2_proto::model::{BucketType, Capability};
use b2_proto::op::new_file::NewFile;
use b2_proto::op::start_large_file::StartLargeFile;
use b2_proto::op::{CreateKey, ListBuckets, UpdateBucket};
use common::{bucket, client, service, settings};

#[test]
fn buckets() {
    let server = service();
    let client = client(&server);
    let mut photos = bucket(&client);
    assert_eq!(photos.name(), "photos");
    assert_eq!(client.buckets().expect("listed").len(), 1);
    assert_eq!(client.run(ListBuckets::default()).expect("listed").len(), 1);
    assert_eq!(client.bucket("photos").expect("found").id(), photos.id());
    assert_eq!(client.bucket_by_id(photos.id()).expect("found").name(), "photos");
    let missing = client.bucket("nothing").expect_err("not there");
    assert_eq!(missing.kind, ErrorKind::NotFound);

    let revision = photos.known_info().expect("asked").revision;
    let change = |bucket: &b2_blocking::Bucket| -> UpdateBucket {
        let mut change = bucket.change().bucket_type(BucketType::AllPublic);
        change.if_revision_is = Some(revision);
        change
    };
    let update = change(&photos);
    assert_eq!(photos.update(update).expect("updated").bucket_type, BucketType::AllPublic);
    let stale = photos.update(change(&photos)).expect_err("somebody was faster");
    assert_eq!(stale.kind, ErrorKind::Conflict);
    let revision = photos.known_info().expect("asked").revision;
    assert_eq!(photos.refresh().expect("there").revision, revision);
    photos.delete().expect("deleted");
    assert!(client.buckets().expect("listed").is_empty());
}

#[test]
fn files_and_versions() {
    let server = service();
    let client = client(&server);
    let photos = bucket(&client);
    let first = photos.upload("a.txt", b"one").send().expect("uploaded").file;
    let second =
        photos.upload("a.txt", b"two").content_type("text/x-two").send().expect("uploaded");
    let info = photos.head("a.txt").expect("there");
    assert_eq!(info.file_id, second.file.file_id);
    assert_eq!(info.content_type.as_deref(), Some("text/x-two"));
    let by_id = client.file_info(first.file_id.as_str()).expect("there");
    assert_eq!(by_id.file_name, "a.txt");

    let (_, bytes) = client.download_by_id(first.file_id.as_str()).to_bytes(9).expect("got");
    assert_eq!(bytes, b"one");

    photos.hide("a.txt").expect("hidden");
    let hidden = photos.head("a.txt").expect_err("hidden");
    assert_eq!(hidden.kind, ErrorKind::NotFound);
    let names = photos.list_names(photos.names_options()).collect_at_most(10).expect("listed");
    assert!(names.is_empty());
    let versions =
        photos.list_versions(photos.versions_options()).collect_at_most(10).expect("listed");
    assert_eq!(versions.len(), 3);
    photos.delete_version("a.txt", first.file_id.as_str()).expect("deleted");
    let versions =
        photos.list_versions(photos.versions_options()).collect_at_most(10).expect("listed");
    assert_eq!(versions.len(), 2);
}

#[test]
fn listings_go_from_page_to_page() {
    let server = service();
    let client = client(&server);
    let photos = bucket(&client);
    for at in 0..5 {
        photos.upload(format!("{at}"), b"x").send().expect("uploaded");
    }
    let mut list = photos.list_names(photos.names_options().page_len(2));
    assert!(common::calls(&server, "b2_list_file_names").is_empty(), "nothing was asked for");
    let mut rows = 0;
    while list.try_next().expect("listed").is_some() {
        rows += 1;
    }
    assert_eq!(rows, 5);
    assert!(list.next().is_none());
    assert_eq!(common::calls(&server, "b2_list_file_names").len(), 3);
    let too_many =
        photos.list_names(photos.names_options()).collect_at_most(4).expect_err("five rows");
    assert_eq!(too_many.kind, ErrorKind::Limit);

    let names: Result<Vec<_>, _> = photos.list_names(photos.names_options()).by_ref().collect();
    let names = names.expect("listed");
    assert_eq!(names.len(), 5);
}

#[test]
fn unfinished_large_files() {
    let server = service();
    let client = client(&server);
    let photos = bucket(&client);
    let id = photos.id().to_owned();
    let new = NewFile::new(id, "big");
    let started: b2_proto::model::FileVersion =
        client.run(StartLargeFile::new(new)).expect("started");
    let file_id = started.file_id.as_str();
    assert_eq!(photos.unfinished().collect_at_most(9).expect("listed").len(), 1);
    assert!(client.parts(file_id).collect_at_most(9).expect("listed").is_empty());
    client.cancel_large_file(file_id).expect("cancelled");
    assert!(photos.unfinished().collect_at_most(9).expect("listed").is_empty());
}

#[test]
fn keys_and_authorizations() {
    let server = service();
    let client = client(&server);
    let photos = bucket(&client);
    photos.upload("a/b c.txt", b"abc").send().expect("uploaded");
    let wanted = CreateKey::new("reader", [Capability::ReadFiles, Capability::ListBuckets]);
    let key = client.create_key(wanted).expect("created");
    assert_eq!(client.keys().collect_at_most(9).expect("listed").len(), 1);

    let id = key.key.application_key_id.as_str();
    let reader = settings(&server).credentials(id, key.application_key.expose());
    let reader = reader.build().expect("built");
    let account = reader.authorize().expect("logged in");
    assert!(!account.storage_api.allowed.permits(&Capability::WriteFiles));
    let (_, bytes) = reader
        .bucket("photos")
        .expect("found")
        .download("a/b c.txt")
        .to_bytes(9)
        .expect("may be read");
    assert_eq!(bytes, b"abc");
    let refused = reader.bucket("photos").expect("found").upload("x", b"x").send();
    assert_eq!(refused.expect_err("may not be written").kind, ErrorKind::Unauthorized);
    client.delete_key(id).expect("deleted");

    let token = photos.download_authorization("a/", 60).expect("given");
    let (_, bytes) = photos
        .download("a/b c.txt")
        .token(token.authorization_token)
        .to_bytes(9)
        .expect("may be read");
    assert_eq!(bytes, b"abc");
    let url = photos.download_url("a/b c.txt").expect("logged in");
    assert_eq!(url, format!("{}/file/photos/a/b%20c.txt", server.url()));
    let by_id = client.download_url_by_id("4_z1").expect("logged in");
    assert!(by_id.ends_with("fileId=4_z1"), "{by_id}");
}

#[test]
fn a_client_is_shared() {
    let server = service();
    let client = client(&server);
    let other = client.clone();
    std::thread::scope(|scope| {
        let listed = scope.spawn(|| other.buckets());
        client.buckets().expect("listed");
        listed.join().expect("no panic").expect("listed");
    });
    assert_eq!(common::calls(&server, "b2_authorize_account"), [200]);
}

#[test]
fn credentials_are_needed() {
    let missing = Client::builder().build().expect_err("no key");
    assert_eq!(missing.kind, ErrorKind::InvalidInput);
}

/// Everything of the face can be used from any thread.
#[test]
fn the_face_moves_between_threads() {
    fn moves<T: Send + 'static>(_: &T) {}
    let server = service();
    let client = client(&server);
    let photos = bucket(&client);
    let upload = photos.upload("a", b"1");
    let download = photos.download("a");
    let listing = photos.list_names(photos.names_options());
    moves(&client);
    moves(&photos);
    moves(&upload);
    moves(&download);
    moves(&listing);
    let work = std::thread::spawn(move || {
        upload.send()?;
        download.to_writer(&mut std::io::sink())?;
        photos.client().authorize()?;
        listing.collect_at_most(9)
    });
    assert_eq!(work.join().expect("no panic").expect("done").len(), 1);
}
