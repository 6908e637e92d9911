//! Files and folders that this user may not touch. Permissions do not stop root, who runs the
//! program as nobody.

#![cfg(unix)]

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use crate::world::{World, assert_has, assert_names};

/// A bucket with two files.
fn world() -> World {
    let mut world = World::served("[]");
    world.ok("bucket create demo-bucket allPrivate");
    world.write("a.txt", "twelve bytes");
    world.ok("file upload demo-bucket a.txt a.txt");
    world.ok("file upload demo-bucket a.txt b.txt");
    world.become_nobody();
    world
}

fn mode(world: &World, name: &str, bits: u32) {
    fs::set_permissions(world.path(name), Permissions::from_mode(bits)).expect("permissions");
}

#[test]
fn an_unreadable_file_is_told() {
    let world = world();
    world.write("secret", "x");
    mode(&world, "secret", 0o000);
    let error = world.fails("file upload demo-bucket secret secret");
    assert_has(&error, &["Invalid upload source: secret", "cannot be read"]);
    assert_eq!(world.ok("ls --versions b2://demo-bucket"), "a.txt\nb.txt\n");
}

#[test]
fn a_sync_tells_what_it_may_not_read_and_goes_on() {
    let world = world();
    world.write("src/open", "x");
    world.write("src/secret", "x");
    mode(&world, "src/secret", 0o000);
    let said = world.b2("sync --no-progress --delete --max-delete 100% src b2://demo-bucket");
    assert_eq!(said.code, 1, "{said:?}");
    assert_has(&said.out, &["upload open"]);
    assert_has(&format!("{}{}", said.out, said.err), &["secret"]);
    assert_has(&said.err, &["ncomplete"]);
    assert_has(&world.ok("ls b2://demo-bucket"), &["open\n"]);
}

/// A disk has such a folder at its root, and only the system may look at it.
#[test]
fn a_folder_that_nobody_may_look_at_fails_no_run_down_that_has_nothing_for_it() {
    let world = world();
    world.write("dst/lost+found/x", "");
    mode(&world, "dst", 0o777);
    mode(&world, "dst/lost+found", 0o000);
    let said = world.b2("sync --threads 1 b2://demo-bucket dst");
    assert_eq!((said.code, said.out.as_str()), (0, "dnload a.txt\ndnload b.txt\n"), "{said:?}");
    assert_has(&said.err, &["WARNING: dst/lost+found could not be accessed"]);
    // Perhaps something in it should go (S2).
    assert_eq!(world.b2("sync --delete b2://demo-bucket dst").code, 1);
    let said = world.b2("sync --delete --exclude lost+found b2://demo-bucket dst");
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    mode(&world, "dst/lost+found", 0o777);
}

#[test]
fn a_read_only_file_is_not_replaced() {
    let world = world();
    world.write("closed/file", "old");
    mode(&world, "closed", 0o777);
    mode(&world, "closed/file", 0o444);
    let error = world.fails("file download b2://demo-bucket/a.txt closed/file");
    assert_has(&error, &["no permission to write the target", "closed/file"]);
    assert_names(&world, "closed", &["file"]);
    assert_eq!(world.read("closed/file"), b"old");
}

#[test]
fn nothing_is_written_into_a_read_only_folder() {
    let world = world();
    world.write("closed/a.txt", "old");
    mode(&world, "closed", 0o555);
    let error = world.fails("file download b2://demo-bucket/a.txt closed/new");
    assert_has(&error, &["no permission to write the target", "closed/new"]);
    let said = world.b2("sync --no-progress --compare-versions size b2://demo-bucket closed");
    assert_eq!(said.code, 1, "{said:?}");
    assert_has(&said.out, &["no permission to write the target"]);
    assert_names(&world, "closed", &["a.txt"]);
    assert_eq!(world.read("closed/a.txt"), b"old");
    // Whoever removes the world again may.
    mode(&world, "closed", 0o755);
}

#[test]
fn a_folder_that_may_not_be_made_is_told() {
    let world = world();
    world.write("closed/other", "x");
    mode(&world, "closed", 0o555);
    let said = world.b2("sync --no-progress b2://demo-bucket closed/new");
    assert_eq!(said.code, 1, "{said:?}");
    assert_names(&world, "closed", &["other"]);
    mode(&world, "closed", 0o755);
}
