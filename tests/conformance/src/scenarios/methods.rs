//! The methods of clients and buckets.

use b2_proto::error::ErrorKind;
use b2_proto::model::{BucketType, Capability, EventType, FileVersion, NotificationRule};
use b2_proto::op::new_file::NewFile;
use b2_proto::op::start_large_file::StartLargeFile;
use b2_proto::op::{CreateBucket, CreateKey, ListFileNames, ListFileVersions, UpdateBucket};
use b2_proto::plan::replication;
use b2_proto::plan::selection::{Filter, Filters, Row, Selection};
use b2_sim::fault::{Rule, When};

use crate::face::{Bucket as _, Client as _, Face};
use crate::scenario::{Scenario, list};
use crate::tools::on;
use crate::transfer::Fetch;
use crate::world::World;

pub(super) fn all<F: Face>() -> Vec<Scenario<F>> {
    list![
        buckets_are_found,
        a_bucket_changes,
        options_of_another_bucket_are_refused,
        a_bucket_somebody_else_changed,
        a_bucket_that_is_not_empty,
        files_and_versions,
        a_hidden_file_becomes_visible,
        versions_of_one_name,
        what_a_path_selects,
        notification_rules,
        replication_is_set_up_and_taken_away,
        unfinished_large_files,
        what_took_effect_although_its_answer_was_lost,
        keys_and_tokens,
        urls,
        the_user_agent_is_told,
    ]
}

/// Buckets are listed, and found by name and by ID.
fn buckets_are_found<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket) = service.bucket();
    assert_eq!(client.buckets().expect("listed").len(), 1);
    assert_eq!(client.bucket("photos-1").expect("found").id(), bucket.id());
    let asked = service.client().bucket_by_id(&bucket.id()).expect("found");
    assert_eq!(asked.known_info().expect("asked").bucket_name, "photos-1");
    let missing = client.bucket("nothing");
    service.said(&missing);
    assert_eq!(missing.map(|_| ()).expect_err("not there").kind, ErrorKind::NotFound);
}

/// What was made for one bucket does nothing to another one.
fn options_of_another_bucket_are_refused<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, mut bucket) = service.bucket();
    let other = CreateBucket::new("music-1", BucketType::AllPrivate);
    let other = client.create_bucket(other).expect("created");
    service.skip();
    let before = bucket.known_info().cloned();
    let refused = [
        bucket.list_names(ListFileNames::new(other.id()), 9).map(drop),
        bucket.list_versions(ListFileVersions::new(other.id()), 9).map(drop),
        bucket.update(UpdateBucket::new(other.id()).bucket_type(BucketType::AllPublic)),
    ];
    for refused in refused {
        service.said(&refused);
        let error = refused.expect_err("of another bucket");
        assert_eq!(error.kind, ErrorKind::InvalidInput);
        assert!(error.to_string().contains(&other.id()), "{error}");
    }
    assert_eq!(bucket.known_info(), before.as_ref());
}

/// A bucket is changed, looked up again and deleted.
fn a_bucket_changes<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, mut bucket) = service.bucket();
    let change = UpdateBucket::new(bucket.id()).bucket_type(BucketType::AllPublic);
    bucket.update(change).expect("changed");
    assert_eq!(bucket.known_info().expect("asked").bucket_type, BucketType::AllPublic);
    bucket.refresh().expect("there");
    bucket.delete().expect("deleted");
    assert!(client.buckets().expect("listed").is_empty());
}

/// Of two changes of one revision the second is a conflict.
fn a_bucket_somebody_else_changed<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, mut bucket) = service.bucket();
    let revision = bucket.known_info().expect("asked").revision;
    let change = || {
        let change = UpdateBucket::new(bucket.id()).bucket_type(BucketType::AllPublic);
        change.if_revision_is(revision)
    };
    let (first, second) = (change(), change());
    bucket.update(first).expect("changed");
    let late = bucket.update(second);
    service.said(&late);
    assert_eq!(late.expect_err("too late").kind, ErrorKind::Conflict);
}

/// A bucket with files is not deleted.
fn a_bucket_that_is_not_empty<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    bucket.upload("a", b"abc".into()).expect("uploaded");
    let deleted = bucket.delete();
    service.said(&deleted);
    assert_eq!(deleted.expect_err("not empty").kind, ErrorKind::Conflict);
}

/// A file is looked at, hidden and deleted, by name and by ID.
fn files_and_versions<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket) = service.bucket();
    let file = bucket.upload("a", b"abc".into()).expect("uploaded").file;
    let id = file.file_id.as_str();
    assert_eq!(bucket.head("a").expect("there").file_id, file.file_id);
    assert_eq!(client.file_info(id).expect("there").file_name, "a");
    assert_eq!(client.download_by_id(id, Fetch::default()).expect("downloaded").bytes, b"abc");
    bucket.hide("a").expect("hidden");
    let twice = bucket.hide("a");
    service.said(&twice);
    assert_eq!(twice.expect_err("hidden already").kind, ErrorKind::Conflict);
    let gone = bucket.head("a");
    service.said(&gone);
    assert_eq!(gone.expect_err("hidden").kind, ErrorKind::NotFound);
    bucket.delete_version("a", id).expect("deleted");
    let gone = client.file_info(id);
    service.said(&gone);
    assert_eq!(gone.expect_err("deleted").kind, ErrorKind::NotFound);
}

