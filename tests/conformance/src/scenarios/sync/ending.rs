//! Syncs that do not come to their end: listings that break off, being told to stop, and being held
//! up.

use b2_local::sync::{Pause, Stop};
use b2_proto::error::Error;
use b2_sim::server::Record;

use super::*;
use crate::stop::Stop as GiveUp;
use crate::world::Setup;

pub(super) fn all<F: Face>() -> Vec<Scenario<F>> {
    list![
        a_source_whose_listing_breaks_off,
        a_destination_whose_listing_breaks_off,
        stopped_before_it_begins,
        stopped_in_an_upload,
        given_up_in_an_upload,
        stopped_in_a_listing,
        stopped_where_a_folder_became_empty,
        held_up_until_it_may_go_on,
        held_up_until_it_is_stopped,
        a_name_that_comes_back,
    ]
}

/// A bucket with `a` and `c`, of which a page of names ends behind `a`; all pages but the first
/// fail.
fn broken_off<'w, F: Face>(world: &'w World<'_, F>) -> (Service<'w, F>, F::Client) {
    let mut setup = Setup::default();
    setup.config.hidden_per_page = Some(1);
    let service = world.service_with(setup);
    let (client, bucket) = service.bucket();
    for name in ["a", "a1", "a2", "c"] {
        bucket.upload(name, b"1".into()).expect("uploaded");
    }
    // As many hidden names as a page passes over, and one more.
    for name in ["a1", "a2"] {
        bucket.hide(name).expect("hidden");
    }
    service.skip();
    service.faults([Rule { after: 1, status: Some(400), ..on("b2_list_file_names") }]);
    (service, client)
}

/// What lies behind is unknown: nothing is deleted there (S2), and what came before stands.
fn a_source_whose_listing_breaks_off<F: Face>(world: &World<'_, F>) {
    let (service, client) = broken_off(world);
    for name in ["0", "b", "z/z"] {
        put(world, name, b"mine", 1_000);
    }
    let down: fn(&mut Options) = |it| {
        it.keep = Keep::Newest;
        it.delete_limit = DeleteLimit::Unlimited;
    };
    let ends = || (there(""), here(world));
    let mut synced = sync(&service, &client, ends(), down);
    synced.lines.sort();
    let want = [
        // Nobody can look whether it is back.
        "failed BadRequest: delete 0 ",
        "kept SourceUnknown: b",
        "kept SourceUnknown: z/z",
        "unlisted Source: BadRequest",
        "upload a",
    ];
    assert_eq!(synced.lines, want);
    assert!(!synced.summary.is_complete());
    assert!(world.path("here/b").exists() && world.path("here/z/z").exists());
    service.no_faults();
    let mut synced = sync(&service, &client, ends(), down);
    // Files are removed in any order, when all downloads have ended.
    assert_eq!(synced.lines.first().map(String::as_str), Some("upload c"));
    synced.lines.sort();
    is_done(&synced, &["delete 0 ", "delete b ", "delete z/z ", "upload c"]);
}

/// Nobody knows what is there, so nothing goes there; that is told once.
fn a_destination_whose_listing_breaks_off<F: Face>(world: &World<'_, F>) {
    let (service, client) = broken_off(world);
    for name in ["0", "a", "b", "d"] {
        put(world, name, b"mine", 9_000_000_000);
    }
    let ends = || (here(world), there(""));
    let mut synced = sync(&service, &client, ends(), DEFAULTS);
    synced.lines.sort();
    assert_eq!(synced.lines, ["unlisted Destination: BadRequest", "upload 0", "upload a"]);
    let summary = &synced.summary;
    assert_eq!((summary.failures(), summary.planned.unknown), (0, 1));
    assert!(!summary.is_complete());
    service.no_faults();
    is_done(&sync(&service, &client, ends(), DEFAULTS), &["upload b", "upload d"]);
}

