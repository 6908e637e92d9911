//! Uploads that go on where another broke off.

use b2_proto::error::ErrorKind;
use b2_proto::machine::download::Verified;
use b2_proto::machine::leftovers::{Fate, LeftoverOptions};
use b2_proto::machine::resume::Mismatch;
use b2_proto::machine::upload::Continued;
use b2_proto::model::{BucketRetention, BucketType, Capability, FileRetention, RetentionPeriod};
use b2_proto::op::{CreateBucket, CreateKey, UpdateBucket};
use b2_sim::fault::Rule;

use crate::face::{Bucket as _, Client as _, Face};
use crate::scenario::{Scenario, list};
use crate::tools::{bytes, on};
use crate::transfer::{Fetch, Source, Upload};
use crate::world::{Bucket, Service, World};

pub(super) fn all<F: Face>() -> Vec<Scenario<F>> {
    list![
        another_client_goes_on,
        a_file_goes_on,
        in_one_pass,
        by_its_id,
        an_id_that_is_not_there,
        an_id_of_other_content,
        other_content_begins_anew,
        other_info_begins_anew,
        not_when_it_is_not_wanted,
        a_key_that_may_not_list_files,
        with_the_lock_of_the_bucket,
        the_one_with_most_parts,
        what_is_read_once_begins_anew,
        what_unfinished_files_hold,
        old_unfinished_files_are_cancelled,
    ]
}

/// Six parts of 200 bytes or little more.
const LEN: usize = 1_234;

fn upload(source: impl Into<Source>) -> Upload {
    Upload { lanes: Some(1), ..source.into().into() }
}

/// The bucket of a client that has not been there before.
fn another<F: Face>(service: &Service<'_, F>) -> (F::Client, Bucket<F>) {
    let client = service.client();
    let bucket = client.bucket("photos-1").expect("found");
    service.skip();
    (client, bucket)
}

/// A service with a bucket.
fn begun<'a, F: Face>(world: &'a World<'_, F>) -> Service<'a, F> {
    let service = world.service();
    service.bucket();
    service
}

/// An upload that breaks off after so many parts.
fn break_off<F: Face>(service: &Service<'_, F>, parts: u64, upload: Upload) -> String {
    let (_, bucket) = another(service);
    let before = bucket.unfinished().expect("listed").len();
    service.faults([Rule { after: parts, status: Some(400), ..on("b2_upload_part") }]);
    bucket.upload("large", upload).expect_err("broken off");
    service.no_faults();
    let unfinished = bucket.unfinished().expect("listed");
    assert_eq!(unfinished.len(), before + 1);
    service.skip();
    unfinished.last().expect("the latest").file_id.to_string()
}

/// Uploads as another client, and counts the parts that were sent.
fn go_on<F: Face>(service: &Service<'_, F>, upload: Upload) -> (Continued, usize) {
    let (_, bucket) = another(service);
    let before = service.of("b2_upload_part").len();
    let uploaded = bucket.upload("large", upload);
    service.said(&uploaded);
    (uploaded.expect("uploaded").continued, service.of("b2_upload_part").len() - before)
}

fn check_whole<F: Face>(service: &Service<'_, F>) -> Verified {
    let (_, bucket) = another(service);
    let fetched = bucket.download("large", Fetch::default()).expect("downloaded");
    assert!(fetched.bytes == bytes(LEN), "other bytes came down");
    assert!(bucket.unfinished().expect("listed").is_empty());
    service.skip();
    fetched.downloaded.verified
}

/// What another client has sent is not sent again.
fn another_client_goes_on<F: Face>(world: &World<'_, F>) {
    let service = begun(world);
    break_off(&service, 4, upload(bytes(LEN)));
    let (continued, sent) = go_on(&service, upload(bytes(LEN)));
    assert_eq!((continued, sent), (Continued::File { parts: 4, bytes: 800 }, 2));
    assert_eq!(check_whole(&service), Verified::PartSha1s);
}

/// A file whose time is kept with it does the same.
fn a_file_goes_on<F: Face>(world: &World<'_, F>) {
    let service = begun(world);
    let path = world.file("large", &bytes(LEN));
    break_off(&service, 1, upload(path.clone()));
    let (continued, sent) = go_on(&service, upload(path));
    assert_eq!((continued, sent), (Continued::File { parts: 1, bytes: 200 }, 5));
    check_whole(&service);
}

