//! Names that were refused for their number, and the run that somebody allows them.

use b2_proto::model::ContentSha1;
use b2_proto::plan::sync::Renames;
use b2_proto::wire::text::Sha1;

use super::*;

const GONE: [&str; 5] = ["a", "b", "c", "d", "e"];

/// None of the names may vanish.
fn refusing(folder: &TempDir, left_max: usize) -> Setup {
    let mut setup = up(folder);
    setup.options.delete_limit = DeleteLimit::Names(0);
    (setup.options.held_max, setup.options.left_max) = (3, left_max);
    setup
}

fn ends(hands: &mut Hands, mut run: Run) -> (Summary, Vec<Event>) {
    let mut told = Vec::new();
    loop {
        match run.step() {
            Next::Begin(ticket, job) => run.ended(ticket, hands.carry_out(job)),
            Next::Tell(event) => told.push(event),
            Next::Wait => panic!("everything ends at once"),
            Next::Over(summary) => return (summary.expect("it runs"), told),
        }
    }
}

/// A sync that has refused all that is gone, and has uploaded what is new.
fn refused(hands: &mut Hands, folder: &TempDir, left_max: usize) -> Refused {
    let refused = Refused::new();
    let run = Run::new(refusing(folder, left_max)).expect("it can be run");
    let (summary, _) = ends(hands, run.refusing(refused.clone()));
    assert_eq!(summary.ending, Ending::TooManyDeletes { wanted: 5, allowed: 0 });
    assert_eq!((summary.deleted, summary.transferred), (0, 2));
    refused
}

#[test]
fn those_that_were_refused_go_and_the_summary_is_of_both() {
    let folder = folder(&["kept", "other"]);
    let mut hands = Hands::new(&GONE);
    let names = refused(&mut hands, &folder, 10);
    assert!(names.is_whole() && names.names() == 5);
    fs::write(folder.path().join("c"), b"it is back").expect("written");
    fs::remove_file(folder.path().join("other")).expect("removed");
    // Telling which takes nothing away from it.
    let dry = Setup { is_dry_run: true, ..refusing(&folder, 10) };
    let (summary, told) = ends(&mut hands, Run::allowing(dry, &names).expect("it can be run"));
    assert_eq!((summary.deleted, lines(&told).len(), hands.bucket.len()), (4, 4, 7));
    let run = Run::allowing(refusing(&folder, 10), &names).expect("it can be run");
    let (summary, told) = ends(&mut hands, run);
    assert!(summary.is_complete(), "{summary:?}");
    assert_eq!((summary.transferred, summary.deleted), (2, 4));
    assert_eq!((summary.planned.transfers, summary.planned.deletes), (2, 4));
    assert!(told.iter().any(|event| matches!(event, Event::Again { names: 5 })));
    assert_eq!(hands.names(), [("c", 1), ("kept", 1), ("other", 1)]);
}

/// Another folder in the place of the one that was walked lacks everything.
#[test]
fn the_folder_is_still_that_of_the_first_run() {
    let outer = folder(&["root/kept", "root/new", "other/z"]);
    let [root, other] = ["root", "other"].map(|name| outer.path().join(name));
    let setup = || Setup { source: End::Folder(root.clone()), ..refusing(&outer, 10) };
    let mut hands = Hands::new(&GONE);
    let names = Refused::new();
    ends(&mut hands, Run::new(setup()).expect("it can be run").refusing(names.clone()));
    fs::rename(&root, outer.path().join("away")).expect("it goes");
    fs::rename(&other, &root).expect("another one");
    let (summary, told) = ends(&mut hands, Run::allowing(setup(), &names).expect("it runs"));
    assert!(!summary.is_complete() && summary.planned.held_back == 5, "{summary:?}");
    assert!(told.iter().any(|event| matches!(event, Event::Unlisted(Side::Source, _))));
    assert_eq!((summary.deleted, hands.bucket.len()), (0, 7));
}

#[test]
fn names_that_are_not_known_to_the_last_cannot_be_allowed() {
    let folder = folder(&["kept", "other"]);
    let setup = || refusing(&folder, 4);
    assert!(Run::allowing(setup(), &Refused::new()).is_err());
    let names = refused(&mut Hands::new(&GONE), &folder, 4);
    assert!(!names.is_whole() && names.names() == 4);
    assert!(Run::allowing(setup(), &names).is_err());
    // A handle that is used again knows nothing of the run before.
    let names = refused(&mut Hands::new(&GONE), &folder, 5);
    let unlimited = Setup { options: options(Direction::Up), ..setup() };
    let again = Run::new(unlimited).expect("it can be run").refusing(names.clone());
    assert!(ends(&mut Hands::new(&GONE), again).0.is_complete());
    assert!(!names.is_whole() && names.names() == 0);
    let names = refused(&mut Hands::new(&GONE), &folder, 5);
    let elsewhere = End::Bucket { id: "c".into(), prefix: String::new() };
    assert!(Run::allowing(Setup { destination: elsewhere, ..setup() }, &names).is_err());
    assert!(Run::allowing(setup(), &names).is_ok());
}

/// What was to be renamed is nowhere else, and nobody is asked about it (S1).
#[test]
fn a_name_whose_copy_has_failed_stays_whatever_somebody_allows() {
    let folder = folder(&["kept", "new"]);
    for fails in [true, false] {
        let setup = || {
            let mut setup = refusing(&folder, 10);
            setup.options.renames = Some(Renames { len_min: 0, held_max: 9 });
            setup
        };
        let mut hands = Hands::new(&["gone"]);
        hands.put("old", 7, 1);
        let version = &mut hands.bucket.get_mut("old").expect("there")[0];
        version.content_sha1 = Some(ContentSha1::Verified(Sha1::of(b"content")));
        let names = Refused::new();
        let mut run = Run::new(setup()).expect("it can be run").refusing(names.clone());
        let summary = loop {
            match run.step() {
                Next::Begin(ticket, Job::Copy(it)) => {
                    let failed = || Error::new(ErrorKind::Unavailable, "it fails");
                    hands.put(it.target.name(), 7, 1);
                    run.ended(ticket, Ended::Done(if fails { Err(failed()) } else { Ok(()) }));
                }
                Next::Begin(ticket, job) => run.ended(ticket, hands.carry_out(job)),
                Next::Tell(_) => {}
                Next::Wait => panic!("everything ends at once"),
                Next::Over(summary) => break summary.expect("it runs"),
            }
        };
        assert_eq!(summary.ending, Ending::TooManyDeletes { wanted: 2, allowed: 0 });
        assert_eq!((summary.failed, summary.renamed), (u64::from(fails), u64::from(!fails)));
        assert_eq!((names.waiting(), names.is_whole()), (u64::from(fails), !fails));
        assert_eq!(Run::allowing(setup(), &names).is_err(), fails);
    }
}
