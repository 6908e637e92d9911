//! Logins: one at a time, only when needed, and only with a key that is good.

use b2_proto::error::ErrorKind;
use b2_proto::model::{BucketType, Capability};
use b2_proto::op::{CreateBucket, CreateKey};
use b2_sim::fault::Rule;

use crate::face::{Bucket as _, Client as _, Face};
use crate::scenario::{Scenario, list};
use crate::settings::Settings;
use crate::tools::{bytes, on};
use crate::transfer::{Fetch, Upload};
use crate::world::{Service, World};

pub(super) fn all<F: Face>() -> Vec<Scenario<F>> {
    list![
        one_login_for_many_threads,
        one_login_in_the_middle_of_eight_lanes_up,
        one_login_in_the_middle_of_eight_lanes_down,
        a_wrong_key,
        a_key_that_was_deleted,
        a_key_for_one_bucket,
        a_key_for_two_buckets,
        a_key_for_names_with_a_prefix,
        a_key_that_may_only_read,
        no_key_in_any_text,
    ]
}

/// Eight threads that begin at once wait for the same login.
fn one_login_for_many_threads<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    service.faults([Rule { latency_ms: 50, ..on("b2_authorize_account") }]);
    let client = service.client();
    service.together(|| {
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| client.buckets().expect("listed"));
            }
        });
    });
    assert_eq!(service.statuses("b2_authorize_account"), [200]);
}

fn eight_lanes<F: Face>(service: &Service<'_, F>) -> Settings {
    Settings { connections: 16, lanes: 8, ..service.settings() }
}

/// The token runs out while eight lanes want upload URLs: all wait for one login and go on.
fn one_login_in_the_middle_of_eight_lanes_up<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket_with(eight_lanes(&service));
    service.faults([
        Rule { nth: Some(1), expire_tokens: true, ..on("b2_get_upload_part_url") },
        Rule { latency_ms: 20, ..on("b2_get_upload_part_url") },
        Rule { latency_ms: 50, ..on("b2_authorize_account") },
    ]);
    bucket.upload("large", bytes(1_600).into()).expect("uploaded");
    assert_eq!(service.statuses("b2_authorize_account"), [200, 200], "the first was before");
    let refused = service.statuses("b2_get_upload_part_url");
    assert_eq!(refused.iter().filter(|status| **status == 401).count(), 8);
    assert_eq!(service.statuses("b2_finish_large_file"), [200]);
    service.count();
}

/// The same while eight lanes download ranges.
fn one_login_in_the_middle_of_eight_lanes_down<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket_with(eight_lanes(&service));
    let data = bytes(1_600);
    bucket.upload("large", Upload { lanes: Some(1), ..data.clone().into() }).expect("uploaded");
    service.faults([
        Rule { nth: Some(1), expire_tokens: true, ..on("b2_download_file_by_id") },
        Rule { latency_ms: 20, ..on("b2_download_file_by_id") },
        Rule { latency_ms: 50, ..on("b2_authorize_account") },
    ]);
    let fetch = Fetch { lane_len_min: Some(100), ..Fetch::default() };
    assert!(bucket.download("large", fetch).expect("downloaded").bytes == data);
    assert_eq!(service.statuses("b2_authorize_account"), [200, 200], "the first was before");
    let ranges = service.statuses("b2_download_file_by_id");
    assert_eq!(ranges.iter().filter(|status| **status == 401).count(), 7);
    service.count();
}

/// A wrong key is told at once, and is not tried again.
fn a_wrong_key<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let settings = Settings { key: "K000wrong".to_owned(), ..service.settings() };
    let client = service.client_with(settings);
    let account = client.authorize();
    service.said(&account);
    assert_eq!(account.expect_err("refused").kind, ErrorKind::BadKey);
}

/// A client with the rights of a new key.
fn limited<F: Face>(service: &Service<'_, F>, client: &F::Client, key: CreateKey) -> F::Client {
    let created = client.create_key(key).expect("created");
    service.skip();
    service.client_with(Settings {
        key_id: created.key.application_key_id.as_str().to_owned(),
        key: created.application_key.expose().to_owned(),
        ..service.settings()
    })
}

