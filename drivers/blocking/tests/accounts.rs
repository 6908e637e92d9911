//! Logins and bucket names that are known already.

mod common;

use b2_blocking::Client;
use b2_local::account::{Account, AccountStore as _, Login, MemoryStore};
use b2_proto::error::ErrorKind;
use b2_proto::model::{BucketType, Capability};
use b2_proto::op::{CreateBucket, CreateKey, DeleteBucket};
use b2_sim::server::Handle;
use common::{bucket, calls, client, service};
use std::sync::Arc;

fn lookups(server: &Handle) -> usize {
    calls(server, "b2_list_buckets").len()
}

#[test]
fn a_known_name_is_not_looked_up_again() {
    let server = service();
    let client = client(&server);
    bucket(&client);
    let photos = client.bucket("photos").expect("known from its creation");
    assert_eq!((lookups(&server), photos.info()), (0, None));
    let mut photos = client.bucket_by_id(photos.id()).expect("there");
    assert_eq!(photos.refresh().expect("there").bucket_name, "photos");
    let before = lookups(&server);
    photos.delete().expect("deleted");
    let gone = client.bucket("photos").expect_err("forgotten");
    assert_eq!((gone.kind, lookups(&server)), (ErrorKind::NotFound, before + 1));
}

#[test]
fn a_bucket_that_somebody_else_deleted_is_forgotten() {
    let server = service();
    let (client, other) = (client(&server), client(&server));
    let photos = bucket(&client);
    other.run(DeleteBucket::new(photos.id())).expect("deleted");
    let stale = client.bucket("photos").expect("still known");
    stale.upload("a", b"1").send().expect_err("there is no such bucket");
    let new = other.create_bucket(CreateBucket::new("photos", BucketType::AllPrivate));
    let found = client.bucket("photos").expect("asked again");
    assert_eq!(found.id(), new.expect("created").id());
}

#[test]
fn a_restricted_key_knows_its_buckets() {
    let server = service();
    let client = client(&server);
    let photos = bucket(&client);
    let key = CreateKey::new("k", vec![Capability::ListFiles]).bucket(photos.id());
    let key = client.create_key(key).expect("created");
    let restricted = Client::builder()
        .credentials(key.key.application_key_id.as_str(), key.application_key.expose())
        .realm(server.url())
        .build()
        .expect("built");
    assert_eq!(restricted.bucket("photos").expect("its own").id(), photos.id());
    let error = restricted.bucket("music").expect_err("another one");
    assert_eq!(error.kind, ErrorKind::Unauthorized);
    assert!(error.to_string().contains("photos"), "{error}");
    assert_eq!(lookups(&server), 0);
}

#[test]
fn what_a_store_keeps_is_not_asked_again() {
    let server = service();
    let store = Arc::new(MemoryStore::new());
    let error = Client::from_store(store.clone()).expect_err("nothing kept");
    assert_eq!(error.kind, ErrorKind::InvalidInput);
    let login = Login::new(server.key_id(), server.key().as_str().into(), server.url());
    let authorization = client(&server).authorize().expect("a login");
    let account: Account = login.account((*authorization).clone());
    store.save(&account).expect("kept");

    let first = Client::from_store(store.clone()).expect("kept");
    bucket(&first);
    let second = Client::from_store(store.clone()).expect("kept");
    second.bucket("photos").expect("known");
    assert_eq!((calls(&server, "b2_authorize_account").len(), lookups(&server)), (1, 0));
    let token = |account: &Account| account.authorization.authorization_token.clone();

    // A token that the service no longer takes is replaced there too.
    let mut stale = account.clone();
    stale.authorization.authorization_token = "4_stale".into();
    store.save(&stale).expect("kept");
    let third = Client::from_store(store.clone()).expect("kept");
    third.buckets().expect("logs in again");
    third.bucket("photos").expect("known");
    let kept = store.load().expect("read").expect("a login");
    assert_ne!(token(&kept), token(&stale));
    assert_eq!(calls(&server, "b2_authorize_account").len(), 2);
}
