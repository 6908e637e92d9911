//! Uploads by blocks: of files that changed anywhere.

use b2_proto::machine::copy::TargetEncryption;
use b2_proto::machine::upload::{Reason, Reused};
use b2_proto::model::{CustomerKey, ListEntry};
use b2_proto::plan::blocks::{CONTENT_TYPE, Matched, Matcher};
use b2_proto::wire::text::Sha1;
use b2_sim::fault::Rule;

use crate::face::{Bucket as _, Face, Uploaded};
use crate::scenario::{Scenario, list};
use crate::tools::{noise, on};
use crate::transfer::{Fetch, Upload};
use crate::world::{Bucket, Service, World};

pub(super) fn all<F: Face>() -> Vec<Scenario<F>> {
    list![
        a_byte_at_the_front,
        a_change_in_the_middle,
        a_file_that_is_the_same,
        a_version_without_a_manifest,
        a_manifest_of_another_version,
        a_file_of_the_manifests_name,
        with_a_customer_key,
        a_manifest_that_is_wrong,
        a_manifest_that_cannot_be_stored,
    ]
}

const NAME: &str = "disk";
const MANIFEST: &str = "disk.b2blocks";
const LEN: usize = 6_000;

fn by_blocks(data: &[u8]) -> Upload {
    Upload { by_blocks: true, lanes: Some(1), ..data.into() }
}

/// Uploads, and checks what is there then.
fn goes_up<F: Face>(service: &Service<'_, F>, bucket: &Bucket<F>, data: &[u8]) -> Uploaded {
    let uploaded = bucket.upload(NAME, by_blocks(data));
    service.said(&uploaded);
    let uploaded = uploaded.expect("uploaded");
    assert_eq!(uploaded.sha1, Some(Sha1::of(data)));
    assert_eq!(uploaded.file.whole_sha1(), Some(Sha1::of(data)));
    let fetched = bucket.download(NAME, Fetch::default()).expect("downloaded");
    service.skip();
    assert!(fetched.bytes == data, "other bytes came down");
    uploaded
}

fn copied(uploaded: &Uploaded) -> u64 {
    let Reused::Blocks { bytes } = uploaded.reused else { panic!("{:?}", uploaded.reused) };
    bytes
}

/// A bucket with a version that has a manifest.
fn with_manifest<'a, F: Face>(world: &'a World<'_, F>) -> (Service<'a, F>, Bucket<F>, Vec<u8>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    let data = noise(LEN, 1);
    let uploaded = bucket.upload(NAME, by_blocks(&data)).expect("uploaded");
    assert_eq!(uploaded.reused, Reused::Nothing(Reason::NoVersion));
    service.skip();
    (service, bucket, data)
}

/// Whatever has the manifest's name, also old versions.
fn manifests<F: Face>(bucket: &Bucket<F>) -> Vec<ListEntry> {
    let mut list = b2_proto::op::ListFileVersions::new(bucket.id());
    list.prefix = Some(MANIFEST.to_owned());
    bucket.list_versions(list, 10).expect("listed")
}

/// All blocks have moved, and all but the first are found.
fn a_byte_at_the_front<F: Face>(world: &World<'_, F>) {
    let (service, bucket, mut data) = with_manifest(world);
    data.insert(0, 7);
    assert!(copied(&goes_up(&service, &bucket, &data)) > 5_000);
    assert_eq!(manifests::<F>(&bucket).len(), 1, "the new manifest has replaced the old one");
    // The new manifest is as good as the old one was.
    data.drain(3_000..3_100);
    assert!(copied(&goes_up(&service, &bucket, &data)) > 4_500);
}

fn a_change_in_the_middle<F: Face>(world: &World<'_, F>) {
    let (service, bucket, mut data) = with_manifest(world);
    data[3_000..3_050].copy_from_slice(&noise(50, 2));
    assert!(copied(&goes_up(&service, &bucket, &data)) > 5_000);
}

/// One copy, with the new metadata.
fn a_file_that_is_the_same<F: Face>(world: &World<'_, F>) {
    let (service, bucket, data) = with_manifest(world);
    assert_eq!(copied(&goes_up(&service, &bucket, &data)), LEN as u64);
    assert_eq!(service.of("b2_copy_file").len(), 1);
}