/// A key that is deleted while it is used ends its client's work with that reason.
fn a_key_that_was_deleted<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, _) = service.bucket();
    let key = CreateKey::new("short-lived", [Capability::ListBuckets]);
    let other = limited(&service, &client, key);
    other.buckets().expect("listed");
    let key = client.keys().expect("listed").remove(0);
    client.delete_key(key.application_key_id.as_str()).expect("deleted");
    let listed = other.buckets();
    service.said(&listed);
    assert_eq!(listed.expect_err("refused").kind, ErrorKind::BadKey);
}

/// A key for one bucket works there, and its client cannot list others.
fn a_key_for_one_bucket<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket) = service.bucket();
    let new = CreateBucket::new("others-1", BucketType::AllPrivate);
    client.create_bucket(new).expect("created");
    let rights = [Capability::ListBuckets, Capability::ReadFiles, Capability::WriteFiles];
    let other = limited(&service, &client, CreateKey::new("one", rights).bucket(bucket.id()));
    let own = other.bucket("photos-1").expect("found");
    own.upload("a", b"abc".into()).expect("uploaded");
    assert_eq!(own.download("a", Fetch::default()).expect("downloaded").bytes, b"abc");
    let all = other.buckets();
    service.said(&all);
    let foreign = other.bucket("others-1");
    service.said(&foreign);
    foreign.map(|_| ()).expect_err("not its bucket");
}

/// A key for two buckets works in both and in no third.
fn a_key_for_two_buckets<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket) = service.bucket();
    let new = |name| CreateBucket::new(name, BucketType::AllPrivate);
    let second = client.create_bucket(new("photos-2")).expect("created");
    client.create_bucket(new("photos-3")).expect("created");
    let rights = [Capability::ListBuckets, Capability::WriteFiles];
    let key = CreateKey::new("two", rights).bucket(bucket.id()).bucket(second.id());
    let other = limited(&service, &client, key);
    let account = other.authorize().expect("logged in");
    let allowed = account.storage_api.allowed.buckets.as_ref().map(Vec::len);
    assert_eq!(allowed, Some(2));
    for name in ["photos-1", "photos-2"] {
        other.bucket(name).expect("found").upload("a", b"abc".into()).expect("uploaded");
    }
    let foreign = other.bucket("photos-3");
    service.said(&foreign);
    foreign.map(|_| ()).expect_err("not its bucket");
}

/// A key for a prefix uploads below it and nowhere else.
fn a_key_for_names_with_a_prefix<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket) = service.bucket();
    let rights = [Capability::ListBuckets, Capability::WriteFiles];
    let key = CreateKey::new("mine", rights).bucket(bucket.id()).prefix("mine/");
    let own = limited(&service, &client, key).bucket("photos-1").expect("found");
    own.upload("mine/a", b"abc".into()).expect("uploaded");
    let foreign = own.upload("yours/a", b"abc".into());
    service.said(&foreign);
    assert_eq!(foreign.expect_err("not its name").kind, ErrorKind::Unauthorized);
}

/// A right that is missing is told as such.
fn a_key_that_may_only_read<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket) = service.bucket();
    bucket.upload("a", b"abc".into()).expect("uploaded");
    let rights = [Capability::ListBuckets, Capability::ReadFiles];
    let own = limited(&service, &client, CreateKey::new("reader", rights));
    let own = own.bucket("photos-1").expect("found");
    assert_eq!(own.download("a", Fetch::default()).expect("downloaded").bytes, b"abc");
    let uploaded = own.upload("b", b"abc".into());
    service.said(&uploaded);
    assert_eq!(uploaded.expect_err("may not").kind, ErrorKind::Unauthorized);
}

/// Neither key nor token is in the text of any error (S14).
fn no_key_in_any_text<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket) = service.bucket();
    let token = client.authorize().expect("logged in").authorization_token.expose().to_owned();
    let key = service.handle().key();
    let rules = [400, 401, 500].map(|status| Rule { status: Some(status), ..on("*") });
    for rule in rules.into_iter().chain([Rule { refuse: true, ..on("*") }]) {
        service.faults([rule]);
        let errors = [
            client.buckets().map(|_| ()).expect_err("fails"),
            bucket.upload("a", b"abc".into()).map(|_| ()).expect_err("fails"),
            bucket.download("a", Fetch::default()).map(|_| ()).expect_err("fails"),
        ];
        for error in errors {
            let text = format!("{error} {error:?}");
            assert!(!text.contains(&token) && !text.contains(&key), "{text}");
        }
    }
    service.count();
}
