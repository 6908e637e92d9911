//! Uploads in incremental mode.

use crate::world::{World, assert_has};

const COMMAND: &str = "file upload --incremental-mode --no-progress demo-bucket log log";

#[test]
fn only_what_is_new_is_sent_of_a_file_that_has_grown() {
    let world = World::served("[]");
    world.ok("bucket create demo-bucket allPrivate");
    let mut content: Vec<u8> = (0..=250).cycle().take(5_000_000).collect();
    world.write("log", &content);
    let said = world.b2(COMMAND);
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{}", said.out);
    content.extend(b"one line more\n");
    world.write("log", &content);
    let said = world.b2(COMMAND);
    assert_eq!(said.code, 0, "{}", said.err);
    assert_has(&said.err, &["NOTE: the first 5000000 bytes of log were copied"]);
    assert_has(&said.out, &["large_file_sha1", "\"size\": 5000014"]);
    world.ok("file download --no-progress b2://demo-bucket/log back");
    assert_eq!(world.read("back"), content);
    let quiet = world.b2(&format!("--quiet {COMMAND}"));
    assert_eq!((quiet.code, quiet.err.as_str()), (0, ""), "nothing is told");
}

#[test]
fn a_stream_has_no_version_to_be_compared_with() {
    let world = World::served("[]");
    world.ok("bucket create demo-bucket allPrivate");
    let said = world.b2_reading("file upload --incremental-mode demo-bucket - log", b"bytes");
    let expected = "ERROR: incremental mode is not supported for streamed sources; \
                    --incremental-mode requires a regular file to diff against a previous upload\n";
    assert_eq!((said.code, said.err.as_str()), (1, expected));
}