/// Without reading the source before, only the parts that are there are read to be compared.
fn in_one_pass<F: Face>(world: &World<'_, F>) {
    let service = begun(world);
    let one_pass = || Upload { one_pass: true, ..upload(bytes(LEN)) };
    break_off(&service, 2, one_pass());
    let (continued, sent) = go_on(&service, one_pass());
    assert_eq!((continued, sent), (Continued::File { parts: 2, bytes: 400 }, 4));
    assert_eq!(check_whole(&service), Verified::Unverified);
}

/// The file can be named.
fn by_its_id<F: Face>(world: &World<'_, F>) {
    let service = begun(world);
    let id = break_off(&service, 3, upload(bytes(LEN)));
    let named = Upload { continue_from: Some(id), ..upload(bytes(LEN)) };
    let (continued, sent) = go_on(&service, named);
    assert_eq!((continued, sent), (Continued::File { parts: 3, bytes: 600 }, 3));
    check_whole(&service);
}

/// In a bucket that locks its files by default: what it has locked so is found, and what somebody
/// has locked in another way is not.
fn with_the_lock_of_the_bucket<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let client = service.client();
    let new = CreateBucket::new("photos-1", BucketType::AllPrivate).file_lock();
    let mut bucket = client.create_bucket(new).expect("created");
    let mut change = UpdateBucket::new(bucket.id());
    change.default_retention = Some(BucketRetention::governance(RetentionPeriod::days(7)));
    bucket.update(change).expect("changed");
    service.skip();
    let retention = Some(FileRetention::governance(4_102_444_800_000));
    let other = break_off(&service, 5, Upload { retention, ..upload(bytes(LEN)) });
    break_off(&service, 4, upload(bytes(LEN)));
    let (continued, sent) = go_on(&service, upload(bytes(LEN)));
    assert_eq!((continued, sent), (Continued::File { parts: 4, bytes: 800 }, 2));
    let left = bucket.unfinished().expect("listed");
    assert_eq!(left.iter().map(|file| file.file_id.as_str()).collect::<Vec<_>>(), [&other]);
}

fn refused<F: Face>(service: &Service<'_, F>, id: String, data: Vec<u8>) -> ErrorKind {
    let (_, bucket) = another(service);
    let named = Upload { continue_from: Some(id), ..upload(data) };
    let uploaded = bucket.upload("large", named);
    service.said(&uploaded);
    assert!(
        service.statuses("b2_upload_part").iter().all(|status| *status == 200 || *status == 400)
    );
    assert_eq!(service.statuses("b2_start_large_file"), [200], "none but the first");
    uploaded.expect_err("refused").kind
}

/// A file that is not there is an error.
fn an_id_that_is_not_there<F: Face>(world: &World<'_, F>) {
    let service = begun(world);
    let id = break_off(&service, 3, upload(bytes(LEN)));
    let (client, _) = another(&service);
    client.cancel_large_file(&id).expect("cancelled");
    assert_eq!(refused(&service, id, bytes(LEN)), ErrorKind::NotFound);
}

/// A file with parts of something else is an error.
fn an_id_of_other_content<F: Face>(world: &World<'_, F>) {
    let service = begun(world);
    let id = break_off(&service, 3, Upload { one_pass: true, ..upload(bytes(LEN)) });
    let mut other = bytes(LEN);
    other[450] ^= 1;
    assert_eq!(refused(&service, id, other), ErrorKind::InvalidInput);
}

/// Other bytes under the same name are another upload, which leaves the unfinished file alone.
fn other_content_begins_anew<F: Face>(world: &World<'_, F>) {
    let service = begun(world);
    let mut other = bytes(LEN);
    other[450] ^= 1;
    break_off(&service, 3, Upload { one_pass: true, ..upload(other) });
    let gone_on = go_on(&service, upload(bytes(LEN)));
    assert!(matches!(gone_on, (Continued::Unfit(Mismatch::Part(_)), 6)), "{gone_on:?}");
    let (_, bucket) = another(&service);
    assert_eq!(bucket.unfinished().expect("listed").len(), 1);
}

