//! Connections: kept, closed by the service, refused, and given up early.

use b2_proto::error::ErrorKind;
use b2_sim::fault::Rule;
use core::time::Duration;
use std::collections::BTreeSet;
use std::fs::File;

use crate::face::{Bucket, Client as _, Face};
use crate::peer;
use crate::scenario::{Scenario, list};
use crate::tools::{bytes, on};
use crate::transfer::{Fetch, Source, Upload};
use crate::world::{Service, Setup, World};

pub(super) fn all<F: Face>() -> Vec<Scenario<F>> {
    let mut scenarios = list![
        one_connection_is_kept,
        the_service_closes_idle_connections,
        the_service_closes_after_errors,
        the_service_closes_after_every_answer,
        connections_are_bounded,
        nobody_is_there,
        an_upload_refused_at_once_is_not_sent,
        an_upload_from_memory_refused_at_once_is_not_sent,
        parts_refused_at_once_are_not_sent,
        a_stream_refused_at_once_is_not_read,
        an_upload_refused_at_once_is_tried_elsewhere,
    ];
    let over_plain = list![a_redirect_is_not_followed, an_answer_that_is_not_http];
    scenarios.extend(over_plain.into_iter().map(Scenario::over_plain));
    scenarios
}

fn connections<F: Face>(service: &Service<'_, F>) -> usize {
    service.records().iter().map(|record| record.connection).collect::<BTreeSet<_>>().len()
}

/// Some libraries take a connection back a moment after its answer was read.
const A_MOMENT: Duration = Duration::from_millis(20);

/// Where such a library is asked again before that, it may open another: once or twice, not for
/// each of the six requests.
fn about(connections: usize, expected: usize) {
    assert!((expected..=expected + 2).contains(&connections), "{connections}, not {expected}");
}

/// Everything one after the other: calls, an upload, a download.
fn a_bit_of_everything<F: Face>(service: &Service<'_, F>, pause: Duration) -> impl Bucket + use<F> {
    let (client, bucket) = service.bucket();
    let rest = || std::thread::sleep(pause);
    rest();
    client.buckets().expect("listed");
    rest();
    bucket.upload("a", bytes(1_000).into()).expect("uploaded");
    rest();
    assert!(bucket.download("a", Fetch::default()).expect("downloaded").bytes == bytes(1_000));
    rest();
    bucket.hide("a").expect("hidden");
    bucket
}

/// Requests of every kind use one connection after each other. Uploads and downloads come often
/// enough that none may cost a connection each time.
fn one_connection_is_kept<F: Face>(world: &World<'_, F>) {
    let service = world.service_with(Setup::real());
    let bucket = a_bit_of_everything(&service, A_MOMENT);
    for _ in 0..5 {
        std::thread::sleep(A_MOMENT);
        bucket.upload("b", bytes(1_000).into()).expect("uploaded");
    }
    for _ in 0..5 {
        std::thread::sleep(A_MOMENT);
        bucket.download("b", Fetch::default()).expect("downloaded");
    }
    about(connections(&service), 1);
}

/// A connection that the service closed meanwhile costs nobody anything. A request that meets the
/// closing on its way is asked about; whether one does depends on time.
fn the_service_closes_idle_connections<F: Face>(world: &World<'_, F>) {
    let idle_max = Some(Duration::from_millis(40));
    let service = world.service_with(Setup { idle_max, ..Setup::real() });
    a_bit_of_everything(&service, Duration::from_millis(200));
    assert!(service.records().iter().all(|record| record.status == 200));
    // One after each pause.
    about(connections(&service), 5);
    let why = "a request that meets the closing on its way is asked about";
    service.count_but(&["b2_list_file_versions"], why);
}

/// An error whose answer closes the connection is repeated on another.
fn the_service_closes_after_errors<F: Face>(world: &World<'_, F>) {
    let service = world.service_with(Setup::real());
    let fail = |operation| Rule { nth: Some(1), status: Some(503), close: true, ..on(operation) };
    service.faults([
        fail("b2_authorize_account"),
        fail("b2_list_buckets"),
        fail("b2_upload_file"),
        fail("b2_download_file_by_name"),
        fail("b2_hide_file"),
    ]);
    a_bit_of_everything(&service, A_MOMENT);
    // One after each error.
    about(connections(&service), 6);
}

/// A service that keeps no connection is served all the same.
fn the_service_closes_after_every_answer<F: Face>(world: &World<'_, F>) {
    let service = world.service_with(Setup::real());
    service.faults([Rule { close: true, ..on("*") }]);
    a_bit_of_everything(&service, Duration::ZERO);
    let records = service.records();
    assert!(records.iter().all(|record| record.status == 200));
    assert_eq!(connections(&service), records.len());
}

