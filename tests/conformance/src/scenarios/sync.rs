//! Folders and buckets brought into step.

use b2_local::sync::{Ending, Place};
use b2_proto::error::ErrorKind;
use b2_proto::model::{BucketType, ListEntry};
use b2_proto::op::{CreateBucket, ListFileNames, ListFileVersions};
use b2_proto::plan::sync::{AgeBy, DeleteLimit, Keep, Newer, Options, Renames};
use b2_sim::fault::Rule;
use core::time::Duration;
use std::fs::{self, File};
use std::path::Path;
use std::time::SystemTime;

use crate::face::{Bucket as _, Client as _, Face};
use crate::in_step::{InStep, Synced};
use crate::scenario::{Scenario, list};
use crate::settings::Settings;
use crate::tools::{bytes, noise, on};
use crate::transfer::Fetch;
use crate::world::{Bucket, Service, World};

mod choosing;
mod ending;
mod sides;
mod storing;

pub(super) fn all<F: Face>() -> Vec<Scenario<F>> {
    [own(), choosing::all(), sides::all(), storing::all(), ending::all()]
        .into_iter()
        .flatten()
        .collect()
}

fn own<F: Face>() -> Vec<Scenario<F>> {
    list![
        up_and_again,
        down_and_again,
        from_bucket_to_bucket,
        old_versions_go_after_their_successor,
        a_failure_keeps_old_versions,
        days_are_kept,
        days_count_by_the_services_clock,
        too_many_deletes,
        a_renamed_file_is_copied,
        a_file_that_has_grown,
        a_file_that_has_changed_anywhere,
        names_that_lead_elsewhere,
        a_bucket_that_cannot_be_listed,
    ]
}

const BUCKET: &str = "photos-1";

/// Writes a file of the source that was modified at so many seconds.
fn put<F: Face>(world: &World<'_, F>, name: &str, content: &[u8], seconds: u64) {
    let path = world.path("here").join(name);
    fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
    fs::write(&path, content).expect("written");
    let file = File::options().write(true).open(&path).expect("there");
    file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)).expect("a time");
}

fn here<F: Face>(world: &World<'_, F>) -> Place {
    Place::Folder(world.path("here"))
}

fn there(path: &str) -> Place {
    Place::in_bucket(BUCKET, path)
}

/// Syncs; both sides are listed at the same time.
fn sync<F: Face>(
    service: &Service<'_, F>,
    client: &F::Client,
    ends: (Place, Place),
    change: fn(&mut Options),
) -> Synced {
    run(service, client, InStep::between(ends.0, ends.1).with(change))
}

/// The same with everything a sync can be told.
fn run<F: Face>(service: &Service<'_, F>, client: &F::Client, sync: InStep) -> Synced {
    service.together(|| client.sync(sync)).expect("it runs")
}

fn is_done(synced: &Synced, lines: &[&str]) {
    assert_eq!(synced.lines, lines);
    assert!(synced.summary.is_complete(), "{:?}", synced.summary);
}

const DEFAULTS: fn(&mut Options) = |_| {};
/// All of a few names may vanish.
const DELETE: fn(&mut Options) =
    |it| (it.keep, it.delete_limit) = (Keep::Newest, DeleteLimit::Percent(100));

fn versions<B: crate::face::Bucket>(bucket: &B) -> Vec<String> {
    let list = ListFileVersions::new(bucket.id());
    let rows = bucket.list_versions(list, 100).expect("listed");
    rows.iter().map(|row| row.name().to_owned()).collect()
}

fn modified_ms(path: &Path) -> u128 {
    let modified = fs::metadata(path).and_then(|it| it.modified()).expect("a time");
    modified.duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").as_millis()
}

/// New and changed files go up, large ones in parts; then there is nothing to do.
fn up_and_again<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket) = service.bucket();
    put(world, "a.txt", b"a", 1_000);
    put(world, "a/b", &bytes(450), 2_000);
    put(world, "a0", b"", 3_000);
    let up = || (here(world), there("x"));
    is_done(&sync(&service, &client, up(), DEFAULTS), &["upload a.txt", "upload a/b", "upload a0"]);
    is_done(&sync(&service, &client, up(), DEFAULTS), &[]);
    put(world, "a.txt", b"b", 4_000);
    is_done(&sync(&service, &client, up(), DEFAULTS), &["upload a.txt"]);
    assert_eq!(versions(&bucket), ["x/a.txt", "x/a.txt", "x/a/b", "x/a0"]);
}

