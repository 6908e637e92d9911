//! Clients that keep their login in a store of the caller's own.

use b2_local::account::{AccountStore, Login};
use b2_proto::error::{Error, ErrorKind};
use b2_proto::model::Capability;
use b2_proto::op::{CreateKey, Grant, ListKeys};
use b2_sim::fault::Rule;
use std::sync::Arc;

use crate::face::{Bucket as _, Client as _, Face};
use crate::scenario::{Scenario, list};
use crate::settings::Settings;
use crate::slow_store::SlowStore;
use crate::tools::{bytes, on};
use crate::transfer::Fetch;
use crate::world::{Bucket, Service, World};

pub(super) fn all<F: Face>() -> Vec<Scenario<F>> {
    let mut all = list![
        the_first_login_is_kept,
        the_login_of_another_key_stays,
        a_store_that_is_busy_once,
        a_login_renewed_in_mid_life_is_kept,
        a_login_that_was_passed_on,
        names_that_cannot_be_read,
        names_that_need_not_be_read,
    ];
    // No setting says whom to trust.
    all.push(Scenario::new("a_client_of_a_store", a_client_of_a_store).over_plain());
    let renewed = |(name, call)| {
        Scenario::new(format!("{name}_keeps_the_login_it_renews"), move |world: &World<'_, F>| {
            renewal(world, call);
        })
    };
    all.extend(calls::<F>().into_iter().map(renewed));
    all
}

/// What a job works with.
struct Before<F: Face> {
    client: F::Client,
    bucket: Bucket<F>,
    file_id: String,
}

type Call<F> = fn(&Before<F>) -> Result<(), Error>;

/// Jobs of every kind, none of which asks for a bucket's name.
fn calls<F: Face>() -> Vec<(&'static str, Call<F>)> {
    vec![
        ("an_operation", |it| it.client.run(ListKeys::one("none")).map(drop)),
        ("a_listing", |it| it.client.keys().map(drop)),
        ("file_info", |it| it.client.file_info(&it.file_id).map(drop)),
        ("an_upload", |it| it.bucket.upload("b", bytes(50).into()).map(drop)),
        ("a_large_upload", |it| it.bucket.upload("large", bytes(500).into()).map(drop)),
        ("a_download", |it| it.bucket.download("a", Fetch::default()).map(drop)),
        ("a_download_by_id", |it| {
            it.client.download_by_id(&it.file_id, Fetch::default()).map(drop)
        }),
        ("a_hidden_file", |it| it.bucket.hide("a").map(drop)),
    ]
}

/// A bucket of a client that keeps its login in `store`, with a file. Another client made that, or
/// there would be an upload URL left, which needs no login.
fn before<F: Face>(service: &Service<'_, F>, store: &Arc<SlowStore>) -> Before<F> {
    let (client, bucket) = service.bucket_with(storing(service, store));
    let other = service.client().bucket("photos-1").expect("there");
    let file_id = other.upload("a", bytes(50).into()).expect("uploaded").file.file_id;
    service.skip();
    Before { client, bucket, file_id: file_id.as_str().to_owned() }
}

fn storing<F: Face>(service: &Service<'_, F>, store: &Arc<SlowStore>) -> Settings {
    Settings { store: Some(store.clone()), lanes: 1, ..service.settings() }
}

fn expire<F: Face>(service: &Service<'_, F>) {
    service.handle().host().with_service(b2_sim::service::Service::expire_tokens).expect("kept");
}

/// Whichever job logs in again, the store has the new login when the job has ended, and was told
/// once.
fn renewal<F: Face>(world: &World<'_, F>, call: Call<F>) {
    let (service, store) = (world.service(), SlowStore::new());
    let before = before(&service, &store);
    let (first, writes) = (store.token(), store.writes());
    expire(&service);
    call(&before).expect("logs in again");
    let second = store.token();
    assert!(first.is_some() && second.is_some() && second != first, "the new login is kept");
    assert_eq!(store.writes(), writes + 1, "once");
    let _ = call(&before);
    assert_eq!((store.token(), store.writes()), (second, writes + 1), "it is known");
}

/// A store that may wait, as one on a disk, is given the login of a client with a key, and the
/// names of its buckets.
fn the_first_login_is_kept<F: Face>(world: &World<'_, F>) {
    let (service, store) = (world.service(), SlowStore::new());
    let before = before(&service, &store);
    let known = before.client.authorize().expect("logged in");
    assert!(store.token() == Some(known.authorization_token.clone()));
    let login = Login::from_store(store).expect("read").expect("a login");
    let next = service.client_with(Settings { login: Some(login), ..service.settings() });
    assert_eq!(next.bucket("photos-1").expect("known").id(), before.bucket.id());
    service.asked_nothing();
}