fn stopped(source: Place, destination: Place, stop: &Stop) -> InStep {
    InStep { stop: Some(stop.clone()), ..InStep::between(source, destination) }
}

/// It does nothing, and says so.
fn stopped_before_it_begins<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, _) = service.bucket();
    put(world, "a", b"1", 1_000);
    let stop = Stop::new();
    stop.stop();
    let synced = client.sync(stopped(here(world), there(""), &stop)).expect("a summary");
    assert_eq!((synced.summary.ending, synced.lines.len()), (Ending::Stopped, 0));
    service.asked_nothing();
}

/// Syncs of `a`, `b` and `c`: one to which something happens while `b` is on its way, and another
/// one that goes on from there.
fn while_uploading<F: Face>(
    world: &World<'_, F>,
    up: InStep,
    happens: impl FnOnce(),
) -> Result<Synced, Error> {
    let service = world.service();
    let (client, bucket) = service.bucket();
    for name in ["a", "b", "c"] {
        put(world, name, b"1", 1_000);
    }
    // Nobody waits that long. What comes later is as quick as ever.
    let hour = Rule { nth: Some(2), latency_ms: 3_600_000, ..on("b2_upload_file") };
    service.faults([hour]);
    let transcript = service.transcript();
    let synced = std::thread::scope(|scope| {
        let running = scope.spawn(|| client.sync(up));
        let is_upload = |it: &&Record| it.operation == Some("b2_upload_file");
        let ended = || transcript.records().iter().filter(is_upload).count();
        // The service has the second one, so it cannot come later.
        while ended() == 0 || transcript.open() == 0 {
            std::thread::sleep(Duration::from_millis(1));
        }
        happens();
        running.join().expect("it ends")
    });
    assert_eq!(versions(&bucket), ["a"]);
    let rest = client.sync(InStep::between(here(world), there(""))).expect("it runs");
    is_done(&rest, &["upload b", "upload c"]);
    service.count();
    synced
}

/// What is under way is broken off.
fn stopped_in_an_upload<F: Face>(world: &World<'_, F>) {
    let stop = Stop::new();
    let up = stopped(here(world), there(""), &stop);
    let synced = while_uploading(world, up, || stop.stop()).expect("a summary");
    assert_eq!((synced.summary.ending, synced.lines), (Ending::Stopped, vec!["upload a".into()]));
    let summary = synced.summary;
    assert_eq!((summary.transferred, summary.broken_off, summary.failures()), (1, 1, 0));
    assert!(!summary.is_complete());
}

/// A future that is dropped, or what a blocking driver has in its place.
fn given_up_in_an_upload<F: Face>(world: &World<'_, F>) {
    let give_up = GiveUp::new();
    let up = InStep::between(here(world), there(""));
    let up = InStep { give_up: Some(give_up.clone()), ..up };
    let error = while_uploading(world, up, || give_up.stop()).expect_err("it is given up");
    assert_eq!(error.kind, ErrorKind::Cancelled);
}

/// The second page never comes.
fn stopped_in_a_listing<F: Face>(world: &World<'_, F>) {
    let (service, client) = broken_off(world);
    service.faults([Rule { after: 1, latency_ms: 3_600_000, ..on("b2_list_file_names") }]);
    put(world, "b", b"mine", 1_000);
    let stop = Stop::new();
    let down = stopped(there(""), here(world), &stop);
    let down = InStep { stop_at: Some("upload a"), ..down.with(DELETE) };
    let synced = client.sync(down).expect("a summary");
    assert_eq!((synced.summary.ending, synced.lines), (Ending::Stopped, vec!["upload a".into()]));
    assert_eq!((synced.summary.failures(), synced.summary.transferred), (0, 1));
    assert!(world.path("here/b").exists());
    service.no_faults();
    service.count();
}