/// A marker is taken away, and what is not hidden is left alone.
fn a_hidden_file_becomes_visible<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    let file = bucket.upload("a", b"abc".into()).expect("uploaded").file;
    bucket.upload("a/b", b"abc".into()).expect("uploaded");
    let marker = bucket.hide("a").expect("hidden");
    // The marker goes, and nobody hears of it at first.
    let lost = Rule { nth: Some(1), reset: Some(When::After), ..on("b2_delete_file_version") };
    service.faults([lost]);
    assert_eq!(bucket.unhide("a").expect("visible").file_id, marker.file_id);
    assert_eq!(bucket.head("a").expect("there").file_id, file.file_id);
    let again = bucket.unhide("a");
    service.said(&again);
    assert_eq!(again.expect_err("not hidden").kind, ErrorKind::Conflict);
    let missing = bucket.unhide_bypassing_governance("nothing");
    service.said(&missing);
    assert_eq!(missing.expect_err("not there").kind, ErrorKind::NotFound);
    bucket.hide("a").expect("hidden");
    bucket.unhide_bypassing_governance("a").expect("visible");
}

/// All versions of a name are listed, and none of a longer one.
fn versions_of_one_name<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    for name in ["a", "a", "a/b", "ab"] {
        bucket.upload(name, b"abc".into()).expect("uploaded");
    }
    let marker = bucket.hide("a").expect("hidden");
    let versions = bucket.versions_of("a").expect("listed");
    assert_eq!(versions.len(), 3);
    assert_eq!(versions[0].file_id, marker.file_id);
    assert!(versions.iter().all(|version| version.file_name == "a"));
    assert!(bucket.versions_of("nothing").expect("listed").is_empty());
}

/// A path is a file, or else a folder; patterns and filters go through all names.
fn what_a_path_selects<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    for name in ["a", "b/1.txt", "b/c/2.txt", "b/c/3.csv", "d"] {
        bucket.upload(name, b"abc".into()).expect("uploaded");
    }
    bucket.hide("d").expect("hidden");
    let ls = |path: &str, selection: Selection| {
        let rows = bucket.ls(path, selection).expect("listed");
        let name = |row: &Row| match row {
            Row::File(file) => file.file_name.clone(),
            Row::Folder { name, .. } => name.clone(),
        };
        rows.iter().map(name).collect::<Vec<_>>()
    };
    let recursive = || Selection { recursive: true, ..Selection::default() };
    assert_eq!(ls("", Selection::default()), ["a", "b/"]);
    assert_eq!(ls("a", Selection::default()), ["a"]);
    assert_eq!(ls("b", Selection::default()), ["b/1.txt", "b/c/"]);
    assert_eq!(ls("b/", recursive()), ["b/1.txt", "b/c/2.txt", "b/c/3.csv"]);
    let pattern = Selection { with_wildcard: true, page_len: Some(1), ..recursive() };
    assert_eq!(ls("b/*.txt", pattern), ["b/1.txt", "b/c/2.txt"]);
    let filters = Filters::new([Filter::exclude("*.txt")]);
    assert_eq!(ls("", Selection { filters, ..recursive() }), ["a", "b/c/3.csv"]);
    assert_eq!(ls("d", Selection { versions: true, ..Selection::default() }), ["d", "d"]);
    let alone = bucket.ls("*", Selection { with_wildcard: true, ..Selection::default() });
    service.said(&alone);
    assert_eq!(alone.expect_err("takes recursive").kind, ErrorKind::InvalidInput);
}

/// Keys are made once, rules are added, switched and taken away, and files are counted.
fn replication_is_set_up_and_taken_away<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, mut from) = service.bucket();
    let made = CreateBucket::new("photos-2", BucketType::AllPrivate);
    let mut to = client.create_bucket(made).expect("created");
    from.upload("a", b"abc".into()).expect("uploaded");
    let rule = from.replicate_to(&mut to, replication::Options::default()).expect("set up");
    assert_eq!((rule.replication_rule_name.as_str(), rule.priority), ("photos-2", 128));
    let options = replication::Options { prefix: "b/".to_owned(), ..Default::default() };
    let second = from.replicate_to(&mut to, options).expect("set up");
    assert_eq!((second.replication_rule_name.as_str(), second.priority), ("photos-22", 133));
    assert_eq!(client.keys().expect("listed").len(), 2);
    to.upload("b", b"abc".into()).expect("uploaded");
    assert_eq!(from.replication_report(&rule, None).expect("counted").total(), 1);
    let report = from.replication_report(&rule, Some(&to)).expect("counted");
    assert_eq!((report.groups.len(), report.total()), (2, 2));
    assert_eq!(from.replication_report(&second, Some(&to)).expect("counted").total(), 0);
    assert!(from.switch_replication_rule("photos-2", false).expect("switched"));
    assert!(!from.switch_replication_rule("photos-2", false).expect("is off"));
    from.delete_replication_rule("photos-2").expect("gone");
    let gone = from.delete_replication_rule("photos-2");
    service.said(&gone);
    assert_eq!(gone.expect_err("gone").kind, ErrorKind::NotFound);
    from.delete_replication_rule("photos-22").expect("gone");
}