/// What somebody else keeps in the store is not replaced.
fn the_login_of_another_key_stays<F: Face>(world: &World<'_, F>) {
    let (service, store) = (world.service(), SlowStore::new());
    let theirs = Login::new("theirs", "secret".into(), service.settings().realm);
    let known = service.client().authorize().expect("logged in");
    let theirs = theirs.account((*known).clone());
    store.save(&theirs).expect("kept");
    let ours = service.client_with(storing(&service, &store));
    ours.buckets().expect("listed");
    assert!(store.load().expect("read") == Some(theirs));
}

/// The next job tries again.
fn a_store_that_is_busy_once<F: Face>(world: &World<'_, F>) {
    let (service, store) = (world.service(), SlowStore::new());
    let before = before(&service, &store);
    let first = store.token();
    expire(&service);
    store.be_busy(1);
    before.client.file_info(&before.file_id).expect("logs in again");
    assert!(store.token() == first, "it was busy");
    before.client.file_info(&before.file_id).expect("known");
    assert!(store.token().is_some() && store.token() != first, "it was tried again");
}

/// A token that runs out in the midst of a large upload.
fn a_login_renewed_in_mid_life_is_kept<F: Face>(world: &World<'_, F>) {
    let (service, store) = (world.service(), SlowStore::new());
    let before = before(&service, &store);
    let (first, writes) = (store.token(), store.writes());
    service.faults([Rule { nth: Some(2), expire_tokens: true, ..on("b2_upload_part") }]);
    before.bucket.upload("large", bytes(900).into()).expect("uploaded");
    assert!(store.token().is_some() && store.token() != first, "the new login is kept");
    assert_eq!(store.writes(), writes + 1, "once");
}

/// A login that another program passes on is used, and there is nothing to keep of it; the one
/// that takes its place is kept.
fn a_login_that_was_passed_on<F: Face>(world: &World<'_, F>) {
    let (service, store) = (world.service(), SlowStore::new());
    let known = service.client().authorize().expect("logged in");
    let grant = Grant::try_from(&*known).expect("usable");
    let settings = Settings { resume: Some(grant), ..storing(&service, &store) };
    let client = service.client_with(settings);
    client.key("none").expect("asked");
    assert_eq!((service.of("b2_authorize_account").len(), store.writes()), (1, 0));
    expire(&service);
    client.key("none").expect("logs in again");
    assert_eq!((service.of("b2_authorize_account").len(), store.writes()), (2, 1));
}

/// A store that cannot be read knows no name, and the service is asked.
fn names_that_cannot_be_read<F: Face>(world: &World<'_, F>) {
    let (service, store) = (world.service(), SlowStore::new());
    let before = before(&service, &store);
    let id = before.bucket.id();
    before.client.bucket("photos-1").expect("known");
    service.asked_nothing();
    store.hide_names();
    assert_eq!(before.client.bucket("photos-1").expect("asked for").id(), id);
    assert_eq!(before.client.bucket_by_id(&id).expect("asked for").id(), id);
    let none = before.client.bucket("none").map(drop).expect_err("there is none");
    assert_eq!((none.kind, store.reads()), (ErrorKind::NotFound, 4));
}

/// A login that tells a key's buckets tells them without the store.
fn names_that_need_not_be_read<F: Face>(world: &World<'_, F>) {
    let (service, store) = (world.service(), SlowStore::new());
    let (client, photos) = service.bucket();
    let key = CreateKey::new("k", vec![Capability::ListFiles]).bucket(photos.id());
    let key = client.create_key(key).expect("created");
    let restricted = service.client_with(Settings {
        key_id: key.key.application_key_id.as_str().to_owned(),
        key: key.application_key.expose().to_owned(),
        ..storing(&service, &store)
    });
    assert_eq!(restricted.bucket("photos-1").expect("its own").id(), photos.id());
    assert_eq!(restricted.bucket_by_id(&photos.id()).expect("its own").id(), photos.id());
    let error = restricted.bucket("music-1").map(drop).expect_err("another one");
    assert_eq!((error.kind, store.reads()), (ErrorKind::Unauthorized, 0));
}

/// `from_store` starts from what is kept and renews it; an empty store has nothing to start from.
fn a_client_of_a_store<F: Face>(world: &World<'_, F>) {
    let (service, store) = (world.service(), SlowStore::new());
    world.client_of_store(store.clone()).map(drop).expect_err("nothing is kept there");
    let before = before(&service, &store);
    let client = world.client_of_store(store.clone()).expect("kept");
    client.file_info(&before.file_id).expect("no login is needed");
    assert_eq!(service.of("b2_authorize_account").len(), 2, "those of before");
    let (first, writes) = (store.token(), store.writes());
    expire(&service);
    client.file_info(&before.file_id).expect("logs in again");
    assert!(store.token() != first && store.writes() == writes + 1);
}
