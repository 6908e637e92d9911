//! Letting go of a target while its disk is slow, or fails.

use super::super::{TargetIs, Version};
use super::*;
use crate::temp::Access;
use b2_proto::plan::Span;
use b2_proto::plan::pieces::Pieces;
use core::time::Duration;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

/// None of what is waited for takes so long.
const WAIT_MAX: Duration = Duration::from_secs(20);

fn span(offset_mib: u64, mib: u64) -> Span {
    Span { offset: offset_mib << 20, len: mib << 20 }
}

fn continued(target: &Path) -> Beside {
    Beside::new(target.to_owned(), TargetIs::New(None), Volume::Disk, true)
}

/// A download of 96 MiB into a file of that length, of which nothing is noted.
fn begun(target: &Path) -> Beside {
    let beside = continued(target);
    let len = 96 << 20;
    let (span, pieces) = (Span { offset: 0, len }, Pieces::whole(len));
    beside.pin(&Version { file_id: "4_z1", len, span, pieces });
    let temp = TempFile::create(target, Access::Default).expect("create");
    temp.file().set_len(len).expect("a length");
    *beside.state_mut() = State::Open(temp);
    beside
}

/// What is there for the next run.
fn left(target: &Path) -> Option<Vec<Span>> {
    continued(target).ranges().map(|it| it.ranges)
}

/// Gives `beside` up while another thread does something slow with it, which ends with a word.
fn give_up_within(
    beside: &Beside,
    slow: impl FnOnce(Sender<()>, Receiver<()>) + Send,
    meanwhile: impl FnOnce(),
) {
    let ((begin, begun), (end, ended)) = (channel(), channel());
    thread::scope(|scope| {
        scope.spawn(move || slow(begin, ended));
        begun.recv_timeout(WAIT_MAX).expect("begun");
        let (tell, released) = channel();
        scope.spawn(move || {
            beside.release();
            tell.send(()).expect("heard");
        });
        let released = released.recv_timeout(WAIT_MAX);
        if released.is_ok() {
            meanwhile();
        }
        end.send(()).expect("heard");
        released.expect("it waits for the disk");
    });
}

#[test]
fn who_gives_up_waits_for_no_flush_and_the_next_goes_on_at_once() {
    let folder = tempfile::tempdir().expect("folder");
    let target = folder.path().join("a");
    let beside = begun(&target);
    let noting = beside.keeping.wrote(span(0, 32)).expect("due");
    beside.note(&noting, |_| Ok(())).expect("noted");
    drop(noting);
    let slow = |begin: Sender<()>, end: Receiver<()>| {
        let noting = beside.keeping.wrote(span(32, 32)).expect("due");
        let flush = |_: &File| {
            begin.send(()).expect("heard");
            end.recv_timeout(2 * WAIT_MAX).map_err(io::Error::other)
        };
        beside.note(&noting, flush).expect_err("it was given up");
    };
    let want = Some(vec![span(0, 32)]);
    give_up_within(&beside, slow, || assert_eq!(left(&target), want));
    assert_eq!(left(&target), want);
    beside.write_at(0, b"x").expect_err("it was given up");
}

#[test]
fn who_has_it_while_the_disk_is_slow_lets_go_of_it() {
    let folder = tempfile::tempdir().expect("folder");
    let target = folder.path().join("a");
    let beside = begun(&target);
    let noting = beside.keeping.wrote(span(0, 32)).expect("due");
    beside.note(&noting, |_| Ok(())).expect("noted");
    drop(noting);
    let slow = |begin: Sender<()>, end: Receiver<()>| {
        let wait = |_: &TempFile| {
            begin.send(()).expect("heard");
            end.recv_timeout(2 * WAIT_MAX).map_err(io::Error::other)
        };
        beside.patiently(wait).expect("done");
    };
    give_up_within(&beside, slow, || {
        beside.write_at(0, b"x").expect_err("it was given up");
        beside.patiently(|_| Ok(())).expect_err("it was given up");
        assert_eq!(left(&target), None, "it is in use");
    });
    assert_eq!(left(&target), Some(vec![span(0, 32)]));
}

/// Completes it while another thread, whose request was given up, still waits for its flush, which
/// ends so.
fn complete_within(target: &Path, flushed: io::Result<()>) -> io::Result<()> {
    let beside = &begun(target);
    let ((begin, begun), (end, ended)) = (channel(), channel());
    let (tell, completed) = channel();
    thread::scope(|scope| {
        scope.spawn(move || {
            let noting = beside.keeping.wrote(span(0, 32)).expect("due");
            let flush = |_: &File| {
                begin.send(()).expect("heard");
                ended.recv_timeout(2 * WAIT_MAX).map_err(io::Error::other)?;
                flushed
            };
            beside.note(&noting, flush).expect_err("it failed or came too late");
        });
        begun.recv_timeout(WAIT_MAX).expect("begun");
        scope.spawn(move || tell.send(beside.commit(96 << 20, None)).expect("heard"));
        // Time enough for whoever does not wait.
        let early = completed.recv_timeout(Duration::from_millis(200));
        end.send(()).expect("heard");
        early.or_else(|_| completed.recv_timeout(WAIT_MAX)).expect("it ends")
    })
}

#[test]
fn nothing_is_completed_beside_a_flush_that_fails() {
    let folder = tempfile::tempdir().expect("folder");
    let target = folder.path().join("a");
    std::fs::write(&target, "old").expect("old");
    complete_within(&target, Err(io::Error::other("dropped"))).expect_err("bytes may be missing");
    assert_eq!(std::fs::read(&target).expect("there"), b"old");
    complete_within(&target, Ok(())).expect("completed");
    assert_eq!(std::fs::metadata(&target).expect("there").len(), 96 << 20);
    assert_eq!(std::fs::read_dir(folder.path()).expect("list").count(), 1);
}

/// The system forgets bytes it could not write, and says so once.
#[cfg(target_os = "linux")]
#[test]
fn nothing_is_noted_or_completed_after_a_flush_that_failed() {
    let folder = tempfile::tempdir().expect("folder");
    let target = folder.path().join("a");
    let beside = begun(&target);
    let bad = State::Open(TempFile::that_cannot_be_flushed(&target));
    let good = core::mem::replace(&mut *beside.state_mut(), bad);
    let State::Open(temp) = &good else { panic!("it is open") };
    let journal = temp.journal_path();
    assert!(beside.keeping.wrote(span(40, 8)).is_none());
    let noting = beside.keeping.wrote(span(0, 32)).expect("due");
    beside.note(&noting, File::sync_data).expect_err("it cannot be flushed");
    *beside.state_mut() = good;
    // Another lane goes on until it notices.
    beside.note(&noting, |_| Ok(())).expect("nothing to do");
    drop(noting);
    assert!(beside.keeping.wrote(span(48, 48)).is_none());
    beside.save().expect("nothing to do");
    assert!(!beside.keeping.is_worth_it());
    let lines = std::fs::read_to_string(journal).expect("the mark");
    assert_eq!(lines.lines().count(), 1, "{lines}");
    beside.commit(96 << 20, None).expect_err("bytes may be missing");
    assert!(!target.exists());
}
