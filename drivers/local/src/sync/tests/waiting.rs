//! A run never waits for nothing (S3).

use b2_proto::op::list_file_names::FileNamesPage;

use super::pruning::EMPTIED_MAX;
use super::*;

fn names(names: &[&str], next: Option<&str>) -> Ended {
    let version = |name: &&str| {
        let mut version = FileVersion::new("a", "b", "id", *name, FileAction::Upload);
        version.content_length = 7;
        ListEntry::File(version)
    };
    let rows = names.iter().map(version).collect();
    Ended::Names(Ok(FileNamesPage::new(rows, next.map(str::to_owned))))
}

#[test]
fn a_folder_that_has_become_empty_goes_when_the_listing_ends_long_after() {
    let folder = folder(&["a", "d/gone", "f"]);
    let mut setup = up(&folder);
    (setup.source, setup.destination) = (setup.destination, setup.source);
    let compare = b2_proto::plan::sync::Compare::Name;
    setup.options = Options { compare, ..setup.options };
    setup.options.direction = Direction::Down;
    setup.options.delete_limit = DeleteLimit::Unlimited;
    let mut run = Run::new(setup).expect("it can be run");
    let (mut open, mut pages) = (Vec::new(), 0);
    let summary = loop {
        match run.step() {
            Next::Begin(ticket, job) => open.push((ticket, job)),
            Next::Tell(_) => {}
            Next::Wait => {
                // The last page comes when all else is done.
                let is_local = |(_, job): &(Ticket, Job)| matches!(job, Job::Local(_));
                let at = open.iter().position(is_local).unwrap_or(0);
                assert!(!open.is_empty(), "it waits for nothing");
                let ended = match open.remove(at) {
                    (ticket, Job::Local(job)) => (ticket, job.run(&|| false)),
                    (ticket, _) if pages == 0 => {
                        pages += 1;
                        (ticket, names(&["a", "f"], Some("f")))
                    }
                    (ticket, _) => (ticket, names(&[], None)),
                };
                run.ended(ended.0, ended.1);
            }
            Next::Over(result) => break result.expect("it runs"),
        }
    };
    assert_eq!(summary.deleted, 1);
    assert!(!folder.path().join("d").exists());
}

/// A file that takes long must not hold up all others.
#[test]
fn folders_that_nothing_is_going_on_in_go_while_a_file_is_being_removed() {
    let gone: Vec<String> =
        (0..EMPTIED_MAX + 50).map(|number| format!("d/{number:04}/gone")).collect();
    let there = gone.iter().map(String::as_str).chain(["d/9999/long", "kept"]);
    let kept = folder(&there.collect::<Vec<_>>());
    let mut setup = up(&kept);
    (setup.source, setup.destination) = (setup.destination, setup.source);
    let compare = b2_proto::plan::sync::Compare::Name;
    setup.options = Options { compare, direction: Direction::Down, ..setup.options };
    setup.options.delete_limit = DeleteLimit::Unlimited;
    let mut run = Run::new(setup).expect("it can be run");
    let (mut open, mut deleted) = (Vec::new(), 0);
    loop {
        match run.step() {
            Next::Begin(ticket, job) => open.push((ticket, job)),
            Next::Tell(event) => deleted += usize::from(matches!(event, Event::Done(_))),
            Next::Wait => {
                let is_long = |(_, job): &(Ticket, Job)| {
                    let Job::Local(LocalJob::Remove(file, _)) = job else { return false };
                    file.name == "d/9999/long"
                };
                let Some(at) = open.iter().position(|job| !is_long(job)) else { break };
                let (ticket, job) = open.remove(at);
                let listed = || names(&["kept"], None);
                let ended = if let Job::Local(job) = job { job.run(&|| false) } else { listed() };
                run.ended(ticket, ended);
            }
            Next::Over(result) => panic!("nobody has removed the file: {result:?}"),
        }
    }
    // Only what the file is in is left, and what became empty since.
    assert_eq!((open.len(), deleted), (1, gone.len()));
    let left = fs::read_dir(kept.path().join("d")).expect("it is in use").count();
    assert!(left < 60, "{left} folders are left");
}
