//! What observers are told, and that it has no secrets.

use b2_sim::fault::{Rule, When};

use crate::face::{Bucket as _, Face};
use crate::notes::Notes;
use crate::scenario::{Scenario, list};
use crate::tools::{bytes, on};
use crate::transfer::Fetch;
use crate::world::{Bucket, Service, World};

pub(super) fn all<F: Face>() -> Vec<Scenario<F>> {
    list![each_attempt_of_an_upload_is_told, what_is_stored_of_a_download_is_told]
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
