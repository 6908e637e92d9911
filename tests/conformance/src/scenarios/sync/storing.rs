//! How the files of a sync are stored and read: keys, locks.

use b2_proto::machine::copy::{NamedKey, TargetEncryption};
use b2_proto::model::{CustomerKey, FileRetention, Guarded, LegalHold};

use super::*;
use crate::in_step::Storing;

pub(super) fn all<F: Face>() -> Vec<Scenario<F>> {
    list![
        up_and_down_with_a_customer_key,
        a_file_whose_key_is_not_known,
        copies_with_other_keys,
        a_renamed_file_with_a_customer_key,
        managed_by_the_service,
        locked_when_they_are_uploaded,
        a_locked_version_stays,
    ]
}

fn key(byte: u8) -> CustomerKey {
    CustomerKey::new([byte; 32])
}

fn named(byte: u8) -> NamedKey {
    NamedKey::new(&key(byte), Some("mine"))
}

fn encrypted(byte: u8) -> Option<TargetEncryption> {
    Some(TargetEncryption::Customer(named(byte)))
}

fn stored(ends: (Place, Place), storing: Storing) -> InStep {
    InStep { storing: Some(storing), ..InStep::between(ends.0, ends.1) }
}

/// Small and large, and nothing is done twice.
fn up_and_down_with_a_customer_key<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket) = service.bucket();
    put(world, "a", b"secret", 1_000);
    put(world, "b", &bytes(450), 1_000);
    let up = || {
        let storing = Storing { encryption: encrypted(1), ..Storing::default() };
        stored((here(world), there("")), storing)
    };
    is_done(&run(&service, &client, up()), &["upload a", "upload b"]);
    is_done(&run(&service, &client, up()), &[]);
    bucket.download("a", Fetch::default()).expect_err("only with the key");
    service.skip();
    let target = Place::Folder(world.path("back"));
    let storing = Storing { source_key: Some(named(1)), ..Storing::default() };
    is_done(
        &run(&service, &client, stored((there(""), target), storing)),
        &["upload a", "upload b"],
    );
    assert_eq!(fs::read(world.path("back/a")).expect("there"), b"secret");
    assert_eq!(fs::read(world.path("back/b")).expect("there"), bytes(450));
}

/// That is this file's trouble alone (S16), and costs no request.
fn a_file_whose_key_is_not_known<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket) = service.bucket();
    let secret = crate::transfer::Upload { encryption: encrypted(1), ..b"1".into() };
    bucket.upload("a", secret).expect("uploaded");
    bucket.upload("b", b"2".into()).expect("uploaded");
    service.skip();
    let synced = sync(&service, &client, (there(""), here(world)), DEFAULTS);
    assert_eq!(synced.lines.len(), 2, "{:?}", synced.lines);
    assert!(synced.lines[0].starts_with("failed ") && synced.lines[0].ends_with(": upload a"));
    assert_eq!(synced.lines[1], "upload b");
    assert_eq!((synced.summary.failed, synced.summary.transferred), (1, 1));
    assert!(!world.path("here/a").exists());
}

/// A key of the source's and one of the copies'; the name of the key goes with each.
fn copies_with_other_keys<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket) = service.bucket();
    let other = CreateBucket::new("photos-2", BucketType::AllPrivate);
    let other = client.create_bucket(other).expect("a bucket");
    for (name, content) in [("a", b"1".to_vec()), ("b", bytes(450))] {
        let secret = crate::transfer::Upload { encryption: encrypted(1), ..content.into() };
        bucket.upload(name, secret).expect("uploaded");
    }
    service.skip();
    let across = || {
        let yours = NamedKey::new(&key(2), Some("yours"));
        let encryption = Some(TargetEncryption::Customer(yours));
        let storing = Storing { encryption, source_key: Some(named(1)), ..Storing::default() };
        stored((there(""), Place::in_bucket("photos-2", "")), storing)
    };
    let synced = run(&service, &client, across());
    is_done(&synced, &["upload a", "upload b"]);
    is_done(&run(&service, &client, across()), &[]);
    let fetch = Fetch { customer_key: Some(key(2)), ..Fetch::default() };
    let fetched = other.download("b", fetch).expect("with the other key");
    assert_eq!(fetched.bytes, bytes(450));
    let info = other.head_with_key("a", &key(2)).expect("there").file_info;
    assert_eq!(info.get("sse_c_key_id").map(String::as_str), Some("yours"));
    service.skip();
}

