//! Folders and files that this user may not see: unknown, and never missing (S2).

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use b2_local::verify::{Comparison, Need, VerifySpec};
use b2_local::walk::{FoundFile, Symlinks, Walk};
use b2_proto::model::{FileAction, FileVersion, ListEntry};
use b2_proto::plan::sync::verify::Verdict;
use b2_proto::plan::sync::{
    DeleteLimit, Direction, Everything, Input, Keep, Options, Planner, Remote, Step,
};

use crate::write;

/// Names the tree for the process that runs as nobody.
const TREE: &str = "B2_TEST_TREE";
/// What the bucket has.
const STORED: [&str; 6] =
    ["closed/a", "closed/deep/b", "gone", "listed/c", "open/secret", "open/seen"];

#[test]
fn what_may_not_be_seen_is_neither_deleted_nor_missing() {
    if let Some(root) = std::env::var_os(TREE) {
        return check(Path::new(&root));
    }
    let folder = tempfile::tempdir().expect("folder");
    let root = folder.path();
    let mode = |name: &str, bits| {
        fs::set_permissions(root.join(name), Permissions::from_mode(bits)).expect("permissions");
    };
    for name in STORED.iter().filter(|name| **name != "gone") {
        write(root.join(name), "x");
    }
    mode("", 0o755);
    // Not even a look; names, but not what they are of; a file that can be seen and not read.
    mode("closed", 0o000);
    mode("listed", 0o444);
    mode("open/secret", 0o000);
    if rustix::process::geteuid().is_root() {
        // Permissions do not stop root, so the test runs itself as nobody.
        let own = std::env::current_exe().expect("own program");
        let mut command = Command::new(own);
        let name = "rights::what_may_not_be_seen_is_neither_deleted_nor_missing";
        command.args(["--exact", name, "--nocapture"]).env(TREE, root).uid(65_534).gid(65_534);
        match command.output() {
            Err(error) => println!("not tested: nobody may not run this program: {error}"),
            Ok(output) => {
                let text = String::from_utf8_lossy(&output.stdout);
                let err = String::from_utf8_lossy(&output.stderr);
                assert!(output.status.success() && text.contains("1 passed"), "{text}{err}");
            }
        }
    } else {
        check(root);
    }
    mode("closed", 0o755);
    mode("listed", 0o755);
}

fn check(root: &Path) {
    assert_eq!(removed(root), ["gone"], "only what is known to be gone is removed");
    let verdicts = verdicts(root);
    let of = |name: &str| {
        let found = verdicts.iter().find(|(path, _)| path == name);
        found.unwrap_or_else(|| panic!("{name} in {verdicts:?}")).1
    };
    for name in ["closed/", "closed/a", "closed/deep/b", "listed/c", "open/secret"] {
        assert_eq!(of(name), Verdict::Unknown, "{name}");
    }
    assert_eq!((of("gone"), of("open/seen")), (Verdict::OnlyThere, Verdict::SizeAndTime));
}

/// Names that a sync which keeps nothing else would remove.
fn removed(root: &Path) -> Vec<String> {
    let mut options = Options::new(Direction::Up, 1_800_000_000_000);
    options.keep = Keep::Newest;
    options.delete_limit = DeleteLimit::Unlimited;
    let mut planner: Planner<FoundFile, Remote, _> =
        Planner::new(options, Everything).expect("options");
    let mut walk = Walk::new(root, Symlinks::Follow).expect("walk");
    let mut rows = rows(root).into_iter();
    let mut lines = Vec::new();
    loop {
        match planner.step() {
            Step::NeedSource => planner.source(walk.next().map_or(Input::End, Input::from)),
            Step::NeedDestination => {
                let remote = rows.next().and_then(|version| Remote::below("", version));
                planner.destination(remote.map_or(Input::End, Input::Entry));
            }
            Step::NeedSha1(_) => planner.hashed(None),
            Step::Act(action) => lines.push(action.line(Direction::Up).to_string()),
            Step::Tell(_) => {}
            Step::Done(_) => break,
        }
    }
    lines
        .iter()
        .filter_map(|line| line.strip_prefix("delete "))
        .map(|it| it.trim().into())
        .collect()
}

fn verdicts(root: &Path) -> Vec<(String, Verdict)> {
    let mut comparison = Comparison::new(VerifySpec::new(root));
    let mut rows = rows(root).into_iter();
    let mut all = Vec::new();
    loop {
        match comparison.step().expect("step") {
            Need::Work(work) => comparison.done(work.run(&|| false).expect("run")).expect("done"),
            Need::Row => comparison.row(rows.next().map(ListEntry::File)),
            Need::Found(found) => all.push((found.finding.path, found.finding.verdict)),
            Need::End => return all,
        }
    }
}

/// What is stored, with the time of the file that can be seen; only the secret has a digest.
fn rows(root: &Path) -> Vec<FileVersion> {
    let modified = fs::metadata(root.join("open/seen")).and_then(|it| it.modified()).expect("time");
    let since = modified.duration_since(std::time::UNIX_EPOCH).expect("our age");
    let version = |name: &&str| {
        let mut version = FileVersion::new("a", "b", "f", *name, FileAction::Upload);
        version.content_length = 1;
        version.file_info.insert("src_last_modified_millis".into(), since.as_millis().to_string());
        if name.ends_with("secret") {
            let sha1 = b2_proto::wire::text::Sha1::of(b"x");
            version.content_sha1 = Some(b2_proto::model::ContentSha1::Verified(sha1));
        }
        version
    };
    STORED.iter().map(version).collect()
}