/// What comes down has the time it had, and what is gone goes with its folder.
fn down_and_again<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket) = service.bucket();
    bucket.upload("x/d/a", b"12".into()).expect("uploaded");
    let old = crate::transfer::Upload { modified_ms: Some(1_234_567), ..b"3".into() };
    bucket.upload("x/b", old).expect("uploaded");
    service.skip();
    put(world, "gone/er/c", b"4", 1_000);
    let down = || (there("x"), here(world));
    let want = ["upload b", "upload d/a", "delete gone/er/c "];
    is_done(&sync(&service, &client, down(), DELETE), &want);
    let root = world.path("here");
    assert_eq!(fs::read(root.join("d/a")).expect("there"), b"12");
    assert_eq!(modified_ms(&root.join("b")), 1_234_567);
    assert!(!root.join("gone").exists());
    is_done(&sync(&service, &client, down(), DELETE), &[]);
}

/// Copies are made by the service, and keep type, info and time.
fn from_bucket_to_bucket<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket) = service.bucket();
    let other = CreateBucket::new("photos-2", BucketType::AllPrivate);
    let other = client.create_bucket(other).expect("a bucket");
    let info = vec![("k".to_owned(), "v".to_owned())];
    bucket.upload("a", crate::transfer::Upload { info, ..b"1".into() }).expect("uploaded");
    bucket.upload("b/c", bytes(450).into()).expect("uploaded");
    other.upload("y/gone", b"x".into()).expect("uploaded");
    service.skip();
    let across = || (there(""), Place::in_bucket("photos-2", "y"));
    let want = ["copy a", "copy b/c", "delete gone "];
    let synced = sync(&service, &client, across(), DELETE);
    let lines: Vec<String> = synced.lines.iter().map(|it| it.replace("upload", "copy")).collect();
    assert_eq!(
        (lines.as_slice(), synced.summary.is_complete()),
        (&want.map(String::from)[..], true)
    );
    is_done(&sync(&service, &client, across(), DELETE), &[]);
    let rows = other.list_names(ListFileNames::new(other.id()), 9).expect("listed");
    let files: Vec<_> = rows.iter().filter_map(ListEntry::file).collect();
    assert_eq!(files.len(), 2);
    assert_eq!(files[0].file_info.get("k").map(String::as_str), Some("v"));
    service.skip();
}

/// The requests are in that order: nothing goes before what takes its place is there.
fn old_versions_go_after_their_successor<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket) = service.bucket();
    for _ in 0..2 {
        bucket.upload("a", b"old".into()).expect("uploaded");
    }
    service.skip();
    put(world, "a", b"new", 9_000_000_000);
    let synced = sync(&service, &client, (here(world), there("")), DELETE);
    let want = ["upload a", "delete a (old version)", "delete a (old version)"];
    is_done(&synced, &want);
    assert_eq!(versions(&bucket), ["a"]);
    service.skip();
}

/// Whose upload fails keeps what it has, and the others go on.
fn a_failure_keeps_old_versions<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket) = service.bucket();
    bucket.upload("a", b"old".into()).expect("uploaded");
    service.skip();
    put(world, "a", b"new", 9_000_000_000);
    put(world, "b", b"new", 1_000);
    service.faults([Rule { nth: Some(1), status: Some(400), ..on("b2_upload_file") }]);
    let synced = sync(&service, &client, (here(world), there("")), DELETE);
    let want = ["failed BadRequest: upload a", "undone: delete a (old version)", "upload b"];
    assert_eq!(synced.lines, want);
    let summary = synced.summary;
    assert_eq!((summary.failed, summary.undone, summary.transferred), (1, 1, 1));
    assert!(!summary.is_complete());
    service.no_faults();
    let want = ["upload a", "delete a (old version)"];
    is_done(&sync(&service, &client, (here(world), there("")), DELETE), &want);
}

/// What the folder lacks is hidden, and nothing is deleted that was there just now.
fn days_are_kept<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket) = service.bucket();
    for name in ["a", "gone", "gone"] {
        bucket.upload(name, b"old".into()).expect("uploaded");
    }
    service.skip();
    put(world, "a", b"new", 9_000_000_000);
    let keep: fn(&mut Options) = |it| it.keep = Keep::Days { days: 3, by: AgeBy::Visibility };
    let up = || (here(world), there(""));
    is_done(&sync(&service, &client, up(), keep), &["upload a", "hide   gone"]);
    is_done(&sync(&service, &client, up(), keep), &[]);
    assert_eq!(versions(&bucket), ["a", "a", "gone", "gone", "gone"]);
    service.skip();
}

