//! Retention, legal holds, customer keys, and tokens that let others download.

use b2_proto::error::{Error, ErrorKind};
use b2_proto::info::Override;
use b2_proto::machine::copy::TargetEncryption;
use b2_proto::model::{
    BucketRetention, BucketType, CustomerKey, FileId, FileRetention, Guarded, LegalHold,
    RetentionMode, RetentionPeriod,
};
use b2_proto::op::{
    CreateBucket, GetDownloadAuthorization, HeadFileById, HeadFileByName, UpdateBucket,
    UpdateFileRetention,
};

use crate::face::{Bucket as _, Client, Face};
use crate::scenario::{Scenario, list};
use crate::transfer::{Fetch, Upload};
use crate::world::{Service, World};

pub(super) fn all<F: Face>() -> Vec<Scenario<F>> {
    list![
        set_by_an_upload,
        changed_and_overridden,
        deleted_in_spite_of_governance,
        in_force_by_default,
        in_a_bucket_without_locks,
        a_customer_key_that_does_not_fit,
        about_a_file_with_a_customer_key,
        a_token_for_a_prefix,
        a_token_with_overrides,
    ]
}

/// A day in the year 2100, in milliseconds since 1970.
const LATER_MS: u64 = 4_102_444_800_000;

type LockedBucket<F> = <<F as Face>::Client as Client>::Bucket;

/// A client and a bucket whose files can be locked.
fn locked<F: Face>(service: &Service<'_, F>) -> (F::Client, LockedBucket<F>) {
    let client = service.client();
    let new = CreateBucket::new("locked-1", BucketType::AllPrivate).file_lock();
    let bucket = client.create_bucket(new).expect("created");
    service.skip();
    (client, bucket)
}

fn governed() -> Upload {
    Upload { retention: Some(FileRetention::governance(LATER_MS)), ..b"one".into() }
}

fn refused<F: Face, T>(service: &Service<'_, F>, result: Result<T, Error>) -> ErrorKind {
    service.said(&result);
    result.map(|_| ()).expect_err("refused").kind
}

/// What an upload says about locks is what the service keeps.
fn set_by_an_upload<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket) = locked(&service);
    let upload = Upload { legal_hold: Some(true), ..governed() };
    let id = bucket.upload("a", upload).expect("uploaded").file.file_id;
    let file = client.file_info(id.as_str()).expect("there");
    let governed = Some(Guarded::Readable(FileRetention::governance(LATER_MS)));
    assert_eq!(file.file_retention, governed);
    assert_eq!(file.legal_hold, Some(Guarded::Readable(Some(LegalHold::On))));
    let head = bucket.head("a").expect("there");
    assert_eq!((Some(head.file_retention), Some(head.legal_hold)), (governed, file.legal_hold));
    let kept = refused(&service, bucket.delete_version("a", id.as_str()));
    assert!(matches!(kept, ErrorKind::AccessDenied | ErrorKind::Unauthorized));
}

/// Governance can be extended by everybody and ended by whoever says so.
fn changed_and_overridden<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = locked(&service);
    let upload = Upload { legal_hold: Some(true), ..governed() };
    let id = bucket.upload("a", upload).expect("uploaded").file.file_id;
    let to =
        |retention: &FileRetention| UpdateFileRetention::new("a", id.clone(), retention.clone());

    let off = bucket.set_legal_hold("a", &id, LegalHold::Off).expect("lifted");
    assert_eq!(off.legal_hold, LegalHold::Off);
    let ended = bucket.update_retention(to(&FileRetention::NONE));
    assert_eq!(refused(&service, ended), ErrorKind::AccessDenied);
    let longer = FileRetention::governance(LATER_MS + 1_000);
    let changed = bucket.update_retention(to(&longer)).expect("longer");
    assert_eq!(changed.file_retention, longer);
    let end = to(&FileRetention::NONE).bypass_governance();
    bucket.update_retention(end).expect("overridden");
    bucket.delete_version("a", id.as_str()).expect("free");

    let id = bucket.upload("a", b"two".into()).expect("uploaded").file.file_id;
    let strict = FileRetention::compliance(LATER_MS);
    let keep = UpdateFileRetention::new("a", id.clone(), strict);
    bucket.update_retention(keep).expect("kept from now on");
    let end = UpdateFileRetention::new("a", id, FileRetention::NONE).bypass_governance();
    assert_eq!(refused(&service, bucket.update_retention(end)), ErrorKind::AccessDenied);
}

/// A version under governance goes only when the deletion says so.
fn deleted_in_spite_of_governance<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = locked(&service);
    let id = bucket.upload("a", governed()).expect("uploaded").file.file_id;
    let kept = refused(&service, bucket.delete_version("a", id.as_str()));
    assert!(matches!(kept, ErrorKind::AccessDenied | ErrorKind::Unauthorized));
    bucket.delete_version_bypassing_governance("a", id.as_str()).expect("overridden");
}

