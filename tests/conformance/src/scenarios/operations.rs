//! Every operation of the API through `run`. Uploads, downloads and what they need are in the
//! scenarios of those.

use b2_proto::model::{
    BucketRetention, BucketType, CancelledLargeFile, Capability, DeletedFileVersion, EventType,
    FileRetention, FileVersion, LegalHold, NotificationRule,
};
use b2_proto::op::cancel_large_file::CancelLargeFile;
use b2_proto::op::delete_file_version::DeleteFileVersion;
use b2_proto::op::finish_large_file::FinishLargeFile;
use b2_proto::op::get_file_info::GetFileInfo;
use b2_proto::op::hide_file::HideFile;
use b2_proto::op::list_parts::{ListParts, PartsPage};
use b2_proto::op::list_unfinished_large_files::{ListUnfinishedLargeFiles, UnfinishedPage};
use b2_proto::op::new_file::NewFile;
use b2_proto::op::start_large_file::StartLargeFile;
use b2_proto::op::{
    CopyFile, CopyPart, CreateBucket, CreateKey, DeleteBucket, DeleteKey,
    GetBucketNotificationRules, GetDownloadAuthorization, HeadFileByName, ListBuckets,
    ListFileNames, ListFileVersions, ListKeys, SetBucketNotificationRules, UpdateBucket,
    UpdateFileLegalHold, UpdateFileRetention,
};
use b2_proto::wire::range::ByteRange;
use b2_proto::wire::text::{Sha1, Text};

use crate::face::{Bucket as _, Client as _, Face};
use crate::scenario::{Scenario, list};
use crate::tools::bytes;
use crate::transfer::Fetch;
use crate::world::World;

pub(super) fn all<F: Face>() -> Vec<Scenario<F>> {
    list![
        the_account,
        buckets,
        files,
        copies,
        large_files,
        copied_parts,
        keys,
        download_authorizations,
        notification_rules,
        legal_holds_and_retention,
    ]
}

/// A client logs in once, whoever asks.
fn the_account<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let client = service.client();
    let account = client.authorize().expect("logged in");
    assert_eq!(account.storage_api.api_url, service.handle().url());
    assert!(account.storage_api.allowed.permits(&Capability::WriteFiles));
    client.clone().authorize().expect("logged in");
    client.run(ListBuckets::default()).expect("listed");
    assert_eq!(service.statuses("b2_authorize_account"), [200]);
}

/// Buckets are created, listed, changed and deleted.
fn buckets<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let client = service.client();
    let new = CreateBucket::new("photos-1", BucketType::AllPrivate).info("a", "b");
    let bucket = client.run(new).expect("created");
    let listed = client.run(ListBuckets::default()).expect("listed");
    assert_eq!(listed, core::slice::from_ref(&bucket));
    let change = UpdateBucket::new(bucket.bucket_id.clone()).bucket_type(BucketType::AllPublic);
    let changed = client.run(change.if_revision_is(bucket.revision)).expect("changed");
    assert_eq!(changed.bucket_type, BucketType::AllPublic);
    client.run(DeleteBucket::new(bucket.bucket_id)).expect("deleted");
    assert!(client.run(ListBuckets::default()).expect("listed").is_empty());
}

/// Versions are listed, looked at, hidden and deleted.
fn files<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket) = service.bucket();
    let file = bucket.upload("a", b"abc".into()).expect("uploaded").file;
    let id = file.file_id.as_str().to_owned();
    let info: FileVersion = client.run(GetFileInfo::new(id.clone())).expect("there");
    assert_eq!(info.file_name, "a");
    let head = client.run(HeadFileByName::new("photos-1", "a")).expect("there");
    assert_eq!((head.file_id.as_str(), head.content_length), (id.as_str(), 3));
    let hide = HideFile::new(bucket.id(), "a".to_owned());
    let hidden: FileVersion = client.run(hide).expect("hidden");
    let names = client.run(ListFileNames::new(bucket.id())).expect("listed");
    assert!(names.files.is_empty());
    let versions = client.run(ListFileVersions::new(bucket.id())).expect("listed");
    assert_eq!(versions.files.len(), 2);
    for id in [id, hidden.file_id.as_str().to_owned()] {
        let delete = DeleteFileVersion::new(id, "a".to_owned());
        let _: DeletedFileVersion = client.run(delete).expect("deleted");
    }
    let versions = client.run(ListFileVersions::new(bucket.id())).expect("listed");
    assert!(versions.files.is_empty());
}

/// A file is copied, whole and in part, within the service.
fn copies<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket) = service.bucket();
    let file = bucket.upload("a", bytes(150).into()).expect("uploaded").file;
    let copy = CopyFile::new(file.file_id.clone(), "b");
    assert_eq!(client.run(copy).expect("copied").content_length, 150);
    let range = ByteRange::of(10, 20).expect("bytes");
    let copy = CopyFile::new(file.file_id, "c").range(range);
    assert_eq!(client.run(copy).expect("copied").content_length, 20);
    assert_eq!(bucket.download("c", Fetch::default()).expect("got").bytes, bytes(150)[10..30]);
}

