//! Upload URLs as leases: never in two hands, and thrown away after anything but a success.

use b2_sim::fault::{Rule, When};
use b2_sim::server::Record;
use core::time::Duration;
use std::collections::BTreeSet;
use std::io;
use std::sync::{Mutex, mpsc};

use crate::face::{Bucket as _, Face};
use crate::scenario::{Scenario, list};
use crate::settings::Settings;
use crate::tools::{bytes, on};
use crate::transfer::{Source, Upload};
use crate::world::World;

pub(super) fn all<F: Face>() -> Vec<Scenario<F>> {
    list![
        one_url_serves_uploads_one_after_the_other,
        a_url_is_never_shared,
        part_urls_are_never_shared,
        a_url_that_failed_is_never_used_again,
        a_failure_costs_its_own_url_alone,
        a_stuck_vault_is_left,
        part_urls_end_with_their_file,
        urls_outlive_a_login,
        a_url_that_comes_too_late_is_kept,
    ]
}

/// No URL is used again after anything but a success, and none was in use twice, which the
/// service would have refused.
fn check_leases(uploads: &[Record]) {
    let mut lost = BTreeSet::new();
    for upload in uploads {
        assert_ne!(upload.status, 400, "a URL was in use twice");
        assert!(!lost.contains(&upload.upload_url), "a lost URL was used again: {upload:?}");
        if upload.status != 200 {
            lost.insert(upload.upload_url);
        }
    }
}

fn urls(uploads: &[Record]) -> usize {
    uploads.iter().map(|upload| upload.upload_url).collect::<BTreeSet<_>>().len()
}

/// A URL that is given back serves the next upload.
fn one_url_serves_uploads_one_after_the_other<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    for at in 0..5 {
        bucket.upload(&at.to_string(), b"x".into()).expect("uploaded");
    }
    assert_eq!(urls(&service.of("b2_upload_file")), 1);
}

/// Eight threads upload at the same time, many times.
fn a_url_is_never_shared<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let bucket = bucket.clone();
            scope.spawn(move || {
                for at in 0..10 {
                    bucket.upload(&format!("{thread}/{at}"), b"x".into()).expect("uploaded");
                }
            });
        }
    });
    let uploads = service.of("b2_upload_file");
    assert_eq!(uploads.len(), 80);
    check_leases(&uploads);
    service.count();
}

/// The same for the lanes of two large files, each with URLs of its own.
fn part_urls_are_never_shared<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    std::thread::scope(|scope| {
        for name in ["a", "b"] {
            let bucket = bucket.clone();
            scope.spawn(move || bucket.upload(name, bytes(4_000).into()).expect("uploaded"));
        }
    });
    let parts = service.of("b2_upload_part");
    assert_eq!(parts.len(), 40);
    check_leases(&parts);
    service.count();
}

/// Every kind of failure costs the URL.
fn a_url_that_failed_is_never_used_again<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    let status = |status| Rule { status: Some(status), ..on("b2_upload_file") };
    let reset = |when| Rule { reset: Some(when), ..on("b2_upload_file") };
    let kinds = [status(503), status(429), status(401), reset(When::Before), reset(When::After)];
    let each = kinds.into_iter().enumerate();
    let rules = each.map(|(at, rule)| Rule { nth: Some(1 + 2 * at as u64), ..rule });
    service.faults(rules);
    for at in 0..5 {
        bucket.upload(&at.to_string(), b"x".into()).expect("uploaded");
    }
    let uploads = service.of("b2_upload_file");
    // What took effect although its answer was lost is found, and not sent again.
    assert_eq!(uploads.iter().filter(|upload| upload.status == 200).count(), 4);
    check_leases(&uploads);
}

