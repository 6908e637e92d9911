//! Retention, legal holds and customer keys, against the simulated service.

mod common;

use b2_blocking::{Bucket, Client};
use b2_proto::error::ErrorKind;
use b2_proto::model::{
    BucketType, CustomerKey, EncryptionSetting, FileRetention, Guarded, LegalHold,
};
use b2_proto::op::CreateBucket;
use b2_sim::fault::{Rule, When};
use common::{calls, client, service};

/// A day in the year 2100, in milliseconds since 1970.
const LATER_MS: u64 = 4_102_444_800_000;

fn locked(client: &Client) -> Bucket {
    let new = CreateBucket::new("locked", BucketType::AllPrivate).file_lock();
    client.create_bucket(new).expect("created")
}

#[test]
fn retention_is_set_read_changed_and_overridden() {
    let server = service();
    let client = client(&server);
    let bucket = locked(&client);
    let governed = FileRetention::governance(LATER_MS);
    let upload = bucket.upload("a", b"one").retention(&governed).legal_hold(true);
    let id = upload.send().expect("uploaded").file.file_id;

    let read = || client.file_info(id.as_str()).expect("there");
    assert_eq!(read().file_retention, Some(Guarded::Readable(governed)));
    assert_eq!(read().legal_hold, Some(Guarded::Readable(Some(LegalHold::On))));

    let kept = bucket.delete_version("a", id.as_str()).expect_err("it is held");
    assert!(matches!(kept.kind, ErrorKind::AccessDenied | ErrorKind::Unauthorized), "{kept}");
    let off = bucket.set_legal_hold("a", id.clone(), LegalHold::Off).expect("lifted");
    assert_eq!(off.legal_hold, LegalHold::Off);

    let none = || bucket.retention("a", id.clone(), FileRetention::NONE);
    let kept = bucket.update_retention(none()).expect_err("it is governed");
    assert_eq!(kept.kind, ErrorKind::AccessDenied);
    let longer = FileRetention::governance(LATER_MS + 1_000);
    let changed = bucket.update_retention(bucket.retention("a", id.clone(), longer.clone()));
    assert_eq!(changed.expect("longer").file_retention, longer);
    bucket.update_retention(none().bypass_governance()).expect("overridden");
    bucket.delete_version("a", id.as_str()).expect("free");

    let upload = bucket.upload("b", b"two").retention(&FileRetention::governance(LATER_MS));
    let id = upload.send().expect("uploaded").file.file_id;
    assert!(bucket.delete_version("b", id.as_str()).is_err());
    bucket.delete_version_bypassing_governance("b", id.as_str()).expect("overridden");
}

#[test]
fn a_key_that_does_not_fit_is_refused_before_anything_is_sent() {
    let server = service();
    let client = client(&server);
    let bucket = common::bucket(&client);
    let (key, other) = (CustomerKey::new([1; 32]), CustomerKey::new([2; 32]));
    let setting = EncryptionSetting::SseC(key.clone());
    let own = bucket.upload("a", b"one").encryption(&setting).send().expect("uploaded").file;
    let plain = bucket.upload("b", b"two").send().expect("uploaded").file;

    let missing = client.download_version(&own).to_bytes(9).expect_err("no key");
    let wrong = client.download_version(&own).encryption(&other).to_bytes(9);
    let needless = client.download_version(&plain).encryption(&key).to_bytes(9);
    for error in [missing, wrong.expect_err("another key"), needless.expect_err("no need")] {
        assert_eq!(error.kind, ErrorKind::InvalidInput, "{error}");
    }
    assert!(calls(&server, "b2_download_file_by_id").is_empty());
    let (_, bytes) = client.download_version(&own).encryption(&key).to_bytes(9).expect("got");
    assert_eq!(bytes, b"one");
    let (_, bytes) = client.download_version(&plain).to_bytes(9).expect("got");
    assert_eq!(bytes, b"two");
}

#[test]
fn a_token_for_a_prefix_downloads_what_it_names_and_nothing_else() {
    let server = service();
    let client = client(&server);
    let bucket = common::bucket(&client);
    for name in ["mine/a", "yours/a"] {
        bucket.upload(name, b"one").send().expect("uploaded");
    }
    let given = bucket.download_authorization("mine/", 60).expect("given");
    let get = |name: &str| {
        bucket.download(name).authorization(given.authorization_token.clone()).to_bytes(9)
    };
    assert_eq!(get("mine/a").expect("allowed").1, b"one");
    assert_eq!(get("yours/a").expect_err("not allowed").kind, ErrorKind::Unauthorized);
    let error = bucket.download_authorization("mine/", 0).expect_err("no time at all");
    assert_eq!(error.kind, ErrorKind::InvalidInput);
    let error = bucket.download_authorization("mine/", 604_801).expect_err("more than a week");
    assert_eq!(error.kind, ErrorKind::InvalidInput);
}

#[test]
fn what_took_effect_although_its_answer_was_lost_is_there_once() {
    let lost = |op: &str, nth| {
        let (op, nth, reset) = (Some(op.to_owned()), Some(nth), Some(When::After));
        Rule { op, nth, reset, ..Rule::default() }
    };
    let server = common::service_with(vec![
        lost("b2_upload_file", 2),
        lost("b2_hide_file", 1),
        lost("b2_create_bucket", 2),
    ]);
    let client = client(&server);
    let bucket = common::bucket(&client);
    bucket.upload("a", b"old").send().expect("uploaded");
    let uploaded = bucket.upload("a", b"new").send().expect("uploaded");
    assert!(!uploaded.may_be_duplicate);
    let marker = bucket.hide("a").expect("hidden");
    let made = CreateBucket::new("another", BucketType::AllPrivate);
    assert_eq!(client.create_bucket(made).expect("created").name(), "another");
    let versions = bucket.list_versions(bucket.versions()).collect(9).expect("listed");
    let ids: Vec<_> = versions.iter().filter_map(|row| Some(&row.file()?.file_id)).collect();
    assert_eq!(ids[..2], [&marker.file_id, &uploaded.file.file_id]);
    assert_eq!(versions.len(), 3);
}
