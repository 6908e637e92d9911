//! What observers are told, and that it has no secrets.

use b2_sim::fault::{Rule, When};
use core::time::Duration;
use std::time::Instant;

use crate::face::{Bucket as _, Client as _, Face};
use crate::notes::Notes;
use crate::scenario::{Scenario, list};
use crate::stop::Stop;
use crate::tools::{bytes, eventually, on};
use crate::transfer::{Fetch, Upload};
use crate::world::{Bucket, Service, World};

pub(super) fn all<F: Face>() -> Vec<Scenario<F>> {
    list![
        each_attempt_of_an_upload_is_told,
        what_is_stored_of_a_download_is_told,
        a_download_that_breaks_off_has_a_status,
        nobody_who_answers_has_none,
        a_request_that_is_given_up_is_told,
        the_time_it_took_is_told,
    ]
}

/// A bucket of a client that is observed, and what its observer is told from here on.
fn observed<F: Face>(service: &Service<'_, F>) -> (Bucket<F>, Notes) {
    let notes = Notes::default();
    let mut settings = service.settings();
    settings.observer = Some(notes.clone());
    let (_, bucket) = service.bucket_with(settings);
    notes.take();
    (bucket, notes)
}

/// Requests are told before and after, with their attempt, and an upload URL is kept secret.
fn each_attempt_of_an_upload_is_told<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (bucket, notes) = observed(&service);
    service.faults([
        Rule { nth: Some(1), status: Some(503), ..on("b2_upload_file") },
        Rule { nth: Some(2), reset: Some(When::Before), ..on("b2_upload_file") },
    ]);
    bucket.upload("a", bytes(50).into()).expect("uploaded");
    let told = notes.take();
    let uploads: Vec<&String> = told.iter().filter(|it| it.contains("b2_upload_file")).collect();
    let [first, refused, second, reset, third, stored] = *uploads else { panic!("{told:?}") };
    for (number, before) in [first, second, third].into_iter().enumerate() {
        // 40 bytes of digest behind the file's.
        assert_eq!(*before, format!("POST b2_upload_file 90, attempt {}", number + 1));
    }
    assert!(refused.starts_with("b2_upload_file Some(503) None "), "{refused}");
    assert!(reset.starts_with("b2_upload_file None Some("), "{reset}");
    assert!(stored.starts_with("b2_upload_file Some(200) None 90 http"), "{stored}");
    for after in [refused, reset, stored] {
        assert!(after.ends_with("/…"), "an upload URL is a secret: {after}");
    }
    let key = service.handle().key();
    assert!(told.iter().all(|note| !note.contains(&key)));
}

/// Bytes of a file are told, not those of the answers of calls.
fn what_is_stored_of_a_download_is_told<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (bucket, notes) = observed(&service);
    bucket.upload("a", bytes(50).into()).expect("uploaded");
    notes.take();
    bucket.download("a", Fetch::default()).expect("downloaded");
    bucket.hide("a").expect("hidden");
    let told = notes.take();
    let [_, fetched, _, hidden] = told.as_slice() else { panic!("{told:?}") };
    assert!(fetched.starts_with("b2_download_file_by_name Some(200) None 50 "), "{fetched}");
    assert!(fetched.ends_with("/file/photos-1/a"), "{fetched}");
    assert!(hidden.starts_with("b2_hide_file Some(200) None "), "{hidden}");
}

/// The head of an answer has arrived, and what followed it broke off.
fn a_download_that_breaks_off_has_a_status<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (bucket, notes) = observed(&service);
    bucket.upload("a", bytes(50).into()).expect("uploaded");
    notes.take();
    let cut = Rule { nth: Some(1), cut_after_bytes: Some(10), ..on("b2_download_file_by_name") };
    service.faults([cut]);
    bucket.download("a", Fetch::default()).expect("downloaded");
    let told = notes.take();
    let [_, cut, _, rest] = told.as_slice() else { panic!("{told:?}") };
    assert!(cut.starts_with("b2_download_file_by_name Some(200) Some(Closed) 10 "), "{cut}");
    assert!(rest.contains(" Some(206) None 40 "), "{rest}");
}

/// There is no status without an answer.
fn nobody_who_answers_has_none<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (settings, notes) = (service.settings(), Notes::default());
    drop(service);
    let settings = crate::settings::Settings { observer: Some(notes.clone()), ..settings };
    let listed = world.client(settings).expect("a client").buckets();
    world.said(&listed);
    listed.expect_err("nobody is there");
    let told = notes.take();
    assert!(told.len() > 2 && told.len() % 2 == 0, "each attempt, before and after: {told:?}");
    for after in told.iter().skip(1).step_by(2) {
        assert!(after.starts_with("b2_authorize_account None Some(Refused) 0 "), "{after}");
    }
}

/// Whoever is told of a beginning is told of its end, also when nobody waits for it.
fn a_request_that_is_given_up_is_told<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (bucket, notes) = observed(&service);
    service.faults([Rule { latency_ms: 60_000, ..on("b2_upload_file") }]);
    let stop = Stop::new();
    let upload = Upload { stop: Some(stop.clone()), ..bytes(50).into() };
    std::thread::scope(|scope| {
        let uploading = scope.spawn(|| bucket.upload("a", upload));
        eventually("the request does not begin", || notes.has("POST b2_upload_file "));
        stop.stop();
        uploading.join().expect("no panic").expect_err("given up");
    });
    eventually("its end is not told", || notes.has("b2_upload_file None Some(Closed) "));
    service.count_but(&["b2_upload_file"], "whether its head had arrived when it was given up");
}

/// No less than the service took, and no more than the whole job.
fn the_time_it_took_is_told<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (bucket, notes) = observed(&service);
    bucket.upload("a", bytes(50).into()).expect("uploaded");
    notes.take();
    service.faults([Rule { latency_ms: 300, ..on("b2_hide_file") }]);
    let began = Instant::now();
    bucket.hide("a").expect("hidden");
    let (longest, elapsed) = (notes.longest(), began.elapsed());
    assert!(longest >= Duration::from_millis(300), "{longest:?}");
    assert!(longest <= elapsed, "{longest:?} of {elapsed:?}");
}
