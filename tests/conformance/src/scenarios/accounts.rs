//! Logins and bucket names that are known already.

use b2_local::account::{AccountStore as _, Login, MemoryStore};
use b2_proto::error::ErrorKind;
use b2_proto::model::{BucketType, Capability};
use b2_proto::op::{CreateBucket, CreateKey, DeleteBucket};
use std::sync::Arc;

use crate::face::{Bucket as _, Client as _, Face};
use crate::scenario::{Scenario, list};
use crate::world::{Service, World};

pub(super) fn all<F: Face>() -> Vec<Scenario<F>> {
    list![
        a_known_name_is_not_looked_up_again,
        a_bucket_that_somebody_else_deleted_is_forgotten,
        a_restricted_key_knows_its_buckets,
        what_a_store_keeps_is_not_asked_again,
        a_token_that_is_refused_is_replaced_in_the_store,
    ]
}

fn lookups<F: Face>(service: &Service<'_, F>) -> usize {
    service.of("b2_list_buckets").len()
}

/// What a client has created or looked up it knows, until it has deleted it.
fn a_known_name_is_not_looked_up_again<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, _) = service.bucket();
    let photos = client.bucket("photos-1").expect("known from its creation");
    assert_eq!((lookups(&service), photos.known_info()), (0, None));
    let mut photos = client.bucket_by_id(&photos.id()).expect("known by its ID as well");
    assert_eq!((lookups(&service), photos.known_info()), (0, None));
    photos.refresh().expect("there");
    assert_eq!(photos.known_info().expect("asked").bucket_name, "photos-1");
    let before = lookups(&service);
    photos.delete().expect("deleted");
    let gone = client.bucket("photos-1").map(|_| ()).expect_err("forgotten");
    assert_eq!((gone.kind, lookups(&service)), (ErrorKind::NotFound, before + 1));
}

/// A name whose bucket turns out to be gone is looked up anew.
fn a_bucket_that_somebody_else_deleted_is_forgotten<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, photos) = service.bucket();
    let other = service.client();
    other.run(DeleteBucket::new(photos.id())).expect("deleted");
    let stale = client.bucket("photos-1").expect("still known");
    stale.upload("a", b"1".into()).expect_err("there is no such bucket");
    let new = other.create_bucket(CreateBucket::new("photos-1", BucketType::AllPrivate));
    let found = client.bucket("photos-1").expect("asked again");
    assert_eq!(found.id(), new.expect("created").id());
}

/// The login tells which buckets a key is for.
fn a_restricted_key_knows_its_buckets<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, photos) = service.bucket();
    let key = CreateKey::new("k", vec![Capability::ListFiles]).bucket(photos.id());
    let key = client.create_key(key).expect("created");
    let mut settings = service.settings();
    settings.key_id = key.key.application_key_id.as_str().to_owned();
    settings.key = key.application_key.expose().to_owned();
    let restricted = service.client_with(settings);
    assert_eq!(restricted.bucket("photos-1").expect("its own").id(), photos.id());
    assert_eq!(restricted.bucket_by_id(&photos.id()).expect("its own").id(), photos.id());
    let error = restricted.bucket_by_id("4a48fe8875c6214145260818").map(|_| ());
    assert_eq!(error.expect_err("another one").kind, ErrorKind::Unauthorized);
    let error = restricted.bucket("music-1").map(|_| ()).expect_err("another one");
    assert_eq!(error.kind, ErrorKind::Unauthorized);
    assert!(error.to_string().contains("photos-1"), "{error}");
    assert_eq!(lookups(&service), 0);
}

/// A store that has a login of this service.
fn store<F: Face>(service: &Service<'_, F>) -> Arc<MemoryStore> {
    let (settings, store) = (service.settings(), Arc::new(MemoryStore::new()));
    let login = Login::new(settings.key_id, settings.key.as_str().into(), settings.realm);
    let authorization = service.client().authorize().expect("a login");
    store.save(&login.account((*authorization).clone())).expect("kept");
    store
}

/// A client that starts from what the store has.
fn stored<F: Face>(service: &Service<'_, F>, store: &Arc<MemoryStore>) -> F::Client {
    let login = Login::from_store(store.clone()).expect("read");
    service.client_with(crate::settings::Settings { login, ..service.settings() })
}

/// Clients of one store share its login and the names that any of them has learnt.
fn what_a_store_keeps_is_not_asked_again<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let store = store(&service);
    let new = CreateBucket::new("photos-1", BucketType::AllPrivate);
    stored(&service, &store).create_bucket(new).expect("created");
    stored(&service, &store).bucket("photos-1").expect("known");
    assert_eq!((service.of("b2_authorize_account").len(), lookups(&service)), (1, 0));
}

/// A login that the service no longer takes is replaced where it is kept.
fn a_token_that_is_refused_is_replaced_in_the_store<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let store = store(&service);
    let mut stale = store.load().expect("read").expect("a login");
    stale.authorization.authorization_token = "4_stale".into();
    store.save(&stale).expect("kept");
    stored(&service, &store).buckets().expect("logs in again");
    let kept = store.load().expect("read").expect("a login");
    assert_ne!(kept.authorization.authorization_token, stale.authorization.authorization_token);
    assert_eq!(service.of("b2_authorize_account").len(), 2);
}