/// Then its beginning is compared; the next time there is one.
fn a_version_without_a_manifest<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    let mut data = noise(LEN, 1);
    let plain = Upload { by_blocks: false, ..by_blocks(&data) };
    bucket.upload(NAME, plain).expect("uploaded");
    service.skip();
    data.extend(noise(500, 2));
    let uploaded = goes_up(&service, &bucket, &data);
    assert_eq!(uploaded.reused, Reused::Version { bytes: LEN as u64 });
    data.insert(0, 7);
    assert!(copied(&goes_up(&service, &bucket, &data)) > 5_000);
}

/// Another program has uploaded the file meanwhile, with other bytes.
fn a_manifest_of_another_version<F: Face>(world: &World<'_, F>) {
    let (service, bucket, data) = with_manifest(world);
    let other = noise(LEN, 3);
    bucket.upload(NAME, Upload { by_blocks: false, ..by_blocks(&other) }).expect("uploaded");
    service.skip();
    let uploaded = goes_up(&service, &bucket, &data);
    assert_eq!(uploaded.reused, Reused::Nothing(Reason::Changed));
}

/// It is somebody's own: neither read nor replaced.
fn a_file_of_the_manifests_name<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    bucket.upload(MANIFEST, b"mine".as_slice().into()).expect("uploaded");
    service.skip();
    goes_up(&service, &bucket, &noise(LEN, 1));
    assert_eq!(manifests::<F>(&bucket).len(), 1);
    let fetched = bucket.download(MANIFEST, Fetch::default()).expect("downloaded");
    assert_eq!(fetched.bytes, b"mine");
}

/// The manifest is encrypted with the file's key, and found by it.
fn with_a_customer_key<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    let key = || CustomerKey::new([7; 32]);
    let mut data = noise(LEN, 1);
    let upload =
        |data: &[u8]| Upload { encryption: Some(TargetEncryption::from(key())), ..by_blocks(data) };
    bucket.upload(NAME, upload(&data)).expect("uploaded");
    service.skip();
    data.insert(0, 7);
    let uploaded = bucket.upload(NAME, upload(&data));
    service.said(&uploaded);
    assert!(copied(&uploaded.expect("uploaded")) > 5_000);
    let fetch = || Fetch { customer_key: Some(key()), ..Fetch::default() };
    assert!(bucket.download(NAME, fetch()).expect("downloaded").bytes == data);
    let without = bucket.download(MANIFEST, Fetch::default());
    assert!(without.is_err(), "it is not for everybody");
    assert!(bucket.download(MANIFEST, fetch()).is_ok());
}

/// A manifest says the version has these bytes, and it has not: they are sent.
fn a_manifest_that_is_wrong<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    let (old, other) = (noise(LEN, 1), noise(LEN, 2));
    let stored = bucket.upload(NAME, Upload { by_blocks: false, ..by_blocks(&old) });
    let stored = stored.expect("uploaded").file;
    let draft = read(&other).draft.expect("few blocks");
    let forged = draft.finish(stored.file_id.as_str(), Sha1::of(&old)).expect("an ID");
    let content_type = Some(CONTENT_TYPE.to_owned());
    let upload = Upload { content_type, ..forged.as_slice().into() };
    bucket.upload(MANIFEST, upload).expect("uploaded");
    service.skip();
    let local = [&[7][..], &other].concat();
    let uploaded = goes_up(&service, &bucket, &local);
    assert_eq!(uploaded.reused, Reused::Nothing(Reason::Changed));
    assert!(bucket.unfinished().expect("listed").is_empty(), "nothing is left of the attempt");
    // The new manifest is right.
    assert!(copied(&goes_up(&service, &bucket, &other)) > 5_000);
    service.skip();
}

fn read(data: &[u8]) -> Matched {
    let mut matcher = Matcher::new(data.len() as u64, 100, None);
    matcher.update(data);
    matcher.finish()
}

/// The upload has succeeded for all that.
fn a_manifest_that_cannot_be_stored<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    let data = noise(LEN, 1);
    // Parts are so short here that the manifest has several, too.
    service.faults([Rule { after: 1, status: Some(400), ..on("b2_start_large_file") }]);
    goes_up(&service, &bucket, &data);
    assert_eq!(manifests::<F>(&bucket), []);
}
