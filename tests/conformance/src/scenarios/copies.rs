//! Copies on the server.

use b2_proto::error::ErrorKind;
use b2_proto::machine::copy::{NamedKey, TargetEncryption};
use b2_proto::machine::large::Leftover;
use b2_proto::machine::resume::Mismatch;
use b2_proto::machine::upload::Continued;
use b2_proto::model::{BucketType, CustomerKey, FileRetention, FileVersion};
use b2_proto::op::{CreateBucket, ListFileVersions};
use b2_sim::fault::{Rule, When};

use crate::face::{Bucket, Client as _, Face};
use crate::scenario::{Scenario, list};
use crate::tools::{bytes, on};
use crate::transfer::{Copy, Fetch, Upload};
use crate::world::{Setup, World};

pub(super) fn all<F: Face>() -> Vec<Scenario<F>> {
    list![
        a_small_file,
        a_range,
        to_another_bucket,
        with_metadata_of_its_own,
        with_half_of_its_metadata,
        with_locks,
        in_parts,
        a_range_in_parts,
        more_than_one_call_takes,
        with_another_customer_key,
        in_parts_with_customer_keys,
        of_nothing_that_is_there,
        behind_the_end,
        lost_and_made,
        lost_and_not_made,
        lost_answers_of_parts,
        a_start_whose_answer_is_lost,
        a_part_fails_for_good_and_nothing_is_left,
        what_broke_off_goes_on,
    ]
}

const EXPIRES: &str = "Thu, 01 Dec 2050 16:00:00 GMT";
/// Five parts of at most 400 bytes.
const LEN: usize = 1_234;

fn original<B: Bucket>(bucket: &B, len: usize) -> FileVersion {
    let upload = Upload {
        content_type: Some("text/x".into()),
        info: vec![("camera".into(), "box".into())],
        cache_control: Some("no-store".into()),
        lanes: Some(1),
        ..bytes(len).into()
    };
    bucket.upload("original", upload).expect("uploaded").file
}

fn check<B: Bucket>(bucket: &B, data: &[u8]) {
    let fetched = bucket.download("copy", Fetch::default()).expect("downloaded");
    assert!(fetched.bytes == data, "other bytes came down");
}

fn versions<B: Bucket>(bucket: &B) -> usize {
    let list = ListFileVersions::new(bucket.id()).prefix("copy");
    bucket.list_versions(list, 100).expect("listed").len()
}

fn key(byte: u8, id: &str) -> NamedKey {
    NamedKey::new(&CustomerKey::new([byte; 32]), Some(id))
}

/// One call; type and info are the original's.
fn a_small_file<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    let original = original(&bucket, 50);
    let copied = bucket.copy("copy", Copy::of(&original.file_id));
    service.said(&copied);
    let copied = copied.expect("copied");
    assert_eq!(copied.sha1, original.whole_sha1());
    assert_eq!(copied.file.file_info, original.file_info);
    assert_eq!(copied.file.content_type, original.content_type);
    check(&bucket, &bytes(50));
}

/// One call for some of the bytes.
fn a_range<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    let original = original(&bucket, 50);
    let copy = Copy { range: Some(10..30), ..Copy::of(&original.file_id) };
    bucket.copy("copy", copy).expect("copied");
    check(&bucket, &bytes(50)[10..30]);
    let empty = bucket.copy("copy", Copy { range: Some(10..10), ..Copy::of(&original.file_id) });
    service.said(&empty);
    assert_eq!(empty.expect_err("no bytes").kind, ErrorKind::InvalidInput);
}

/// The source may be in any bucket of the account.
fn to_another_bucket<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket) = service.bucket();
    let original = original(&bucket, 50);
    let other = CreateBucket::new("another-bucket", BucketType::AllPrivate);
    let other = client.create_bucket(other).expect("created");
    let copied = other.copy("copy", Copy::of(&original.file_id)).expect("copied");
    assert_eq!(copied.file.bucket_id.as_str(), other.id());
    check(&other, &bytes(50));
}

