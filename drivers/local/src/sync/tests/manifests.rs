//! Manifests of blocks, and files of the user that have their names.

use b2_proto::plan::blocks::CONTENT_TYPE;
use b2_proto::plan::sync::HeldBack;

use super::*;

/// Puts a manifest above what has this name.
fn put_manifest(hands: &mut Hands, name: &str) {
    hands.put(name, 9, 9);
    let newest = hands.bucket.get_mut(name).and_then(|all| all.last_mut()).expect("a version");
    newest.content_type = Some(CONTENT_TYPE.to_owned());
}

#[test]
fn manifests_take_no_part() {
    let folder = folder(&["disk"]);
    let mut hands = Hands::new(&["gone"]);
    put_manifest(&mut hands, "disk.b2blocks");
    let (summary, _) = hands.run(up(&folder));
    assert!(summary.expect("it runs").is_complete());
    assert_eq!(hands.names(), [("disk", 1), ("disk.b2blocks", 1)]);
    let (summary, told) = hands.run(down(&folder));
    assert!(summary.expect("it runs").is_complete(), "{told:?}");
    assert!(!folder.path().join("disk.b2blocks").exists());
}

/// A bucket of manifests alone has nothing to bring, and is as empty as one without.
#[test]
fn manifests_alone_are_an_empty_source() {
    let folder = folder(&["a"]);
    let mut hands = Hands::new(&[]);
    put_manifest(&mut hands, "disk.b2blocks");
    let (summary, _) = hands.run(down(&folder));
    assert_eq!(summary.expect("it runs").ending, Ending::EmptySource);
    assert!(folder.path().join("a").exists());
}

/// Its own version is there, but nobody sees it.
#[test]
fn a_file_under_a_manifest_is_uploaded_again() {
    for keep in [Keep::All, Keep::Newest, Keep::Days { days: 1, by: Default::default() }] {
        let folder = folder(&["disk.b2blocks"]);
        let mut hands = Hands::new(&[]);
        hands.put("disk.b2blocks", 7, now_ms(&folder.path().join("disk.b2blocks")));
        put_manifest(&mut hands, "disk.b2blocks");
        for round in 0..2 {
            let mut setup = up(&folder);
            setup.options.keep = keep;
            let (summary, told) = hands.run(setup);
            let summary = summary.expect("it runs");
            assert!(summary.is_complete(), "{told:?}");
            assert_eq!(summary.transferred, u64::from(round == 0), "{told:?}");
            let versions = &hands.bucket["disk.b2blocks"];
            let newest = versions.last().expect("a version");
            assert_eq!((newest.content_length, newest.content_type.as_deref()), (7, None));
            let is_ours = |it: &&FileVersion| it.content_type.is_some();
            assert_eq!(versions.iter().filter(is_ours).count(), 1, "it is nobody's to delete");
        }
    }
}

/// What is at the bucket says nothing about it.
#[test]
fn a_local_file_of_the_name_of_a_manifest_is_not_removed() {
    let folder = folder(&["disk.b2blocks", "gone"]);
    let mut hands = Hands::new(&["disk"]);
    put_manifest(&mut hands, "disk.b2blocks");
    let (summary, told) = hands.run(down(&folder));
    let summary = summary.expect("it runs");
    assert_eq!((summary.deleted, summary.planned.held_back), (1, 1), "{told:?}");
    assert!(folder.path().join("disk.b2blocks").exists() && !summary.is_complete());
    let is_told = |event: &Event| {
        let why = HeldBack::Manifest;
        matches!(event, Event::Left(Report::HeldBack { why: it, .. }, _) if *it == why)
    };
    assert!(told.iter().any(is_told), "{told:?}");
}

#[test]
fn a_file_of_that_type_and_another_name_is_a_file() {
    let folder = folder(&[]);
    let mut hands = Hands::new(&["a"]);
    put_manifest(&mut hands, "copy");
    let (summary, _) = hands.run(down(&folder));
    assert!(summary.expect("it runs").is_complete());
    assert!(folder.path().join("copy").exists());
}