/// What the bucket says holds for files that say nothing.
fn in_force_by_default<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, mut bucket) = locked(&service);
    let mut change = UpdateBucket::new(bucket.id());
    change.default_retention = Some(BucketRetention::governance(RetentionPeriod::days(7)));
    bucket.update(change).expect("changed");
    let id = bucket.upload("a", b"one".into()).expect("uploaded").file.file_id;
    let kept = client.file_info(id.as_str()).expect("there").file_retention;
    let Some(Guarded::Readable(kept)) = kept else { panic!("not told: {kept:?}") };
    assert_eq!(kept.mode, Some(RetentionMode::Governance));
}

/// Nothing is locked in a bucket that was not made for it.
fn in_a_bucket_without_locks<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    let id: FileId = bucket.upload("a", b"one".into()).expect("uploaded").file.file_id;
    let update = UpdateFileRetention::new("a", id.clone(), FileRetention::governance(LATER_MS));
    refused(&service, bucket.update_retention(update));
    refused(&service, bucket.set_legal_hold("a", &id, LegalHold::On));
    refused(&service, bucket.upload("b", governed()));
}

fn key(byte: u8) -> CustomerKey {
    CustomerKey::new([byte; 32])
}

fn encrypted() -> Upload {
    Upload { encryption: Some(TargetEncryption::from(key(1))), ..b"one".into() }
}

fn with_key(byte: u8) -> Fetch {
    Fetch { customer_key: Some(key(byte)), ..Fetch::default() }
}

/// Of a version that is known a key that is missing, wrong or needless is seen before anything
/// is sent.
fn a_customer_key_that_does_not_fit<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket) = service.bucket();
    let own = bucket.upload("a", encrypted()).expect("uploaded").file;
    let plain = bucket.upload("b", b"two".into()).expect("uploaded").file;
    for (file, fetch) in [(&own, Fetch::default()), (&own, with_key(2)), (&plain, with_key(1))] {
        let fetched = client.download_version(file, fetch);
        assert_eq!(refused(&service, fetched), ErrorKind::InvalidInput);
    }
    assert!(service.of("b2_download_file_by_id").is_empty());
    assert_eq!(client.download_version(&own, with_key(1)).expect("got").bytes, b"one");
    assert_eq!(client.download_version(&plain, Fetch::default()).expect("got").bytes, b"two");
}

/// Its name alone does not tell what it is; the key does.
fn about_a_file_with_a_customer_key<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    let file = bucket.upload("a", encrypted()).expect("uploaded").file;
    refused(&service, bucket.head("a"));
    refused(&service, bucket.head_with_key("a", &key(2)));
    let info = bucket.head_with_key("a", &key(1)).expect("told");
    assert_eq!((info.file_id, info.content_length), (file.file_id, 3));
}

/// It downloads what it names and nothing else, and not for ever.
fn a_token_for_a_prefix<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    for name in ["mine/a", "yours/a"] {
        bucket.upload(name, b"one".into()).expect("uploaded");
    }
    let given = bucket.download_authorization("mine/", 60).expect("given");
    let get = |name: &str| {
        let token = Some(given.authorization_token.clone());
        bucket.download(name, Fetch { token, ..Fetch::default() })
    };
    assert_eq!(get("mine/a").expect("allowed").bytes, b"one");
    assert_eq!(refused(&service, get("yours/a")), ErrorKind::Unauthorized);
    for valid_s in [0, 604_801] {
        let given = bucket.download_authorization("mine/", valid_s);
        assert_eq!(refused(&service, given), ErrorKind::InvalidInput);
    }
}

/// It wants the headers it was made with, and no others; by ID only the account's token works.
fn a_token_with_overrides<F: Face>(world: &World<'_, F>) {
    const DISPOSITION: Override = Override::ContentDisposition;
    let service = world.service();
    let (client, bucket) = service.bucket();
    let file = bucket.upload("a", b"one".into()).expect("uploaded").file;
    let ask = GetDownloadAuthorization::new(bucket.id(), "", 60).content_disposition("inline");
    let token = client.run(ask).expect("given").authorization_token;
    let get = |asked: Option<&str>| {
        let override_header = asked.map(|value| (DISPOSITION, value.to_owned()));
        let fetch = Fetch { token: Some(token.clone()), override_header, ..Fetch::default() };
        bucket.download("a", fetch)
    };
    let head = |asked: Option<&str>| {
        let head = HeadFileByName::new("photos-1", "a").authorization(token.clone());
        asked.into_iter().fold(head, |head, value| head.header(DISPOSITION, value))
    };
    assert_eq!(get(Some("inline")).expect("allowed").bytes, b"one");
    assert_eq!(client.run(head(Some("inline"))).expect("allowed").file_id, file.file_id);
    for wrong in [None, Some("attachment")] {
        assert_eq!(refused(&service, get(wrong)), ErrorKind::Unauthorized);
        assert_eq!(refused(&service, client.run(head(wrong))), ErrorKind::Unauthorized);
    }
    let more = head(Some("inline")).header(Override::CacheControl, "no-store");
    assert_eq!(refused(&service, client.run(more)), ErrorKind::Unauthorized);
    let by_id = HeadFileById::new(file.file_id.clone()).header(DISPOSITION, "inline");
    let info = client.run(by_id).expect("the account may");
    assert_eq!((info.file_id, info.content_length), (file.file_id, 3));
}