/// Type and info in place of the original's.
fn with_metadata_of_its_own<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    let original = original(&bucket, 50);
    let info = vec![("b2-expires".into(), EXPIRES.into()), ("a".into(), "b".into())];
    let copy = Copy {
        content_type: Some("text/y".into()),
        info: Some(info.clone()),
        ..Copy::of(&original.file_id)
    };
    let copied = bucket.copy("copy", copy).expect("copied").file;
    assert_eq!(copied.content_type.as_deref(), Some("text/y"));
    assert!(copied.file_info.into_iter().eq([info[1].clone(), info[0].clone()]));
}

/// A type without info, or the other way round, would lose something in silence.
fn with_half_of_its_metadata<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    let original = original(&bucket, 50);
    let info = Some(vec![("a".into(), "b".into())]);
    let content_type = Some("text/y".into());
    for copy in [
        Copy { content_type, ..Copy::of(&original.file_id) },
        Copy { info, ..Copy::of(&original.file_id) },
    ] {
        let copied = bucket.copy("copy", copy);
        service.said(&copied);
        assert_eq!(copied.expect_err("half").kind, ErrorKind::InvalidInput);
    }
    assert!(service.of("b2_copy_file").is_empty());
}

/// Retention and legal hold are the copy's own.
fn with_locks<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let client = service.client();
    let locked = CreateBucket::new("locked-bucket", BucketType::AllPrivate).file_lock();
    let bucket = client.create_bucket(locked).expect("created");
    let original = original(&bucket, LEN);
    service.skip();
    let until_ms = original.upload_timestamp_ms + 86_400_000;
    for part_len_max in [None, Some(400)] {
        let retention = FileRetention::governance(until_ms);
        let copy = Copy {
            retention: Some(retention.clone()),
            legal_hold: Some(true),
            part_len_max,
            ..Copy::of(&original.file_id)
        };
        let copied = service.together(|| bucket.copy("copy", copy)).expect("copied").file;
        assert_eq!(copied.file_retention.and_then(|it| it.into_readable()), Some(retention));
        let hold = copied.legal_hold.and_then(|it| it.into_readable()).flatten();
        assert_eq!(hold.expect("a hold").as_str(), "on");
    }
}

/// The parts are copied side by side; type and info go along.
fn in_parts<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    let original = original(&bucket, LEN);
    let range = Some(0..LEN as u64);
    let copy = Copy { range, part_len_max: Some(400), ..Copy::of(&original.file_id) };
    let copied = service.together(|| bucket.copy("copy", copy));
    service.said(&copied);
    let copied = copied.expect("copied").file;
    assert_eq!(copied.content_length, LEN as u64);
    assert_eq!(copied.content_type, original.content_type);
    assert_eq!(copied.file_info.get("camera").map(String::as_str), Some("box"));
    assert_eq!(copied.file_info.get("b2-cache-control").map(String::as_str), Some("no-store"));
    check(&bucket, &bytes(LEN));
}

/// Some of the bytes, in parts.
fn a_range_in_parts<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    let original = original(&bucket, LEN);
    let copy =
        Copy { range: Some(101..1_101), part_len_max: Some(400), ..Copy::of(&original.file_id) };
    service.together(|| bucket.copy("copy", copy)).expect("copied");
    check(&bucket, &bytes(LEN)[101..1_101]);
}

/// The refusal of one call tells the length, and the copy goes on in parts.
fn more_than_one_call_takes<F: Face>(world: &World<'_, F>) {
    let mut setup = Setup::default();
    setup.config.single_len_max = 1_000;
    let service = world.service_with(setup);
    let (_, bucket) = service.bucket();
    let original = original(&bucket, LEN);
    let copy = || Copy { part_len_max: Some(400), ..Copy::of(&original.file_id) };
    service.together(|| bucket.copy("copy", copy())).expect("copied");
    check(&bucket, &bytes(LEN));
    // Who wants longer parts than the service takes is told so.
    let copied = bucket.copy("copy", Copy { part_len_max: None, ..copy() });
    service.said(&copied);
    assert_eq!(copied.expect_err("too long").code.as_str(), "source_too_large");
}

