//! A folder compared with a bucket.

use std::fs;
use std::path::PathBuf;

use b2_proto::error::ErrorKind;
use b2_proto::plan::sync::verify::{Difference, Proof, Verdict};
use b2_sim::fault::Rule;

use crate::face::{Bucket as _, Face};
use crate::scenario::{Scenario, list};
use crate::tools::{bytes, on};
use crate::transfer::Upload;
use crate::world::World;

pub(super) fn all<F: Face>() -> Vec<Scenario<F>> {
    list![
        by_what_the_bucket_keeps,
        in_older_versions,
        nothing_is_listed_for_a_missing_folder,
        a_listing_that_fails,
    ]
}

/// A folder with these files.
fn tree<F: Face>(world: &World<'_, F>, files: &[(&str, &[u8])]) -> PathBuf {
    let root = world.path("tree");
    for (name, content) in files {
        let path = root.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, content).expect("written");
    }
    root
}

/// Each file is proven by the strongest digest; one listing is all it takes.
fn by_what_the_bucket_keeps<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    let large = bytes(1_234);
    let files: [(&str, &[u8]); 6] = [
        ("differs", b"here"),
        ("here", b"x"),
        ("in/large", &large),
        ("in/one-pass", &large),
        ("longer", b"longer"),
        ("same", b"same"),
    ];
    let root = tree(world, &files);
    for (name, content) in [
        ("p/differs", b"else".as_slice()),
        ("p/longer", b"long"),
        ("p/same", b"same"),
        ("p/there", b"x"),
        ("other", b"x"),
    ] {
        bucket.upload(name, content.into()).expect("uploaded");
    }
    bucket.upload("p/in/large", root.join("in/large").into()).expect("uploaded");
    let one_pass = Upload { one_pass: true, ..root.join("in/one-pass").into() };
    bucket.upload("p/in/one-pass", one_pass).expect("uploaded");
    service.skip();
    let verdicts = bucket.verify(&root, "p/", false).expect("compared");
    let want = [
        ("differs", Verdict::Differs(Difference::Content)),
        ("here", Verdict::OnlyHere),
        ("in/large", Verdict::Proven(Proof::LargeFileSha1)),
        ("in/one-pass", Verdict::SizeAndTime),
        ("longer", Verdict::Differs(Difference::Len)),
        ("same", Verdict::Proven(Proof::Sha1)),
        ("there", Verdict::OnlyThere),
    ];
    let verdicts: Vec<_> = verdicts.iter().map(|(name, it)| (name.as_str(), *it)).collect();
    assert_eq!(verdicts, want);
}

/// What is hidden or replaced is found among the versions.
fn in_older_versions<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    let root = tree(world, &[("hidden", b"a"), ("replaced", b"b")]);
    for (name, content) in [("hidden", b"a"), ("replaced", b"b"), ("replaced", b"c")] {
        bucket.upload(name, content.into()).expect("uploaded");
    }
    bucket.hide("hidden").expect("hidden");
    service.skip();
    service.step("visible versions");
    let visible = bucket.verify(&root, "", false).expect("compared");
    assert_eq!(visible.first().map(|(_, it)| *it), Some(Verdict::OnlyHere));
    service.step("all versions");
    let all = bucket.verify(&root, "", true).expect("compared");
    assert_eq!(all.len(), 2);
    assert!(all.iter().all(|(_, it)| *it == Verdict::InOlderVersion(Proof::Sha1)), "{all:?}");
}

/// A mistake in the path costs no transaction.
fn nothing_is_listed_for_a_missing_folder<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    service.skip();
    let result = bucket.verify(&world.path("none"), "", false);
    service.said(&result);
    assert_eq!(result.expect_err("no folder").kind, ErrorKind::Source);
}

/// A listing that cannot go on ends the comparison.
fn a_listing_that_fails<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    let root = tree(world, &[("a", b"a")]);
    service.skip();
    service.faults([Rule { status: Some(401), ..on("b2_list_file_names") }]);
    let result = bucket.verify(&root, "", false);
    service.said(&result);
    assert!(result.is_err());
}