/// It is copied by whoever says its key, and else uploaded: without one, or with another.
fn a_renamed_file_with_a_customer_key<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket) = service.bucket();
    let renames: fn(&mut Options) = |it| {
        DELETE(it);
        it.renames = Some(Renames { len_min: 1, held_max: 9 });
    };
    let up = |source_key| {
        let storing = Storing { encryption: encrypted(1), source_key, ..Storing::default() };
        stored((here(world), there("")), storing).with(renames)
    };
    let root = world.path("here");
    put(world, "a", &bytes(90), 1_000);
    is_done(&run(&service, &client, up(None)), &["upload a"]);
    fs::rename(root.join("a"), root.join("b")).expect("renamed");
    let want = ["copy b", "delete a "];
    is_done(&run(&service, &client, up(Some(named(1)))), &want);
    fs::rename(root.join("b"), root.join("c")).expect("renamed");
    let want = ["copy c", "delete b "];
    is_done(&run(&service, &client, up(None)), &want);
    fs::rename(root.join("c"), root.join("d")).expect("renamed");
    let want = ["copy d", "delete c "];
    is_done(&run(&service, &client, up(Some(named(2)))), &want);
    let fetch = Fetch { customer_key: Some(key(1)), ..Fetch::default() };
    assert_eq!(bucket.download("d", fetch).expect("with the key").bytes, bytes(90));
    service.skip();
}

fn managed_by_the_service<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, _) = service.bucket();
    put(world, "a", b"1", 1_000);
    put(world, "b", &bytes(450), 1_000);
    let storing = Storing { encryption: Some(TargetEncryption::Managed), ..Storing::default() };
    let up = stored((here(world), there("")), storing);
    is_done(&run(&service, &client, up), &["upload a", "upload b"]);
}

/// A day in the year 2100, in milliseconds since 1970.
const LATER_MS: u64 = 4_102_444_800_000;

/// A client, and the suite's bucket with locks.
fn locked<F: Face>(service: &Service<'_, F>) -> (F::Client, Bucket<F>) {
    let client = service.client();
    let new = CreateBucket::new(BUCKET, BucketType::AllPrivate).file_lock();
    let bucket = client.create_bucket(new).expect("created");
    service.skip();
    (client, bucket)
}

fn until_later() -> Storing {
    let retention = Some(FileRetention::governance(LATER_MS));
    Storing { retention, legal_hold: true, ..Storing::default() }
}

/// Retention and legal hold, of short files and of long ones.
fn locked_when_they_are_uploaded<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket) = locked(&service);
    put(world, "a", b"1", 1_000);
    put(world, "b", &bytes(450), 1_000);
    let up = stored((here(world), there("")), until_later());
    is_done(&run(&service, &client, up), &["upload a", "upload b"]);
    for name in ["a", "b"] {
        let info = bucket.head(name).expect("there");
        let governed = Guarded::Readable(FileRetention::governance(LATER_MS));
        assert_eq!(info.file_retention, governed, "{name}");
        assert_eq!(info.legal_hold, Guarded::Readable(Some(LegalHold::On)), "{name}");
    }
    service.skip();
}

/// A sync that deletes does not override a lock: the version stays, and is told.
fn a_locked_version_stays<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket) = locked(&service);
    put(world, "a", b"1", 1_000);
    put(world, "b", b"1", 1_000);
    let up = || stored((here(world), there("")), until_later());
    is_done(&run(&service, &client, up()), &["upload a", "upload b"]);
    put(world, "a", b"two", 2_000);
    fs::remove_file(world.path("here/b")).expect("removed");
    let synced = run(&service, &client, up().with(DELETE));
    let mut lines = synced.lines.clone();
    lines.sort();
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert!(lines[0].starts_with("failed ") && lines[1].starts_with("failed "), "{lines:?}");
    assert_eq!((lines[2].as_str(), synced.summary.failed), ("upload a", 2));
    assert_eq!(versions(&bucket), ["a", "a", "b"]);
    service.skip();
}
