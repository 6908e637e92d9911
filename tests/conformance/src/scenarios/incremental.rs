//! Uploads of files that have grown since the last one.

use b2_proto::machine::copy::TargetEncryption;
use b2_proto::machine::upload::{Continued, Reason, Reused};
use b2_proto::model::{Capability, CustomerKey};
use b2_proto::op::CreateKey;
use b2_proto::wire::text::Sha1;
use b2_sim::fault::Rule;

use crate::face::{Bucket as _, Client as _, Face, Uploaded};
use crate::scenario::{Scenario, list};
use crate::tools::{bytes, on};
use crate::transfer::{Fetch, Upload};
use crate::world::{Bucket, Service, World};

pub(super) fn all<F: Face>() -> Vec<Scenario<F>> {
    list![
        a_file_that_has_grown,
        a_small_file_that_has_grown,
        a_file_that_has_not_changed,
        one_that_has_changed_at_its_start,
        one_that_has_become_shorter,
        one_that_is_new,
        with_the_same_customer_key,
        without_the_customer_key,
        a_key_that_may_not_read,
        what_broke_off_goes_on,
    ]
}

/// Five parts of 200 bytes.
const LEN: usize = 1_000;

fn upload(data: &[u8]) -> Upload {
    Upload { lanes: Some(1), ..data.into() }
}

fn grown(data: &[u8]) -> Upload {
    Upload { incremental: true, ..upload(data) }
}

/// A bucket with one version of the file, and what was said to the service is skipped.
fn with_version<'a, F: Face>(
    world: &'a World<'_, F>,
    version: Upload,
) -> (Service<'a, F>, F::Client, Bucket<F>) {
    let service = world.service();
    let (client, bucket) = service.bucket();
    bucket.upload("log", version).expect("uploaded");
    service.skip();
    (service, client, bucket)
}

/// Uploads, and checks what is there then.
fn goes_up<F: Face>(
    service: &Service<'_, F>,
    bucket: &Bucket<F>,
    data: &[u8],
    upload: Upload,
) -> Uploaded {
    let uploaded = bucket.upload("log", upload);
    service.said(&uploaded);
    let uploaded = uploaded.expect("uploaded");
    assert_eq!((uploaded.sha1, uploaded.continued), (Some(Sha1::of(data)), Continued::Nothing));
    let fetched = bucket.download("log", Fetch::default()).expect("downloaded");
    assert!(fetched.bytes == data, "other bytes came down");
    uploaded
}

fn sent<F: Face>(service: &Service<'_, F>) -> [usize; 2] {
    ["b2_copy_part", "b2_upload_part"].map(|operation| service.of(operation).len())
}

/// Only what is new is sent; the rest is one copied part.
fn a_file_that_has_grown<F: Face>(world: &World<'_, F>) {
    let data = bytes(LEN + 500);
    let (service, _, bucket) = with_version(world, upload(&data[..LEN]));
    let before = sent(&service);
    let uploaded = goes_up(&service, &bucket, &data, grown(&data));
    assert_eq!(uploaded.reused, Reused::Version { bytes: LEN as u64 });
    let [copies, parts] = sent(&service);
    assert_eq!([copies - before[0], parts - before[1]], [1, 2]);
}

/// A version that went up in one request does as well.
fn a_small_file_that_has_grown<F: Face>(world: &World<'_, F>) {
    let data = bytes(151);
    let (service, _, bucket) = with_version(world, upload(&data[..150]));
    let uploaded = goes_up(&service, &bucket, &data, grown(&data));
    assert_eq!(uploaded.reused, Reused::Version { bytes: 150 });
}

/// Nothing is sent for a file that is the same; it is a copy of its version.
fn a_file_that_has_not_changed<F: Face>(world: &World<'_, F>) {
    let data = bytes(LEN);
    let (service, _, bucket) = with_version(world, upload(&data));
    let info = vec![("colour".to_owned(), "blue".to_owned())];
    let uploaded = bucket.upload("log", Upload { info, ..grown(&data) });
    service.said(&uploaded);
    let uploaded = uploaded.expect("copied");
    assert_eq!(uploaded.reused, Reused::Version { bytes: LEN as u64 });
    assert_eq!(uploaded.sha1, Some(Sha1::of(&data)));
    assert_eq!(uploaded.file.file_info.get("colour").map(String::as_str), Some("blue"));
    assert_eq!(uploaded.file.whole_sha1(), Some(Sha1::of(&data)));
    assert_eq!(sent(&service)[0], 0);
}