/// Rules are written and read; what was read can be written back.
fn notification_rules<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    assert!(bucket.notification_rules().expect("read").is_empty());
    let rule = |name: &str| {
        NotificationRule::new(name, [EventType::ObjectCreated], "https://example.com/hook")
    };
    let written = bucket
        .set_notification_rules(vec![rule("second").prefix("b/"), rule("a-first").prefix("a/")]);
    let written = written.expect("written");
    assert_eq!(bucket.notification_rules().expect("read"), written);
    let names: Vec<_> = written.iter().map(|rule| rule.name.as_str()).collect();
    assert_eq!(names, ["a-first", "second"]);
    let again = bucket.set_notification_rules(written.clone()).expect("written");
    assert_eq!(again, written);
    assert!(bucket.set_notification_rules(Vec::new()).expect("written").is_empty());
}

/// Versions, hide markers and buckets are there once, and nobody is left in doubt.
fn what_took_effect_although_its_answer_was_lost<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket) = service.bucket();
    let lost = |op, nth| Rule { nth: Some(nth), reset: Some(When::After), ..on(op) };
    service.faults([
        lost("b2_upload_file", 2),
        lost("b2_hide_file", 1),
        lost("b2_create_bucket", 1),
    ]);
    bucket.upload("a", b"old".into()).expect("uploaded");
    let uploaded = bucket.upload("a", b"new".into()).expect("uploaded");
    assert!(!uploaded.may_be_duplicate);
    let marker = bucket.hide("a").expect("hidden");
    let made = CreateBucket::new("another-1", BucketType::AllPrivate);
    client.create_bucket(made).expect("created");
    assert_eq!(client.buckets().expect("listed").len(), 2);
    let versions = bucket.list_versions(ListFileVersions::new(bucket.id()), 9).expect("listed");
    let ids: Vec<_> = versions.iter().filter_map(|row| Some(&row.file()?.file_id)).collect();
    assert_eq!(ids[..2], [&marker.file_id, &uploaded.file.file_id]);
    assert_eq!(ids.len(), 3);
}

/// Unfinished files and their parts are listed and cancelled.
fn unfinished_large_files<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket) = service.bucket();
    let start = StartLargeFile::new(NewFile::new(bucket.id(), "large"));
    let started: FileVersion = client.run(start).expect("started");
    assert_eq!(bucket.unfinished().expect("listed").len(), 1);
    assert_eq!(bucket.list_unfinished("la").expect("listed").len(), 1);
    assert!(bucket.list_unfinished("x").expect("listed").is_empty());
    assert!(client.parts(started.file_id.as_str()).expect("listed").is_empty());
    client.cancel_large_file(started.file_id.as_str()).expect("cancelled");
    assert!(bucket.unfinished().expect("listed").is_empty());
}

/// Keys come and go, and a token for downloads works.
fn keys_and_tokens<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket) = service.bucket();
    bucket.upload("a/b c", b"abc".into()).expect("uploaded");
    let key = client.create_key(CreateKey::new("reader", [Capability::ReadFiles]));
    let key = key.expect("created").key;
    assert_eq!(client.keys().expect("listed").len(), 1);
    let id = key.application_key_id.as_str();
    assert_eq!(client.key(id).expect("listed"), Some(key.clone()));
    client.delete_key(id).expect("deleted");
    assert_eq!(client.key(id).expect("listed"), None);
    let token = bucket.download_authorization("a/", 60).expect("given").authorization_token;
    let fetch = Fetch { token: Some(token), ..Fetch::default() };
    assert_eq!(bucket.download("a/b c", fetch).expect("downloaded").bytes, b"abc");
}

/// URLs are those of the realm, with names encoded.
fn urls<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket) = service.bucket();
    let base = service.handle().url();
    let url = bucket.download_url("a b/\u{17c}?").expect("logged in");
    assert_eq!(url, format!("{base}/file/photos-1/a%20b/%C5%BC%3F"));
    let url = client.download_url_by_id("4_z1").expect("logged in");
    assert_eq!(url, format!("{base}/b2api/v4/b2_download_file_by_id?fileId=4_z1"));
    service.asked_nothing();
}

/// Every request names the driver, its version and the application.
fn the_user_agent_is_told<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let mut settings = service.settings();
    settings.user_agent = Some("my-app/1.2".to_owned());
    let (_, bucket) = service.bucket_with(settings);
    bucket.upload("a", b"abc".into()).expect("uploaded");
    bucket.download("a", Fetch::default()).expect("downloaded");
    let prefix = format!("{}/", world.driver());
    for record in service.records() {
        let text = record.user_agent.unwrap_or_default();
        assert!(text.starts_with(&prefix) && text.ends_with(" my-app/1.2"), "{text}");
    }
}
