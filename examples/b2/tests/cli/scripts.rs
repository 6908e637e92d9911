//! What scripts of the reference rely on: old names, the words of mistakes, logs, the name of the
//! program.

use b2_sim::server::ServerConfig;

use crate::world::{Said, World, assert_has, assert_names, field};

fn world() -> World {
    let world = World::embedded();
    world.ok("bucket create demo-bucket allPrivate");
    world.write("a.txt", "twelve bytes");
    world
}

fn warned(said: Said, old: &str, new: &str) -> String {
    let warning = format!("WARNING: `{old}` command is deprecated. Use `{new}` instead.\n");
    assert_eq!((said.code, said.err.as_str()), (0, warning.as_str()), "{old}\n{}", said.out);
    said.out
}

#[test]
fn old_names_do_what_they_did() {
    let world = world();
    let run = |line: &str, new: &str| {
        let old = line.split(' ').next().expect("a word").replace('_', "-");
        warned(world.b2(line), &old, new)
    };
    assert_has(&run("list-buckets", "bucket list"), &["allPrivate  demo-bucket"]);
    let upload = run("upload_file --quiet demo-bucket a.txt a.txt", "file upload");
    let id = field(&upload, "fileId");
    assert_eq!(run("cat b2://demo-bucket/a.txt", "file cat"), "twelve bytes");
    assert_eq!(field(&run(&format!("get-file-info {id}"), "file info"), "fileName"), "a.txt");
    assert_has(
        &run("make-friendly-url demo-bucket a.txt", "file url"),
        &["/file/demo-bucket/a.txt"],
    );
    run("download-file-by-name --quiet demo-bucket a.txt back", "file download");
    assert_eq!(world.read("back"), b"twelve bytes");
    let copy = format!("copy-file-by-id {id} demo-bucket b.txt");
    assert_eq!(field(&run(&copy, "file server-side-copy"), "fileName"), "b.txt");
    assert_eq!(field(&run("hide-file demo-bucket b.txt", "file hide"), "action"), "hide");
    assert_eq!(run("list-unfinished-large-files demo-bucket", "file large unfinished list"), "");
    let said = world.b2("file hide demo-bucket a.txt");
    assert_eq!(said.code, 0, "{}", said.err);
    assert_has(&said.err, &["WARNING: \"bucketName fileName\" arguments syntax is deprecated"]);
    let help = world.ok("--help-all");
    assert_has(&help, &["b2 upload-file  (DEPRECATED) file upload\n", "b2 <command> --help"]);
    assert!(!world.ok("--help").contains("upload-file"));
}

#[test]
fn mistakes_have_their_help_before_them() {
    let world = world();
    for (line, path, want) in [
        ("ls s3://x", "b2 ls", "argument B2_URI: Unsupported URI scheme: 's3'"),
        ("ls --frob", "b2", "unrecognized arguments: --frob"),
        ("file large parts", "b2 file large parts", "the following arguments are required: B2_URI"),
        (
            "key create k",
            "b2 key create",
            "one of the arguments capabilities --all-capabilities is required",
        ),
    ] {
        let said = world.b2(line);
        assert_eq!(said.err, format!("\n{path}: error: {want}\n"), "{line}");
        assert_eq!(said.code, 2);
        assert_has(&said.out, &[&format!("Usage: {path} ")]);
    }
    assert_has(&world.b2("key create k").out, &["<keyName> <capabilities|--all-capabilities>"]);
}

#[cfg(unix)]
#[test]
fn the_program_is_called_as_its_file_is() {
    let world = World::bare();
    let other = world.path("b2v4");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_b2"), &other).expect("link");
    let run = |words: &[&str]| {
        let mut command = std::process::Command::new(&other);
        command.env_clear().env("HOME", world.path("")).args(words);
        Said::from(command.output().expect("program"))
    };
    assert_has(&run(&["ls"]).err, &["Use: 'b2v4 account authorize'"]);
    assert_has(&run(&["--help"]).out, &["Usage: b2v4 "]);
    assert!(run(&["ls", "--frob"]).err.starts_with("\nb2v4: error: "));
}

#[test]
fn requests_are_told_when_asked_for() {
    let world = world();
    let said = world.b2("bucket delete --debug-logs demo-bucket");
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    let log = String::from_utf8(world.read("b2_cli.log")).expect("text");
    assert_has(
        &log,
        &[
            "\turllib3.connectionpool\tDEBUG\t",
            " \"POST /b2api/v4/b2_delete_bucket HTTP",
            "starting command [b2] with arguments: [\"bucket\", \"delete\"",
            " exit=0 ",
        ],
    );
    let said = world.b2("bucket get demo-bucket --verbose");
    assert_eq!(said.code, 1);
    assert_has(
        &said.err,
        &[
            "DEBUG:urllib3.connectionpool:http://127.0.0.1:",
            "Traceback (most recent call last):\nBucket not found: demo-bucket. ",
        ],
    );
    assert!(!world.read("b2_cli.log").is_empty());
    let both = world.fails("ls --verbose --log-config x");
    assert_has(
        &both,
        &["ValueError: Please provide either --log-config or --verbose/--debug-logs"],
    );
    let said = world.b2("ls --log-config x");
    assert_eq!(said.code, 0);
    assert_has(&said.err, &["WARNING: x is not used"]);
    world.ok("ls --escape-control-chars");
}

/// A name that is known is not forgotten when its bucket goes, so the service is asked again.
#[test]
fn a_bucket_that_is_gone_is_told_by_its_id() {
    let mut world = World::served_by(ServerConfig::default(), "[]");
    let (id, key) = (world.server().key_id(), world.server().key());
    world.set("B2_APPLICATION_KEY_ID", "");
    world.set("B2_APPLICATION_KEY", "");
    assert_eq!(world.b2(&format!("account authorize {id} {key}")).code, 0);
    let bucket = world.ok("bucket create demo-bucket allPrivate");
    world.ok("bucket delete demo-bucket");
    let again = world.fails("bucket delete demo-bucket");
    let want = format!("ERROR: Bucket with id={} not found", bucket.trim());
    assert!(again.starts_with(&want), "{again}");
    world.write("a.txt", "x");
    let upload = world.fails("file upload demo-bucket a.txt a.txt");
    assert!(upload.starts_with(&want), "{upload}");
    assert_names(&world, "", &[".config", "a.txt"]);
}

#[test]
fn small_things_are_as_scripts_expect_them() {
    let world = world();
    // Nothing to change is no mistake.
    assert_eq!(field(&world.ok("bucket update demo-bucket"), "bucketName"), "demo-bucket");
    let missing = world.fails("key create k listFiles --bucket one --bucket two");
    assert_has(&missing, &["Bucket not found: one; two. If you believe it exists"]);
    for line in ["file large parts b2id://4_z1", "file large unfinished cancel b2id://4_z1"] {
        assert_has(&world.fails(line), &["ERROR: "]);
    }
    world.ok("file upload demo-bucket a.txt a.txt");
    let said = world.fails("bucket delete demo-bucket");
    let want = "ERROR: Cannot delete non-empty bucket demo-bucket (cannot_delete_non_empty_bucket)";
    assert!(said.starts_with(want), "{said}");
}