/// This machine's clock is four days behind that of the service, which notes the uploads.
fn days_count_by_the_services_clock<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket) = service.bucket();
    for _ in 0..2 {
        bucket.upload("a", b"old".into()).expect("uploaded");
    }
    drop(client);
    service.skip();
    put(world, "a", b"old", 1_000);
    service.faults([Rule { clock_skew_ms: 4 * 86_400_000, ..on("*") }]);
    let client = service.client_with(Settings { check_clock: false, ..service.settings() });
    let keep: fn(&mut Options) = |it| {
        it.keep = Keep::Days { days: 3, by: AgeBy::Visibility };
        it.newer = Newer::Skip;
    };
    let synced = sync(&service, &client, (here(world), there("")), keep);
    is_done(&synced, &["delete a (old version)"]);
    service.skip();
}

/// All of them stay when they are more than allowed; the rest is done.
fn too_many_deletes<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket) = service.bucket();
    for name in ["x", "y"] {
        bucket.upload(name, b"old".into()).expect("uploaded");
    }
    service.skip();
    put(world, "a", b"new", 1_000);
    let one: fn(&mut Options) = |it| {
        it.keep = Keep::Newest;
        it.delete_limit = DeleteLimit::Names(1);
    };
    let mut synced = sync(&service, &client, (here(world), there("")), one);
    // The plan may end before the upload does.
    synced.lines.sort();
    assert_eq!(synced.lines, ["kept Limit: x", "kept Limit: y", "upload a"]);
    assert_eq!(synced.summary.ending, Ending::TooManyDeletes { wanted: 2, allowed: 1 });
    assert_eq!(versions(&bucket), ["a", "x", "y"]);
    service.skip();
}

/// Its content is copied from its old name before that goes.
fn a_renamed_file_is_copied<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, _) = service.bucket();
    put(world, "old", &bytes(90), 1_000);
    let up = || (here(world), there(""));
    is_done(&sync(&service, &client, up(), DEFAULTS), &["upload old"]);
    let root = world.path("here");
    fs::rename(root.join("old"), root.join("new")).expect("renamed");
    let renames: fn(&mut Options) = |it| {
        DELETE(it);
        it.renames = Some(Renames { len_min: 1, held_max: 9 });
    };
    is_done(&sync(&service, &client, up(), renames), &["copy new", "delete old "]);
    is_done(&sync(&service, &client, up(), DELETE), &[]);
}

/// What the service has of it is copied.
fn a_file_that_has_grown<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, _) = service.bucket();
    put(world, "log", &bytes(450), 1_000);
    let up = || (here(world), there(""));
    let grow: fn(&mut Options) = |it| it.upload = b2_proto::plan::sync::UploadMode::Incremental;
    is_done(&sync(&service, &client, up(), grow), &["upload log"]);
    put(world, "log", &bytes(700), 2_000);
    is_done(&sync(&service, &client, up(), grow), &["upload log"]);
    is_done(&sync(&service, &client, up(), grow), &[]);
}

/// What the version before has anywhere is copied, and manifests take no part.
fn a_file_that_has_changed_anywhere<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket) = service.bucket();
    let blocks: fn(&mut Options) = |it| {
        DELETE(it);
        it.upload = b2_proto::plan::sync::UploadMode::Blocks;
    };
    let mut data = noise(6_000, 1);
    put(world, "disk", &data, 1_000);
    put(world, "short", b"as it is", 1_000);
    let up = || (here(world), there(""));
    is_done(&sync(&service, &client, up(), blocks), &["upload disk", "upload short"]);
    data.insert(0, 1);
    put(world, "disk", &data, 2_000);
    let want = ["upload disk", "delete disk (old version)"];
    is_done(&sync(&service, &client, up(), blocks), &want);
    is_done(&sync(&service, &client, up(), blocks), &[]);
    assert_eq!(versions(&bucket), ["disk", "disk.b2blocks", "short"]);
    let fetched = bucket.download("disk", Fetch::default()).expect("downloaded");
    assert!(fetched.bytes == data, "other bytes came down");
    service.skip();
}

/// Such a name is told, and nothing is written for it.
fn names_that_lead_elsewhere<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket): (F::Client, Bucket<F>) = service.bucket();
    for name in ["x/../y", "x/z"] {
        bucket.upload(name, b"x".into()).expect("uploaded");
    }
    service.skip();
    let synced = sync(&service, &client, (there(""), here(world)), DEFAULTS);
    assert_eq!(synced.lines, ["left x/../y", "upload x/z"]);
    assert_eq!((synced.summary.failures(), synced.summary.transferred), (1, 1));
}

/// Nothing at all can be said then, so nothing is done.
fn a_bucket_that_cannot_be_listed<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, _) = service.bucket();
    put(world, "a", b"new", 1_000);
    service.faults([Rule { status: Some(400), ..on("b2_list_file_names") }]);
    let synced = client.sync(InStep::between(here(world), there("")));
    service.said(&synced);
    assert_eq!(synced.expect_err("it ends").kind, ErrorKind::BadRequest);
}