/// As many requests at a time as are allowed, whatever the number of jobs and lanes. A pool may
/// open a connection while another becomes free, so there may be a few more of those in all.
fn connections_are_bounded<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let mut settings = service.settings();
    settings.connections = 3;
    let (_, bucket) = service.bucket_with(settings);
    // So that all that may be under way are at the same time.
    service.faults([Rule { latency_ms: 20, ..on("*") }]);
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let bucket = bucket.clone();
            scope.spawn(move || {
                let name = thread.to_string();
                bucket.upload(&name, bytes(1_000).into()).expect("uploaded");
                bucket.download(&name, Fetch::default()).expect("downloaded");
            });
        }
    });
    assert_eq!(service.transcript().unanswered_max(), 3);
    // A library may begin to connect, and then take a connection that has come free meanwhile. With
    // one for each of the sixteen transfers and their URLs nothing would be used again.
    assert!(connections(&service) < 16, "{} connections", connections(&service));
    service.count();
}

/// A refused connection is tried five times, and cannot have changed anything.
fn nobody_is_there<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let settings = service.settings();
    drop(service);
    let listed = world.client(settings).expect("a client").buckets();
    world.said(&listed);
    let error = listed.expect_err("nobody is there");
    assert_eq!((error.kind, error.status, error.attempts), (ErrorKind::Network, 0, 5), "{error}");
    assert!(!error.may_have_taken_effect);
}

/// Five gigabytes that take no room.
const LEN: u64 = 5_000_000_000;

/// What may be on its way when the answer arrives: buffers of both sides, and what the service
/// still reads.
const SENT_MAX: u64 = 64 << 20;

fn refused<F: Face>(world: &World<'_, F>, operation: &str, upload: Upload) {
    let service = world.service_with(Setup::real());
    let (_, bucket) = service.bucket();
    service.faults([Rule { status: Some(403), ..on(operation) }]);
    let uploaded = bucket.upload("a", upload);
    let uploads = service.of(operation);
    let many = "how many had begun when the first was refused";
    match operation {
        "b2_upload_part" => service.count_but(&[operation, "b2_get_upload_part_url"], many),
        _ => service.count(),
    }
    service.said(&uploaded);
    let error = uploaded.expect_err("refused");
    assert_eq!((error.status, error.kind), (403, ErrorKind::CapExceeded), "{error}");
    for upload in uploads {
        assert!(upload.received < SENT_MAX, "{} bytes were sent", upload.received);
    }
}

fn huge_file<F: Face>(world: &World<'_, F>) -> Source {
    let path = world.path("huge");
    File::create(&path).and_then(|file| file.set_len(LEN)).expect("made");
    path.into()
}

/// The answer that refuses a file of 5 GB is seen while it is being sent.
fn an_upload_refused_at_once_is_not_sent<F: Face>(world: &World<'_, F>) {
    let upload = Upload { part_len: Some(LEN), ..huge_file(world).into() };
    refused(world, "b2_upload_file", upload);
}

/// The same for bytes in memory.
fn an_upload_from_memory_refused_at_once_is_not_sent<F: Face>(world: &World<'_, F>) {
    let upload = Upload { part_len: Some(LEN), ..vec![0; 200_000_000].into() };
    refused(world, "b2_upload_file", upload);
}

/// The same for several parts at a time.
fn parts_refused_at_once_are_not_sent<F: Face>(world: &World<'_, F>) {
    // Reading such a file first would take too long.
    let (part_len, one_pass) = (Some(LEN / 5), true);
    let upload = Upload { part_len, one_pass, ..huge_file(world).into() };
    refused(world, "b2_upload_part", upload);
}

/// What can be read once is left when its first parts are refused.
fn a_stream_refused_at_once_is_not_read<F: Face>(world: &World<'_, F>) {
    let endless = Source::Stream(Box::new(std::io::repeat(7)));
    refused(world, "b2_upload_part", endless.into());
}

/// A vault that has no time says so at once; another one gets the file.
fn an_upload_refused_at_once_is_tried_elsewhere<F: Face>(world: &World<'_, F>) {
    let service = world.service_with(Setup::real());
    let (_, bucket) = service.bucket();
    let data = bytes(20_000_000);
    service.faults([Rule { count: Some(2), status: Some(503), ..on("b2_upload_file") }]);
    bucket.upload("a", data.into()).expect("uploaded");
    assert_eq!(service.statuses("b2_upload_file"), [503, 503, 200]);
}

/// A key goes to nobody the caller has not named.
fn a_redirect_is_not_followed<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let head = "HTTP/1.1 307 Elsewhere\r\nContent-Length: 0\r\nConnection: close";
    let answer = format!("{head}\r\nLocation: {}\r\n\r\n", service.handle().url());
    let realm = peer::answering(answer);
    let client = world.client(world.settings(&realm, "id", "key")).expect("a client");
    let account = client.authorize();
    service.said(&account);
    let error = account.expect_err("not an answer");
    assert_eq!((error.status, error.attempts), (307, 1), "{error}");
    assert!(service.records().is_empty(), "the redirect was followed");
}

/// A peer of another kind is told from a service, and is not tried again.
fn an_answer_that_is_not_http<F: Face>(world: &World<'_, F>) {
    let realm = peer::answering("SSH-2.0-OpenSSH_9.6\r\n\r\n".to_owned());
    let client = world.client(world.settings(&realm, "id", "key")).expect("a client");
    let account = client.authorize();
    world.said(&account);
    let error = account.expect_err("not an answer");
    assert_eq!((error.kind, error.attempts), (ErrorKind::Protocol, 1), "{error}");
}