/// That folder goes all the same.
fn stopped_where_a_folder_became_empty<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket) = service.bucket();
    bucket.upload("z", b"1".into()).expect("uploaded");
    service.skip();
    put(world, "gone/er/a", b"mine", 1_000);
    let stop = Stop::new();
    let down = stopped(there(""), here(world), &stop);
    let down = InStep { stop_at: Some("delete gone/er/a "), ..down };
    let unlimited: fn(&mut Options) = |it| {
        it.keep = Keep::Newest;
        it.delete_limit = DeleteLimit::Unlimited;
    };
    let synced = client.sync(down.with(unlimited)).expect("a summary");
    assert_eq!((synced.summary.ending, synced.summary.deleted), (Ending::Stopped, 1));
    assert_eq!(synced.lines, ["upload z", "delete gone/er/a "]);
    assert!(!world.path("here/gone").exists() && world.path("here/z").exists());
    service.count();
}

/// A sync of `a`, `b` and `c` that is held up when `a` is there, until `then` says something else.
fn held_up<F: Face>(world: &World<'_, F>, then: fn(&Pause, &Stop)) -> Synced {
    let service = world.service();
    let (client, bucket) = service.bucket();
    for name in ["a", "b", "c"] {
        put(world, name, b"1", 1_000);
    }
    let (pause, stop) = (Pause::new(), Stop::new());
    let up = stopped(here(world), there(""), &stop);
    let up = InStep { pause: Some(pause.clone()), hold_at: Some("upload a"), ..up };
    let synced = std::thread::scope(|scope| {
        let running = scope.spawn(|| client.sync(up).expect("a summary"));
        while !pause.is_held() && !running.is_finished() {
            std::thread::sleep(Duration::from_millis(1));
        }
        assert_eq!(versions(&bucket), ["a"]);
        then(&pause, &stop);
        running.join().expect("it ends")
    });
    service.count();
    synced
}

fn held_up_until_it_may_go_on<F: Face>(world: &World<'_, F>) {
    let synced = held_up(world, |pause, _| pause.go_on());
    is_done(&synced, &["upload a", "upload b", "upload c"]);
}

/// What the source shows again since it was listed is not removed (S1).
fn a_name_that_comes_back<F: Face>(world: &World<'_, F>) {
    for is_down in [true, false] {
        let service = world.service();
        let (client, bucket) = service.bucket();
        bucket.upload("x/a", b"new".into()).expect("uploaded");
        for name in ["back", "gone"] {
            put(world, name, b"1", 1_000);
            bucket.upload(&format!("y/{name}"), b"1".into()).expect("uploaded");
        }
        let destination = if is_down { here(world) } else { there("y") };
        let pause = Pause::new();
        let sync = InStep::between(there("x"), destination).with(DELETE);
        let hold_at = Some("upload a");
        let sync = InStep { pause: Some(pause.clone()), hold_at, ..sync };
        let synced = std::thread::scope(|scope| {
            let running = scope.spawn(|| client.sync(sync).expect("a summary"));
            while !pause.is_held() && !running.is_finished() {
                std::thread::sleep(Duration::from_millis(1));
            }
            bucket.upload("x/back", b"it is back".into()).expect("uploaded");
            pause.go_on();
            running.join().expect("it ends")
        });
        assert_eq!((synced.summary.failed, synced.summary.deleted), (1, 1), "{:?}", synced.lines);
        assert!(synced.lines.iter().any(|line| line.starts_with("failed Source: delete back")));
        let names = versions(&bucket);
        assert!(names.iter().any(|name| name == "y/back"), "{names:?}");
        assert!(world.path("here/back").exists());
        assert!(if is_down { !world.path("here/gone").exists() } else { names.len() == 4 });
        service.count();
    }
}

/// Nothing is under way whose end would show that it is to stop.
fn held_up_until_it_is_stopped<F: Face>(world: &World<'_, F>) {
    let synced = held_up(world, |_, stop| stop.stop());
    assert_eq!((synced.summary.ending, synced.lines), (Ending::Stopped, vec!["upload a".into()]));
    assert_eq!((synced.summary.transferred, synced.summary.broken_off), (1, 0));
}
