//! `ls` and `rm`: what is selected, and what is left.

use crate::world::{World, assert_has};

fn world() -> World {
    let world = World::embedded();
    world.ok("bucket create demo-bucket allPrivate");
    for name in ["a", "a-b/x.txt", "b.txt", "b/1/t.txt", "b/2/t.csv", "b/3.txt", "c"] {
        world.write(&format!("src/{name}"), name);
    }
    world.ok("sync src b2://demo-bucket");
    world
}

#[test]
fn paths_and_patterns_select() {
    let world = world();
    for (options, want) in [
        ("b2://demo-bucket", "a a-b/ b.txt b/ c"),
        ("b2://demo-bucket/b", "b/1/ b/2/ b/3.txt"),
        ("b2://demo-bucket/b/", "b/1/ b/2/ b/3.txt"),
        ("b2://demo-bucket/a", "a"),
        ("-r b2://demo-bucket/b", "b/1/t.txt b/2/t.csv b/3.txt"),
        ("b2://demo-bucket/none", ""),
        ("-r --with-wildcard b2://demo-bucket/*.txt", "a-b/x.txt b.txt b/1/t.txt b/3.txt"),
        ("-r --with-wildcard b2://demo-bucket/b/?/t.[ct]??", "b/1/t.txt b/2/t.csv"),
        ("-r --include *.txt --exclude b/* b2://demo-bucket", "a a-b/x.txt b.txt c"),
        (
            "-r --exclude b/* --include *.txt b2://demo-bucket",
            "a a-b/x.txt b.txt b/1/t.txt b/3.txt c",
        ),
        ("--include *.csv b2://demo-bucket", "b/"),
    ] {
        let listed = world.ok(&format!("ls {options}"));
        assert_eq!(listed.split_whitespace().collect::<Vec<_>>().join(" "), want, "{options}");
    }
    assert_eq!(world.ok("ls --json b2://demo-bucket/none"), "[]\n");
    let json = world.ok("ls --json b2://demo-bucket/b");
    assert!(json.starts_with("[\n{\n") && json.ends_with("}\n]\n") && json.contains("}\n,{\n"));
    assert_has(&json, &["\"fileName\": \"b/1/t.txt\"", "\"fileName\": \"b/3.txt\""]);
    // What stands for a folder is a file that was selected, not any file in it.
    let json = world.ok("ls --json --include *.csv b2://demo-bucket");
    assert_has(&json, &["\"fileName\": \"b/2/t.csv\""]);
}

#[test]
fn options_that_do_not_go_together_are_refused() {
    let world = world();
    for (options, want) in [
        ("-l --json b2://demo-bucket", "Cannot use --long and --json options together"),
        ("-lr", "Cannot use --long option without specifying a bucket name"),
        ("--with-wildcard b2://demo-bucket/*", "requires recursive to be turned on"),
        ("b2://nowhere", "No such bucket: nowhere"),
    ] {
        assert_has(&world.fails(&format!("ls {options}")), &["ERROR: ", want]);
    }
}

#[test]
fn deleting_takes_what_listing_shows() {
    let world = world();
    let dry = world.ok("rm --dry-run -r b2://demo-bucket/b");
    assert_eq!(dry, "b/1/t.txt\nb/2/t.csv\nb/3.txt\n");
    assert_eq!(world.ok("rm b2://demo-bucket/b"), "");
    assert_eq!(world.ok("ls -r b2://demo-bucket/b"), "b/1/t.txt\nb/2/t.csv\n");
    world.write("a", "newer");
    world.ok("file upload --quiet demo-bucket a a");
    assert_eq!(world.ok("ls --versions b2://demo-bucket/a"), "a\na\n");
    world.ok("rm b2://demo-bucket/a");
    assert_eq!(world.ok("ls --versions b2://demo-bucket/a"), "a\n");
    world.ok("rm -r --versions --threads 3 b2://demo-bucket");
    assert_eq!(world.ok("ls -r --versions b2://demo-bucket"), "");
    world.ok("bucket delete demo-bucket");
}

#[test]
fn a_deletion_that_fails_is_told_and_the_rest_goes_on() {
    let mut world = World::served(r#"[{"op": "b2_delete_file_version", "nth": 1, "status": 503}]"#);
    world.set("B2_MAX_ATTEMPTS", "1");
    world.ok("bucket create demo-bucket allPrivate");
    for name in ["a", "b", "c"] {
        world.write(&format!("src/{name}"), name);
    }
    world.ok("sync src b2://demo-bucket");
    let said = world.b2("rm -r --threads 1 b2://demo-bucket");
    assert_eq!((said.code, said.err.as_str()), (1, ""));
    assert!(said.out.starts_with("Deletion of file \"a\" (4_z") && said.out.contains(") failed: "));
    assert_eq!(world.ok("ls b2://demo-bucket"), "a\n");
}

#[test]
fn control_characters_are_escaped_on_demand() {
    let world = World::embedded();
    world.ok("bucket create demo-bucket allPrivate");
    world.write("x", "");
    let name = "a b\u{85}c";
    assert_eq!(world.b2_with(&["file", "upload", "demo-bucket", "x", name]).code, 0);
    assert_eq!(world.ok("ls b2://demo-bucket"), format!("{name}\n"));
    let escaped = world.ok("ls --escape-control-characters b2://demo-bucket");
    assert_eq!(escaped, "'a b\\x85c'\n");
}
