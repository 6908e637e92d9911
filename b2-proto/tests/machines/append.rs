//! Whether a local file has only grown.

use b2_proto::error::{Cause, ErrorKind};
use b2_proto::id::SourceId;
use b2_proto::machine::append::{Append, Appended, Comparison, Reason};
use b2_proto::machine::upload::Payload;
use b2_proto::machine::{Input, Phase};
use b2_proto::model::{EncryptionInfo, EncryptionMode, FileAction, FileVersion};
use b2_proto::wire::text::Sha1;

use crate::scenario::*;

type Job = Scenario<One<Append>>;

/// A version of a hundred bytes.
fn version() -> FileVersion {
    let mut version = FileVersion::new("a", "b", "4_z1", "n", FileAction::Upload);
    version.content_length = 100;
    version.content_sha1 = Some(SHA1.to_string().as_str().into());
    version
}

fn compare(remote: Option<FileVersion>, len: u64) -> Job {
    compare_in(remote, Payload::seekable(SourceId(0), len), &[])
}

fn compare_in(remote: Option<FileVersion>, payload: Payload, pieces: &[u64]) -> Job {
    let pieces = pieces.to_vec();
    let (part_len_min, has_customer_key) = (50, false);
    let comparison = Comparison { remote, payload, pieces, part_len_min, has_customer_key };
    Scenario::of(Append::new(comparison))
}

fn grown(whole: Sha1, pieces: &[Sha1]) -> Appended {
    Appended::Rest { remote_len: 100, whole, pieces: pieces.to_vec() }
}

#[track_caller]
fn read(job: &mut Job, range: &str, digest: Sha1, through: Option<Sha1>) {
    let hash = job.take(HASH);
    assert_eq!(hash.body, range);
    job.input(&hash, Input::Hashed { id: hash.id, digest, through });
}

#[test]
fn what_follows_is_to_be_sent() {
    let mut job = compare(Some(version()), 101);
    read(&mut job, "100 from 0", SHA1, Some(SHA1));
    read(&mut job, "1 from 100", OTHER_SHA1, Some(OTHER_SHA1));
    assert_eq!(job.outcome(), Ok(grown(OTHER_SHA1, &[SHA1, OTHER_SHA1])));
}

#[test]
fn without_a_running_hash_everything_is_read_again() {
    let mut job = compare(Some(version()), 130);
    read(&mut job, "100 from 0", SHA1, None);
    read(&mut job, "30 from 100", SHA1, None);
    read(&mut job, "130 from 0", OTHER_SHA1, None);
    assert_eq!(job.outcome(), Ok(grown(OTHER_SHA1, &[SHA1, SHA1])));
}

#[test]
fn one_read_gives_the_digests_of_all_pieces() {
    let payload = Payload::seekable(SourceId(0), 130);
    let mut job = compare_in(Some(version()), payload, &[50, 50, 30]);
    assert_eq!(job.progress.phase, Phase::Reading);
    read(&mut job, "50 from 0", OTHER_SHA1, Some(OTHER_SHA1));
    let piece = job.flights[0].clone();
    job.input(&piece, Input::Moved { id: piece.id, bytes: 20 });
    assert_eq!((job.progress.bytes_done, job.progress.parts_done), (70, 1));
    read(&mut job, "50 from 50", OTHER_SHA1, Some(SHA1));
    read(&mut job, "30 from 100", SHA1, Some(OTHER_SHA1));
    assert_eq!(job.outcome(), Ok(grown(OTHER_SHA1, &[OTHER_SHA1, OTHER_SHA1, SHA1])));
}

#[test]
fn what_a_running_hash_tells_of_a_range_counts_for_nothing() {
    let payload = Payload { offset: 7, ..Payload::seekable(SourceId(0), 130) };
    let mut job = compare_in(Some(version()), payload, &[50, 50, 30]);
    read(&mut job, "50 from 7", OTHER_SHA1, Some(OTHER_SHA1));
    read(&mut job, "50 from 57", OTHER_SHA1, Some(OTHER_SHA1));
    read(&mut job, "100 from 7", SHA1, None);
    read(&mut job, "30 from 107", OTHER_SHA1, Some(OTHER_SHA1));
    read(&mut job, "130 from 7", SHA1, None);
    assert_eq!(job.outcome(), Ok(grown(SHA1, &[OTHER_SHA1; 3])));
}

#[test]
fn an_unchanged_file_is_one_copy() {
    let mut job = compare(Some(version()), 100);
    read(&mut job, "100 from 0", SHA1, None);
    assert_eq!(job.outcome(), Ok(Appended::Unchanged { whole: SHA1 }));
}

#[test]
fn nothing_is_read_behind_another_beginning() {
    let all = Appended::All { reason: Reason::Changed };
    let mut job = compare(Some(version()), 130);
    read(&mut job, "100 from 0", OTHER_SHA1, None);
    assert_eq!(job.outcome(), Ok(all.clone()));
    let payload = Payload::seekable(SourceId(0), 130);
    let mut job = compare_in(Some(version()), payload, &[50, 50, 30]);
    read(&mut job, "50 from 0", SHA1, None);
    read(&mut job, "50 from 50", SHA1, None);
    read(&mut job, "100 from 0", OTHER_SHA1, None);
    assert_eq!(job.outcome(), Ok(all));
}

#[test]
fn what_needs_no_reading() {
    let changed = |change: fn(&mut FileVersion)| {
        let mut version = version();
        change(&mut version);
        Some(version)
    };
    let customer = |version: &mut FileVersion| {
        let mut info = EncryptionInfo::NONE;
        info.mode = Some(EncryptionMode::SseC);
        version.server_side_encryption = Some(info);
    };
    let cases = [
        (None, Reason::NoVersion),
        (changed(|it| it.action = FileAction::Hide), Reason::NoVersion),
        (changed(|it| it.content_length = 49), Reason::TooShort),
        (changed(|it| it.content_length = 131), Reason::Shrunk),
        (changed(|it| it.content_sha1 = Some("none".into())), Reason::NoSha1),
        (changed(customer), Reason::NoCustomerKey),
    ];
    for (remote, reason) in cases {
        let mut job = compare(remote, 130);
        assert_eq!(job.outcome(), Ok(Appended::All { reason }));
        assert!(job.begun.is_empty());
    }
}

#[test]
fn the_sha1_of_a_large_file_does() {
    let mut version = version();
    version.content_sha1 = Some("none".into());
    version.file_info.insert("large_file_sha1".to_owned(), SHA1.to_string());
    let mut job = compare(Some(version), 100);
    read(&mut job, "100 from 0", SHA1, None);
    assert_eq!(job.outcome(), Ok(Appended::Unchanged { whole: SHA1 }));
}

#[test]
fn trouble_and_cancelling() {
    let mut job = compare(Some(version()), 100);
    let hash = job.take(HASH);
    job.break_off(&hash, Cause::SourceChanged, 0);
    assert_eq!(job.error().kind, ErrorKind::Source);
    let mut job = compare(Some(version()), 100);
    job.cancel();
    assert_eq!((job.aborted.clone(), job.error().kind), (vec![HASH], ErrorKind::Cancelled));
}