/// Uploads `inner` while the upload of `outer` has a URL and waits for its source.
fn one_within_another<B: crate::face::Bucket>(bucket: &B, outer: &str, inner: &str) {
    let (begin, has_begun) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel::<()>();
    let may_go_on = Mutex::new(may_go_on);
    let open = move |_| -> io::Result<Box<dyn io::Read + Send>> {
        begin.send(()).map_err(io::Error::other)?;
        let waiting = may_go_on.lock().map_err(|_| io::Error::other("poisoned"))?;
        waiting.recv().map_err(io::Error::other)?;
        Ok(Box::new(io::Cursor::new(b"x")))
    };
    let source = Source::Replay(1, Box::new(open));
    std::thread::scope(|scope| {
        // Dropped if anything here fails, so that nobody waits for it then.
        let go_on = go_on;
        scope.spawn(|| bucket.upload(outer, source.into()).expect("uploaded"));
        has_begun.recv().expect("it begins");
        bucket.upload(inner, b"x".into()).expect("uploaded");
        go_on.send(()).expect("it waits");
    });
}

/// Who is refused asks for a fresh URL; those that nobody holds stay for others, as one vault that
/// is busy says nothing about the rest.
fn a_failure_costs_its_own_url_alone<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    one_within_another(&bucket, "a", "b");
    service.faults([Rule { count: Some(1), status: Some(503), ..on("b2_upload_file") }]);
    bucket.upload("c", b"x".into()).expect("uploaded");
    one_within_another(&bucket, "d", "e");
    let uploads = service.of("b2_upload_file");
    check_leases(&uploads);
    assert_eq!((uploads.len(), urls(&uploads)), (6, 3));
}

/// A vault that answers 503 to everything is left for another one at once.
fn a_stuck_vault_is_left<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    let stuck =
        Rule { probability: Some(0.5), per_url: true, status: Some(503), ..on("b2_upload_file") };
    service.faults([stuck]);
    for at in 0..10 {
        bucket.upload(&at.to_string(), b"x".into()).expect("uploaded");
    }
    check_leases(&service.of("b2_upload_file"));
    let why = "which vaults are stuck goes by their URLs";
    service.count_but(&["b2_upload_file 503", "b2_list_file_versions"], why);
}

/// URLs for the parts of one file are not tried for another.
fn part_urls_end_with_their_file<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    for name in ["a", "b"] {
        let upload = Upload { lanes: Some(1), ..bytes(500).into() };
        bucket.upload(name, upload).expect("uploaded");
    }
    assert_eq!(service.statuses("b2_get_upload_part_url"), [200, 200]);
}

/// An upload URL has a token of its own, so a new login does not end it.
fn urls_outlive_a_login<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    bucket.upload("a", b"x".into()).expect("uploaded");
    service.faults([Rule { count: Some(1), expire_tokens: true, ..on("b2_hide_file") }]);
    bucket.hide("a").expect("hidden");
    bucket.upload("a", b"x".into()).expect("uploaded");
    assert_eq!(urls(&service.of("b2_upload_file")), 1);
}

/// An upload asks for a URL, and another one's comes back before the answer. Both
/// serve later uploads.
fn a_url_that_comes_too_late_is_kept<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    // All connections are taken, so the engine comes back to the one that asks.
    let (_, bucket) = service.bucket_with(Settings { connections: 2, ..service.settings() });
    bucket.upload("first", b"x".into()).expect("uploaded");
    service.faults([
        Rule { latency_ms: 300, ..on("b2_get_upload_url") },
        Rule { nth: Some(1), latency_ms: 150, ..on("b2_upload_file") },
        Rule { nth: Some(2), latency_ms: 600, ..on("b2_upload_file") },
        Rule { after: 2, latency_ms: 300, ..on("b2_upload_file") },
    ]);
    for names in [["a", "b"], ["c", "d"]] {
        std::thread::scope(|scope| {
            for name in names {
                let bucket = bucket.clone();
                scope.spawn(move || bucket.upload(name, b"x".into()).expect("uploaded"));
                std::thread::sleep(Duration::from_millis(50));
            }
        });
    }
    // One that is late itself may need fewer, and then the order is another one.
    let count = service.of("b2_get_upload_url").len();
    assert!((1..=2).contains(&count), "two uploads at a time, two URLs: {count}");
    service.count();
}