/// Another key with another ID: the info is written anew, and only if that is known.
fn with_another_customer_key<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    let (old, new) = (key(1, "old"), key(2, "new"));
    let encryption = Some(TargetEncryption::from(&old.key));
    let upload = Upload { encryption, ..bytes(50).into() };
    let original = bucket.upload("original", upload).expect("uploaded").file;
    let copy = || Copy {
        source_key: Some(old.clone()),
        encryption: Some(TargetEncryption::Customer(new.clone())),
        ..Copy::of(&original.file_id)
    };
    let copied = bucket.copy("copy", copy());
    service.said(&copied);
    assert_eq!(copied.expect_err("info unknown").kind, ErrorKind::InvalidInput);
    let copied = bucket.copy("copy", Copy { fetch_metadata: true, ..copy() }).expect("copied");
    assert_eq!(copied.file.file_info.get("sse_c_key_id").map(String::as_str), Some("new"));
    let fetch = Fetch { customer_key: Some(new.key.clone()), ..Fetch::default() };
    assert!(bucket.download("copy", fetch).expect("downloaded").bytes == bytes(50));
    // That it is the wrong key for the source is seen as soon as the source is known.
    let wrong = Copy { fetch_metadata: true, source_key: Some(key(3, "old")), ..copy() };
    let copied = bucket.copy("copy", wrong);
    service.said(&copied);
    assert_eq!(copied.expect_err("another key").kind, ErrorKind::InvalidInput);
}

/// Every part is copied with both keys.
fn in_parts_with_customer_keys<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    let (old, new) = (key(1, "same"), key(2, "same"));
    let encryption = Some(TargetEncryption::from(&old.key));
    let upload = Upload { encryption, ..bytes(LEN).into() };
    let original = service.together(|| bucket.upload("original", upload)).expect("uploaded").file;
    let copy = Copy {
        range: Some(0..LEN as u64),
        source_key: Some(old),
        encryption: Some(TargetEncryption::Customer(new.clone())),
        part_len_max: Some(400),
        ..Copy::of(&original.file_id)
    };
    service.together(|| bucket.copy("copy", copy)).expect("copied");
    let fetch = Fetch { customer_key: Some(new.key), ..Fetch::default() };
    assert!(bucket.download("copy", fetch).expect("downloaded").bytes == bytes(LEN));
}

/// A version that is gone.
fn of_nothing_that_is_there<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    let original = original(&bucket, 50);
    let gone = original.file_id.as_str();
    bucket.delete_version("original", gone).expect("deleted");
    for range in [None, Some(0..LEN as u64)] {
        let copy = Copy { range, part_len_max: Some(400), ..Copy::of(&original.file_id) };
        let copied = bucket.copy("copy", copy);
        service.said(&copied);
        assert_eq!(copied.expect_err("gone").kind, ErrorKind::NotFound);
    }
}

/// A range that ends behind the end.
fn behind_the_end<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    let original = original(&bucket, 50);
    let copy = || Copy { range: Some(10..51), ..Copy::of(&original.file_id) };
    // What the source has is looked up, since what tells about all of it is not kept.
    let copied = bucket.copy("copy", copy());
    service.said(&copied);
    assert_eq!(copied.expect_err("outside").kind, ErrorKind::InvalidInput);
    let own = Copy {
        content_type: Some("text/plain".into()),
        info: Some(vec![("a".into(), "b".into())]),
        ..copy()
    };
    let copied = bucket.copy("copy", own);
    service.said(&copied);
    assert_eq!(copied.expect_err("outside").kind, ErrorKind::RangeNotSatisfiable);
}

/// The answer is lost, and the copy is there: it is found and not made again.
fn lost_and_made<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    let original = original(&bucket, 50);
    service.faults([Rule { nth: Some(1), reset: Some(When::After), ..on("b2_copy_file") }]);
    let copied = bucket.copy("copy", Copy::of(&original.file_id));
    service.said(&copied);
    assert!(!copied.expect("it is there").may_be_duplicate);
    assert_eq!(versions(&bucket), 1);
}