/// So is one with other file info.
fn other_info_begins_anew<F: Face>(world: &World<'_, F>) {
    let service = begun(world);
    break_off(&service, 3, upload(bytes(LEN)));
    let info = vec![("colour".to_owned(), "blue".to_owned())];
    let other = Upload { info, ..upload(bytes(LEN)) };
    assert_eq!(go_on(&service, other), (Continued::Unfit(Mismatch::Info), 6));
}

/// Nothing is looked for when that is not wanted.
fn not_when_it_is_not_wanted<F: Face>(world: &World<'_, F>) {
    let service = begun(world);
    break_off(&service, 3, upload(bytes(LEN)));
    let lists = service.of("b2_list_unfinished_large_files").len();
    let new = Upload { no_continue: true, ..upload(bytes(LEN)) };
    assert_eq!(go_on(&service, new), (Continued::NotTried, 6));
    assert_eq!(service.of("b2_list_unfinished_large_files").len(), lists);
}

/// Nor when the key does not allow it: that is said, and is no failure.
fn a_key_that_may_not_list_files<F: Face>(world: &World<'_, F>) {
    let service = begun(world);
    let (client, _) = another(&service);
    break_off(&service, 3, upload(bytes(LEN)));
    let rights = [Capability::ListBuckets, Capability::WriteFiles];
    let key = client.create_key(CreateKey::new("writer", rights)).expect("created");
    service.skip();
    let mut settings = service.settings();
    settings.key_id = key.key.application_key_id.to_string();
    settings.key = key.application_key.expose().to_owned();
    let writer = service.client_with(settings);
    let bucket = writer.bucket("photos-1").expect("found");
    let uploaded = bucket.upload("large", upload(bytes(LEN)));
    service.said(&uploaded);
    assert_eq!(uploaded.expect("uploaded").continued, Continued::NotAllowed);
}

/// Of several the one with most parts is continued.
fn the_one_with_most_parts<F: Face>(world: &World<'_, F>) {
    let service = begun(world);
    for parts in [1, 3, 2] {
        break_off(&service, parts, Upload { no_continue: true, ..upload(bytes(LEN)) });
    }
    let (continued, sent) = go_on(&service, upload(bytes(LEN)));
    assert_eq!((continued, sent), (Continued::File { parts: 3, bytes: 600 }, 3));
}

/// A source that is read once has nothing to compare parts with before it is sent.
fn what_is_read_once_begins_anew<F: Face>(world: &World<'_, F>) {
    let service = begun(world);
    let reader = || {
        let source = std::io::Cursor::new(bytes(LEN));
        upload(Source::Reader(Box::new(source), LEN as u64))
    };
    break_off(&service, 3, reader());
    assert_eq!(go_on(&service, reader()).0, Continued::NotTried);
}

/// Unfinished files are told with the parts and bytes the service keeps of them.
fn what_unfinished_files_hold<F: Face>(world: &World<'_, F>) {
    let service = begun(world);
    for parts in [0, 3] {
        break_off(&service, parts, Upload { no_continue: true, ..upload(bytes(LEN)) });
    }
    let (_, bucket) = another(&service);
    let held = bucket.leftovers(LeftoverOptions::default()).expect("listed");
    let held: Vec<_> = held.files.iter().map(|file| (file.parts, file.bytes)).collect();
    assert_eq!(held, [(0, 0), (3, 600)]);
    assert_eq!(bucket.unfinished().expect("listed").len(), 2);
}

/// Those that are older than wanted are cancelled, and no others.
fn old_unfinished_files_are_cancelled<F: Face>(world: &World<'_, F>) {
    let service = begun(world);
    break_off(&service, 1, upload(bytes(LEN)));
    let (_, bucket) = another(&service);
    let started_ms = bucket.unfinished().expect("listed")[0].upload_timestamp_ms;
    let older_than = |ms| LeftoverOptions { started_before_ms: Some(ms), cancels: true };
    assert!(bucket.leftovers(older_than(started_ms)).expect("listed").files.is_empty());
    assert_eq!(bucket.unfinished().expect("listed").len(), 1);
    let cleaned = bucket.leftovers(older_than(started_ms + 1)).expect("cancelled");
    assert_eq!(cleaned.files.len(), 1);
    assert_eq!(cleaned.files[0].fate, Fate::Cancelled);
    assert!(bucket.unfinished().expect("listed").is_empty());
}
