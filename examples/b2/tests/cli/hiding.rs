//! Files that are hidden and shown again.

use crate::world::{World, assert_has, field};

fn world() -> World {
    let world = World::embedded();
    world.ok("bucket create demo-bucket allPrivate");
    world.write("a.txt", "twelve bytes");
    world.ok("file upload demo-bucket a.txt a.txt");
    world
}

#[test]
fn a_hidden_file_is_shown_again() {
    let world = world();
    let marker = field(&world.ok("file hide b2://demo-bucket/a.txt"), "fileId");
    assert_eq!(world.ok("ls b2://demo-bucket"), "");
    let shown = world.ok("file unhide b2://demo-bucket/a.txt");
    assert_eq!(field(&shown, "fileId"), marker);
    assert_eq!(
        (field(&shown, "action"), field(&shown, "fileName")),
        ("delete".into(), "a.txt".into())
    );
    assert_eq!(world.ok("ls b2://demo-bucket"), "a.txt\n");
    let again = world.fails("file unhide b2://demo-bucket/a.txt --bypass-governance");
    assert_eq!(again, "ERROR: File not hidden: a.txt\n");
    assert_eq!(world.fails("file unhide b2://demo-bucket/b"), "ERROR: File not present: b\n");
    // Of an ID its name counts.
    let id = field(&world.ok("file info b2://demo-bucket/a.txt"), "fileId");
    let marker = field(&world.ok("file hide b2://demo-bucket/a.txt"), "fileId");
    assert_eq!(field(&world.ok(&format!("file unhide b2id://{id}")), "fileId"), marker);
}

#[test]
fn a_single_version_is_deleted() {
    let world = world();
    let id = field(&world.ok("file info b2://demo-bucket/a.txt"), "fileId");
    let said = world.b2(&format!("delete-file-version {id}"));
    let warning = "WARNING: `delete-file-version` command is deprecated. Use `rm` instead.\n";
    assert_eq!((said.code, said.err.as_str()), (0, warning));
    assert_eq!(
        (field(&said.out, "action"), field(&said.out, "fileId")),
        ("delete".into(), id.clone())
    );
    let said = world.b2(&format!("delete_file_version a.txt {id}"));
    assert_eq!(said.code, 1);
    assert_has(&said.err, &[&format!("ERROR: File not present: {id}\n")]);
}