fn all_is_sent<F: Face>(world: &World<'_, F>, data: &[u8], reason: Reason) {
    let (service, _, bucket) = with_version(world, upload(&bytes(LEN)));
    let uploaded = goes_up(&service, &bucket, data, grown(data));
    assert_eq!(uploaded.reused, Reused::Nothing(reason));
    assert_eq!(sent(&service)[0], 0);
}

/// Another beginning means another file, which is not read twice.
fn one_that_has_changed_at_its_start<F: Face>(world: &World<'_, F>) {
    let mut data = bytes(LEN + 500);
    data[5] ^= 1;
    all_is_sent(world, &data, Reason::Changed);
}

/// So does a shorter one.
fn one_that_has_become_shorter<F: Face>(world: &World<'_, F>) {
    all_is_sent(world, &bytes(LEN - 1), Reason::Shrunk);
}

/// A name that begins with the file's is another.
fn one_that_is_new<F: Face>(world: &World<'_, F>) {
    let data = bytes(LEN);
    let service = world.service();
    let (_, bucket) = service.bucket();
    bucket.upload("log.1", upload(&data)).expect("uploaded");
    bucket.upload("log", upload(&data)).expect("uploaded");
    bucket.hide("log").expect("hidden");
    service.skip();
    let uploaded = goes_up(&service, &bucket, &data, grown(&data));
    assert_eq!(uploaded.reused, Reused::Nothing(Reason::NoVersion));
}

fn encrypted(upload: Upload) -> Upload {
    let key = TargetEncryption::from(CustomerKey::new([7; 32]));
    Upload { encryption: Some(key), ..upload }
}

/// With the key that it is encrypted with, the version can be copied.
fn with_the_same_customer_key<F: Face>(world: &World<'_, F>) {
    let data = bytes(LEN + 500);
    let (service, _, bucket) = with_version(world, encrypted(upload(&data[..LEN])));
    let uploaded = bucket.upload("log", encrypted(grown(&data)));
    service.said(&uploaded);
    let uploaded = uploaded.expect("uploaded");
    assert_eq!(uploaded.reused, Reused::Version { bytes: LEN as u64 });
    let customer_key = Some(CustomerKey::new([7; 32]));
    let fetched = bucket.download("log", Fetch { customer_key, ..Fetch::default() });
    assert!(fetched.expect("downloaded").bytes == data, "other bytes came down");
}

/// Without it all is sent.
fn without_the_customer_key<F: Face>(world: &World<'_, F>) {
    let data = bytes(LEN + 500);
    let (service, _, bucket) = with_version(world, encrypted(upload(&data[..LEN])));
    let uploaded = goes_up(&service, &bucket, &data, grown(&data));
    assert_eq!(uploaded.reused, Reused::Nothing(Reason::NoCustomerKey));
}

/// A key that may not read cannot copy: all is sent, and that is said.
fn a_key_that_may_not_read<F: Face>(world: &World<'_, F>) {
    let data = bytes(LEN + 500);
    let (service, client, _) = with_version(world, upload(&data[..LEN]));
    let rights = [Capability::ListBuckets, Capability::ListFiles, Capability::WriteFiles];
    let key = client.create_key(CreateKey::new("writer", rights)).expect("created");
    service.skip();
    let mut settings = service.settings();
    settings.key_id = key.key.application_key_id.to_string();
    settings.key = key.application_key.expose().to_owned();
    let bucket = service.client_with(settings).bucket("photos-1").expect("found");
    let uploaded = bucket.upload("log", grown(&data));
    service.said(&uploaded);
    assert_eq!(uploaded.expect("uploaded").reused, Reused::NotAllowed);
}

/// An upload that broke off is continued with its copied parts.
fn what_broke_off_goes_on<F: Face>(world: &World<'_, F>) {
    let data = bytes(LEN + 500);
    let (service, _, bucket) = with_version(world, upload(&data[..LEN]));
    service.faults([Rule { after: 1, status: Some(400), ..on("b2_upload_part") }]);
    bucket.upload("log", grown(&data)).expect_err("broken off");
    service.no_faults();
    let before = sent(&service);
    let uploaded = bucket.upload("log", grown(&data));
    service.said(&uploaded);
    let uploaded = uploaded.expect("uploaded");
    assert_eq!(uploaded.continued, Continued::File { parts: 2, bytes: LEN as u64 + 200 });
    let [copies, parts] = sent(&service);
    assert_eq!([copies - before[0], parts - before[1]], [0, 1]);
}