/// The connection breaks before the copy is made: it is asked for again. The first one might still
/// come, which the client cannot rule out.
fn lost_and_not_made<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    let original = original(&bucket, 50);
    service.faults([Rule { nth: Some(1), reset: Some(When::Before), ..on("b2_copy_file") }]);
    let copied = bucket.copy("copy", Copy::of(&original.file_id));
    service.said(&copied);
    assert!(copied.expect("copied").may_be_duplicate);
    assert_eq!(versions(&bucket), 1);
}

/// A part whose answer is lost is copied again; it is there once.
fn lost_answers_of_parts<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    let original = original(&bucket, LEN);
    service.faults([Rule { count: Some(2), reset: Some(When::After), ..on("b2_copy_part") }]);
    let copy = Copy {
        range: Some(0..LEN as u64),
        part_len_max: Some(400),
        lanes: Some(1),
        ..Copy::of(&original.file_id)
    };
    bucket.copy("copy", copy).expect("copied");
    check(&bucket, &bytes(LEN));
}

/// The file whose start was not answered is found and gone on with; nothing is left over.
fn a_start_whose_answer_is_lost<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    let original = original(&bucket, LEN);
    let lost = || Rule { nth: Some(1), reset: Some(When::After), ..on("b2_start_large_file") };
    service.faults([lost()]);
    let copy = Copy {
        range: Some(0..LEN as u64),
        part_len_max: Some(400),
        lanes: Some(1),
        ..Copy::of(&original.file_id)
    };
    service.said(&bucket.copy("copy", copy));
    service.faults([lost()]);
    service.said(&bucket.upload("copy", Upload { lanes: Some(1), ..bytes(LEN).into() }));
    assert_eq!(service.statuses("b2_finish_large_file"), [200; 3]);
    assert!(bucket.unfinished().expect("listed").is_empty());
}

/// The unfinished file is cancelled when that was asked for.
fn a_part_fails_for_good_and_nothing_is_left<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    let original = original(&bucket, LEN);
    service.faults([Rule { after: 2, status: Some(500), ..on("b2_copy_part") }]);
    let copy = Copy {
        range: Some(0..LEN as u64),
        part_len_max: Some(400),
        lanes: Some(1),
        leftover: Leftover::Remove,
        ..Copy::of(&original.file_id)
    };
    let copied = bucket.copy("copy", copy);
    service.said(&copied);
    assert_eq!(copied.expect_err("no third part").attempts, 5);
    service.no_faults();
    assert!(bucket.unfinished().expect("listed").is_empty());
}

/// What was copied before is not copied again, and another range of the source is another copy.
fn what_broke_off_goes_on<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket) = service.bucket();
    let original = original(&bucket, LEN);
    let copy = |begin: u64| Copy {
        range: Some(begin..LEN as u64),
        part_len_max: Some(400),
        lanes: Some(1),
        ..Copy::of(&original.file_id)
    };
    service.faults([Rule { after: 2, status: Some(400), ..on("b2_copy_part") }]);
    bucket.copy("copy", copy(0)).expect_err("no third part");
    service.no_faults();
    let other = bucket.copy("copy", copy(1)).expect("copied");
    assert_eq!(other.continued, Continued::Unfit(Mismatch::Info));
    let before = service.of("b2_copy_part").len();
    let copied = bucket.copy("copy", copy(0));
    service.said(&copied);
    let (parts, bytes_done) = (2, 494);
    let continued = Continued::File { parts, bytes: bytes_done };
    let copied = copied.expect("copied");
    assert_eq!(copied.continued, continued);
    assert_eq!(service.of("b2_copy_part").len() - before, 3);
    // It was started first, so the other is the newest of the name.
    let id = copied.file.file_id.as_str();
    let fetched = client.download_by_id(id, Fetch::default()).expect("downloaded");
    assert!(fetched.bytes == bytes(LEN), "other bytes came down");
    assert!(bucket.unfinished().expect("listed").is_empty());
}
