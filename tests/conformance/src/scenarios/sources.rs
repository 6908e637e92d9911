//! Sources that are not what they seemed (S15).

use b2_proto::error::{Cause, ErrorKind};
use b2_sim::fault::Rule;
use std::fs::{self, File};
use std::io::{self, Read, Write as _};
use std::path::Path;

use crate::face::{Bucket as _, Face};
use crate::scenario::{Scenario, list};
use crate::settings::Settings;
use crate::tools::{bytes, on};
use crate::transfer::{Fetch, Source, Upload};
use crate::world::World;

pub(super) fn all<F: Face>() -> Vec<Scenario<F>> {
    list![
        what_is_no_file,
        a_reader_that_fails,
        a_reader_that_fails_within_a_part,
        part_of_a_file,
        part_of_a_file_beyond_its_end,
        what_a_function_opens,
        what_a_function_cannot_open,
        streams_become_what_they_turn_out_to_be,
        a_stream_that_fails,
        a_stream_that_fails_within_a_part,
        a_stream_whose_part_is_lost,
        a_stream_beyond_the_budget,
        a_file_that_grows_between_attempts,
        a_file_that_shrinks_between_attempts,
        a_file_that_changes_between_parts,
        a_file_that_changes_after_it_was_read,
    ]
}

/// A folder and a missing file are refused before anything is sent.
fn what_is_no_file<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    fs::create_dir(world.path("folder")).expect("made");
    for name in ["folder", "missing"] {
        let uploaded = bucket.upload("a", world.path(name).into());
        service.said(&uploaded);
        assert_eq!(uploaded.expect_err(name).kind, ErrorKind::Source);
    }
}

/// Gives bytes, and then an error.
struct Broken(usize);

impl Read for Broken {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = self.0.min(buffer.len());
        self.0 -= len;
        if len == 0 { Err(io::Error::other("cable pulled")) } else { Ok(len) }
    }
}

/// The reader's own words are in the error.
fn a_reader_that_fails<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    let source = Source::Reader(Box::new(Broken(50)), 100);
    let uploaded = bucket.upload("a", source.into());
    service.said(&uploaded);
    let error = uploaded.expect_err("broken");
    assert_eq!((error.kind, error.cause), (ErrorKind::Source, Some(Cause::SourceUnreadable)));
    assert!(error.to_string().contains("cable"), "{error}");
}

/// A large file is not finished when its source fails.
fn a_reader_that_fails_within_a_part<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    let source = Source::Reader(Box::new(Broken(450)), 1_000);
    let upload = Upload { lanes: Some(1), ..source.into() };
    let uploaded = bucket.upload("a", upload);
    service.said(&uploaded);
    assert_eq!(uploaded.expect_err("broken").kind, ErrorKind::Source);
    assert!(service.statuses("b2_finish_large_file").is_empty());
}

/// Short and long parts of a file, with a part that is sent again.
fn part_of_a_file<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    service.faults([Rule { nth: Some(2), status: Some(503), ..on("b2_upload_part") }]);
    let data = bytes(2_000);
    let path = world.file("a", &data);
    for range in [0..0, 1_900..2_000, 150..1_100_usize] {
        let source = Source::PartOf(path.clone(), range.start as u64..range.end as u64);
        bucket.upload("a", Upload { lanes: Some(1), ..source.into() }).expect("uploaded");
        let downloaded = bucket.download("a", Fetch::default()).expect("downloaded");
        assert_eq!(downloaded.bytes, data[range.clone()], "{range:?}");
    }
}

/// A part that is not there is refused before anything is sent.
fn part_of_a_file_beyond_its_end<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    let path = world.file("a", &bytes(100));
    let uploaded = bucket.upload("a", Source::PartOf(path, 50..101).into());
    service.said(&uploaded);
    assert_eq!(uploaded.expect_err("too short").kind, ErrorKind::Source);
}

/// A source that a function opens is sent like a file: also again, and in parts.
fn what_a_function_opens<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    service.faults([
        Rule { nth: Some(1), status: Some(503), ..on("b2_upload_file") },
        Rule { nth: Some(2), status: Some(503), ..on("b2_upload_part") },
    ]);
    for len in [0, 100, 950] {
        let data = bytes(len);
        let all = data.clone();
        let open = move |offset| -> io::Result<Box<dyn Read + Send>> {
            let mut reader = io::Cursor::new(all.clone());
            reader.set_position(offset);
            Ok(Box::new(reader))
        };
        let source = Source::Replay(len as u64, Box::new(open));
        bucket.upload("a", Upload { lanes: Some(1), ..source.into() }).expect("uploaded");
        assert_eq!(bucket.download("a", Fetch::default()).expect("downloaded").bytes, data);
    }
}

/// The function's own words are in the error.
fn what_a_function_cannot_open<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    let open = |_| -> io::Result<Box<dyn Read + Send>> { Err(io::Error::other("tape is torn")) };
    let uploaded = bucket.upload("a", Source::Replay(100, Box::new(open)).into());
    let error = uploaded.expect_err("torn");
    assert_eq!((error.kind, error.cause), (ErrorKind::Source, Some(Cause::SourceUnreadable)));
    assert!(error.to_string().contains("tape is torn"), "{error}");
    service.count();
}