/// A large file is started, listed and cancelled.
fn large_files<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket) = service.bucket();
    let start = StartLargeFile::new(NewFile::new(bucket.id(), "large"));
    let started: FileVersion = client.run(start).expect("started");
    let id = started.file_id.as_str().to_owned();
    let list = ListUnfinishedLargeFiles::<String, UnfinishedPage>::new(bucket.id());
    let unfinished: UnfinishedPage = client.run(list).expect("listed");
    assert_eq!(unfinished.files.len(), 1);
    let parts: PartsPage = client.run(ListParts::new(id.clone())).expect("listed");
    assert!(parts.parts.is_empty());
    let cancelled: Option<CancelledLargeFile> =
        client.run(CancelLargeFile::new(id)).expect("cancelled");
    assert_eq!(cancelled.expect("answered").file_name, "large");
}

/// A large file is made of copied parts alone.
fn copied_parts<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket) = service.bucket();
    let data = bytes(150);
    let file = bucket.upload("a", data.clone().into()).expect("uploaded").file;
    let start = StartLargeFile::new(NewFile::new(bucket.id(), "large"));
    let started: FileVersion = client.run(start).expect("started");
    for number in 1..=2 {
        let copy = CopyPart::new(file.file_id.clone(), started.file_id.clone(), number);
        assert_eq!(client.run(copy).expect("copied").content_length, 150);
    }
    let parts: PartsPage =
        client.run(ListParts::new(started.file_id.as_str().to_owned())).expect("listed");
    assert_eq!(parts.parts.len(), 2);
    let digests = [Some(Sha1::of(&data)); 2];
    let finish = FinishLargeFile::new(Text::truncated(started.file_id.as_str()), digests);
    let finished: FileVersion = client.run(finish).expect("finished");
    assert_eq!(finished.content_length, 300);
}

/// Keys are created, listed and deleted.
fn keys<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let client = service.client();
    let new = CreateKey::new("reader", [Capability::ReadFiles]).valid_for_seconds(600);
    let created = client.run(new).expect("created");
    let listed = client.run(ListKeys::new()).expect("listed");
    assert_eq!(listed.keys.len(), 1);
    let deleted = client.run(DeleteKey::new(created.key.application_key_id)).expect("deleted");
    assert_eq!(deleted.expect("answered").key_name, "reader");
}

/// A token for downloads is given, and works.
fn download_authorizations<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket) = service.bucket();
    bucket.upload("a/b", b"abc".into()).expect("uploaded");
    let ask = GetDownloadAuthorization::new(bucket.id(), "a/", 60);
    let given = client.run(ask).expect("given");
    let fetch = Fetch { token: Some(given.authorization_token), ..Fetch::default() };
    assert_eq!(bucket.download("a/b", fetch).expect("downloaded").bytes, b"abc");
}

/// Notification rules are set and read.
fn notification_rules<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket) = service.bucket();
    let rule = NotificationRule::new(
        "my-rule",
        [EventType::ObjectCreatedUpload],
        "https://hooks.example/",
    );
    let set = SetBucketNotificationRules::new(bucket.id(), [rule]);
    client.run(set).expect("set");
    let rules = client.run(GetBucketNotificationRules::new(bucket.id())).expect("read");
    assert_eq!(rules.event_notification_rules.len(), 1);
}

/// A file is protected from deletion and released again.
fn legal_holds_and_retention<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let client = service.client();
    let new = CreateBucket::new("locked-1", BucketType::AllPrivate).file_lock();
    let bucket = client.create_bucket(new).expect("created");
    let change = UpdateBucket::new(bucket.id()).default_retention(BucketRetention::NONE);
    client.run(change).expect("changed");
    let file = bucket.upload("a", b"abc".into()).expect("uploaded").file;
    let id = || file.file_id.clone();
    client.run(UpdateFileLegalHold::new("a", id(), LegalHold::On)).expect("held");
    let until_ms = u64::MAX >> 12;
    let retention = FileRetention::governance(until_ms - until_ms % 1_000);
    client.run(UpdateFileRetention::new("a", id(), retention)).expect("retained");
    let deleted = bucket.delete_version("a", file.file_id.as_str());
    service.said(&deleted);
    deleted.expect_err("protected");
    client.run(UpdateFileLegalHold::new("a", id(), LegalHold::Off)).expect("released");
    let release = UpdateFileRetention::new("a", id(), FileRetention::NONE).bypass_governance();
    client.run(release).expect("released");
    bucket.delete_version("a", file.file_id.as_str()).expect("deleted");
}
