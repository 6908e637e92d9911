//! Files that are built while it is still told what of.

use b2_proto::error::ErrorKind;
use b2_proto::machine::large::Leftover;
use b2_proto::machine::upload::Continued;
use core::time::Duration;
use std::sync::mpsc::channel;

use super::{LEN, build, builds, mixed, of, stored};
use crate::build::{Build, Bytes};
use crate::face::{Bucket, Client as _, Face};
use crate::scenario::{Scenario, list};
use crate::tools::bytes;
use crate::world::World;

pub(super) fn all<F: Face>() -> Vec<Scenario<F>> {
    list![
        a_stream,
        a_stream_of_one_part,
        a_stream_of_many_files,
        a_stream_goes_before_it_ends,
        a_stream_that_is_no_file,
        what_a_stream_cannot_do,
    ]
}

/// Longer than anything takes that does not hang.
const PATIENCE: Duration = Duration::from_secs(120);

fn stream(pieces: Vec<Bytes>) -> Build {
    Build { is_stream: true, ..build(pieces) }
}

/// Copied, sent and fetched bytes; nothing is looked for that could be continued.
fn a_stream<F: Face>(world: &World<'_, F>) {
    let data = bytes(LEN);
    let service = world.service();
    let (_, bucket) = service.bucket();
    let old = stored(&bucket, &data[..]);
    service.skip();
    let searches = || service.of("b2_list_unfinished_large_files").len();
    let before = searches();
    let built = builds(&service, &bucket, &data[..590], stream(mixed(&old, &data)));
    assert_eq!((built.totals.copied, built.totals.sent, built.totals.fetched), (400, 190, 90));
    assert_eq!(built.continued, Continued::NotTried);
    assert_eq!(searches(), before + 1, "that of the check");
}

/// One part is no large file: an upload, a copy, an empty file.
fn a_stream_of_one_part<F: Face>(world: &World<'_, F>) {
    let data = bytes(LEN);
    let service = world.service();
    let (_, bucket) = service.bucket();
    let old = stored(&bucket, &data[..]);
    service.skip();
    let pieces = vec![Bytes::Append(data[..100].to_vec()), Bytes::AppendCopy(of(&old, 100, 50))];
    let built = builds(&service, &bucket, &data[..150], stream(pieces));
    assert_eq!(built.file.whole_sha1(), built.sha1);
    let pieces = vec![Bytes::AppendCopy(of(&old, 100, 200))];
    builds(&service, &bucket, &data[100..300], stream(pieces));
    assert_eq!(service.of("b2_copy_file").len(), 1);
    builds(&service, &bucket, &[], stream(vec![Bytes::Append(Vec::new())]));
}

/// Each is open only while it is read.
fn a_stream_of_many_files<F: Face>(world: &World<'_, F>) {
    let data = bytes(LEN);
    let service = world.service();
    let (_, bucket) = service.bucket();
    service.skip();
    let path = world.file("data", &data);
    let ranges = (0..2 * LEN).map(|at| (at as u64, (at % LEN) as u64..(at % LEN) as u64 + 1));
    let pieces = vec![Bytes::Ranges(path, ranges.collect())];
    let built = builds(&service, &bucket, &data.repeat(2), stream(pieces));
    assert_eq!((built.totals.sent, built.totals.uploads), (2 * LEN as u64, 10));
}

/// The large file is there while the rest of the input is still waited for.
fn a_stream_goes_before_it_ends<F: Face>(world: &World<'_, F>) {
    let data = bytes(LEN);
    let service = world.service();
    let (_, bucket) = service.bucket();
    service.skip();
    let (tell, told) = channel();
    let wait = move || {
        told.recv_timeout(PATIENCE).expect("the large file is started before its input ends");
    };
    let pieces = vec![
        Bytes::Append(data[..700].to_vec()),
        Bytes::Append(data[700..800].to_vec()),
        Bytes::Wait(Box::new(wait)),
        Bytes::Append(data[800..].to_vec()),
    ];
    let started = move |id: &str| tell.send(id.to_owned()).expect("somebody waits");
    let tell_once = std::sync::Mutex::new(Some(started));
    let listener = move |id: &str| {
        if let Some(started) = tell_once.lock().expect("whole").take() {
            started(id);
        }
    };
    let build = Build { large_file_started: Some(Box::new(listener)), ..stream(pieces) };
    let built = builds(&service, &bucket, &data, build);
    assert_eq!(built.totals.uploads, 5);
}

/// What shows after a part was sent leaves the unfinished file, or not, as is wanted.
fn a_stream_that_is_no_file<F: Face>(world: &World<'_, F>) {
    let data = bytes(LEN);
    let service = world.service();
    let (client, bucket) = service.bucket();
    client.authorize().expect("logged in");
    let old = stored(&bucket, &data[..]);
    service.skip();
    let unsorted = vec![Bytes::Write(5, vec![1; 5]), Bytes::Write(0, vec![1; 5])];
    for pieces in [Vec::new(), vec![Bytes::Write(5, vec![1; 5])], unsorted] {
        let built = bucket.create_file("new", stream(pieces));
        service.said(&built);
        assert_eq!(built.expect_err("no file").kind, ErrorKind::InvalidInput);
    }
    assert_eq!(service.of("b2_start_large_file").len(), 1, "that of the source");
    let first = || {
        vec![
            Bytes::AppendCopy(of(&old, 0, 400)),
            Bytes::AppendCopy(of(&old, 400, 300)),
            Bytes::Append(vec![1; 5]),
            Bytes::Append(vec![1; 5]),
        ]
    };
    let ends = [
        (Bytes::Write(711, vec![1; 5]), ErrorKind::InvalidInput, "bytes 710 to 711"),
        (Bytes::Failure("no list"), ErrorKind::Source, "no list"),
    ];
    for (end, kind, words) in ends {
        let mut pieces = first();
        pieces.push(end);
        let build = Build { leftover: Some(Leftover::Remove), ..stream(pieces) };
        let error = bucket.create_file("new", build).expect_err("no file");
        assert!(error.kind == kind && error.message.contains(words), "{error}");
        assert!(bucket.unfinished().expect("listed").is_empty());
    }
    let mut pieces = first();
    pieces.push(Bytes::Write(711, vec![1; 5]));
    bucket.create_file("new", stream(pieces)).expect_err("no file");
    let why = "how far the parts were when the job was given up";
    service.count_but(&["b2_upload_part", "b2_get_upload_part_url", "b2_copy_part"], why);
}

/// Refused before anything is asked for.
fn what_a_stream_cannot_do<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket) = service.bucket();
    client.authorize().expect("logged in");
    service.skip();
    let pieces = || vec![Bytes::Append(vec![1; 5])];
    let refused = [
        Build { least_transfer: true, ..stream(pieces()) },
        Build { verify_overlap: true, ..stream(pieces()) },
        Build { continue_from: Some("4_z1".into()), ..stream(pieces()) },
    ];
    for build in refused {
        let built = bucket.create_file("new", build);
        service.said(&built);
        assert_eq!(built.expect_err("refused").kind, ErrorKind::InvalidInput);
    }
    let plan = bucket.plan("new", stream(pieces()));
    assert_eq!(plan.expect_err("not known yet").kind, ErrorKind::InvalidInput);
}