/// An upload of a stream, a part at a time.
fn stream(reader: impl Read + Send + 'static) -> Upload {
    Upload { lanes: Some(1), ..Source::Stream(Box::new(reader)).into() }
}

/// A stream that ends within a part goes up in one request, others in parts, and none has to say
/// how long it is.
fn streams_become_what_they_turn_out_to_be<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    for len in [0, 1, 200, 201, 400, 950] {
        let data = bytes(len);
        let uploaded = bucket.upload("a", stream(io::Cursor::new(data.clone())));
        assert_eq!(uploaded.expect("uploaded").file.content_length, len as u64);
        assert_eq!(bucket.download("a", Fetch::default()).expect("downloaded").bytes, data);
    }
}

/// Before it is known what to send, nothing is sent.
fn a_stream_that_fails<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    let uploaded = bucket.upload("a", stream(Broken(350)));
    service.said(&uploaded);
    assert_eq!(uploaded.expect_err("broken").kind, ErrorKind::Source);
}

/// A large file is not finished when its stream fails.
fn a_stream_that_fails_within_a_part<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    let uploaded = bucket.upload("a", stream(Broken(950)));
    assert_eq!(uploaded.expect_err("broken").kind, ErrorKind::Source);
    assert_eq!(service.statuses("b2_start_large_file"), [200]);
    assert!(service.statuses("b2_finish_large_file").is_empty());
    service.count_but(&["b2_upload_part"], "how many had arrived when it failed");
}

/// What is too much is told, and what would be enough.
fn a_stream_beyond_the_budget<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let mut settings = service.settings();
    settings.buffer_bytes = Some(199);
    let (_, bucket) = service.bucket_with(settings);
    let uploaded = bucket.upload("a", stream(io::Cursor::new(bytes(1))));
    service.said(&uploaded);
    let error = uploaded.expect_err("two of the shortest parts are longer");
    assert_eq!(error.kind, ErrorKind::Limit);
    assert!(error.to_string().contains("allow 200"), "{error}");
}

/// What cannot be read again is sent again.
fn a_stream_whose_part_is_lost<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    service.faults([Rule { nth: Some(2), status: Some(503), ..on("b2_upload_part") }]);
    let data = bytes(950);
    bucket.upload("a", stream(io::Cursor::new(data.clone()))).expect("uploaded");
    assert_eq!(bucket.download("a", Fetch::default()).expect("downloaded").bytes, data);
}

/// Puts the first request off and changes the file before the second.
fn change_meanwhile<F: Face>(world: &World<'_, F>, part_len: u64, change: fn(&Path)) {
    change_before(world, ["b2_upload_file", "b2_upload_part"], part_len, change);
}

/// The same with the first request of any of these operations.
fn change_before<F: Face, const COUNT: usize>(
    world: &World<'_, F>,
    operations: [&'static str; COUNT],
    part_len: u64,
    change: fn(&Path),
) {
    const LEN: usize = 300_000;
    let service = world.service();
    let mut settings = service.settings();
    settings.policy.retry_after_ms_max = 1_000;
    let (_, bucket) = service.bucket_with(Settings { lanes: 1, ..settings });
    let later = |operation| Rule {
        nth: Some(1),
        status: Some(429),
        retry_after_s: Some(1),
        ..on(operation)
    };
    service.faults(operations.map(later));
    let path = world.file("a", &bytes(LEN));
    let target = path.clone();
    let listener = move |progress: b2_proto::machine::Progress| {
        let is_as_it_was = fs::metadata(&target).is_ok_and(|it| it.len() == LEN as u64);
        if progress.retries == 1 && is_as_it_was {
            change(&target);
        }
    };
    let upload =
        Upload { part_len: Some(part_len), progress: Some(Box::new(listener)), ..path.into() };
    let error = bucket.upload("a", upload).expect_err("the file changed");
    assert_eq!((error.kind, error.cause), (ErrorKind::Source, Some(Cause::SourceChanged)));
    bucket.head("a").expect_err("nothing was stored");
    let begun = ["b2_upload_file broken-off", "b2_upload_part broken-off"];
    service.count_but(&begun, "whether the peer saw it begin");
}

fn grow(path: &Path) {
    let file = File::options().append(true).open(path);
    file.and_then(|mut file| file.write_all(b"more")).expect("appended");
}

fn shrink(path: &Path) {
    File::options().write(true).open(path).and_then(|file| file.set_len(3)).expect("cut");
}

/// What was appended meanwhile is noticed.
fn a_file_that_grows_between_attempts<F: Face>(world: &World<'_, F>) {
    change_meanwhile(world, 1_000_000, grow);
}

/// What was cut off meanwhile is noticed.
fn a_file_that_shrinks_between_attempts<F: Face>(world: &World<'_, F>) {
    change_meanwhile(world, 1_000_000, shrink);
}

/// A change between the reading of the file and its first part is noticed.
fn a_file_that_changes_after_it_was_read<F: Face>(world: &World<'_, F>) {
    change_before(world, ["b2_list_unfinished_large_files"], 100_000, grow);
}

/// A change between two parts is noticed, and the file is not finished.
fn a_file_that_changes_between_parts<F: Face>(world: &World<'_, F>) {
    change_meanwhile(world, 100_000, grow);
}
