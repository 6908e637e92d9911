//! Files encrypted with keys of the service and with keys of one's own.

use crate::world::{World, assert_has, assert_names, field};

const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
const OTHER_KEY: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
/// What a key is called may be any text.
const KEY_ID: &str = "my key\nż";

const WRONG: &str = "ERROR: Wrong or no SSE-C key provided when reading a file.\n";
const NEEDED: &str = "parameters must be provided to retrieve the object. (bad_request)";
const STARS: &str = r#"    "serverSideEncryption": {
        "algorithm": "AES256",
        "customerKey": "******",
        "customerKeyMd5": "******",
        "mode": "SSE-C"
    }"#;

/// A bucket with `a.txt`, encrypted with `KEY`.
fn world() -> World {
    let mut world = World::embedded();
    world.ok("bucket create demo-bucket allPrivate");
    world.write("a.txt", "twelve bytes");
    world.set("B2_DESTINATION_SSE_C_KEY_B64", KEY);
    world.set("B2_DESTINATION_SSE_C_KEY_ID", KEY_ID);
    let out = world
        .ok("file upload demo-bucket a.txt dir/a.txt --destination-server-side-encryption SSE-C");
    assert_has(&out, &[STARS, "\"sse_c_key_id\": \"my key\\n\\u017c\""]);
    world
}

#[test]
fn uploads_with_a_key_of_ones_own() {
    let mut world = World::embedded();
    world.ok("bucket create demo-bucket allPrivate");
    world.write("a.txt", "x");
    let upload = "file upload --quiet demo-bucket a.txt a.txt \
                  --destination-server-side-encryption SSE-C";
    assert_eq!(
        world.fails(upload),
        "ValueError: Using SSE-C requires providing an encryption key via \
         B2_DESTINATION_SSE_C_KEY_B64 env var\n"
    );
    world.set("B2_DESTINATION_SSE_C_KEY_B64", "AAAA");
    assert_has(&world.fails(upload), &["B2_DESTINATION_SSE_C_KEY_B64 is not the base64 form"]);
    world.set("B2_DESTINATION_SSE_C_KEY_B64", KEY);
    let said = world.b2(upload);
    assert_eq!(
        said.err,
        "Encrypting file(s) with SSE-C without providing key id. Set \
         B2_DESTINATION_SSE_C_KEY_ID to allow key identification.\n"
    );
    assert_has(&said.out, &[STARS]);
    assert!(!said.out.contains("sse_c_key_id"), "{}", said.out);
}

#[test]
fn reading_takes_the_same_key() {
    let mut world = world();
    let with_key = "--source-server-side-encryption SSE-C";
    let missing = "ValueError: Using SSE-C requires providing an encryption key via \
                   B2_SOURCE_SSE_C_KEY_B64 env var\n";
    let lines = [
        "file download b2://demo-bucket/dir/a.txt back",
        "file cat b2://demo-bucket/dir/a.txt",
        "file info b2://demo-bucket/dir/a.txt",
        "file update b2://demo-bucket/dir/a.txt --legal-hold on",
    ];
    for line in lines {
        assert_has(&world.fails(&format!("{line} {with_key}")), &[missing]);
    }
    world.set("B2_SOURCE_SSE_C_KEY_B64", OTHER_KEY);
    for line in lines {
        assert_eq!(world.fails(&format!("{line} {with_key}")), WRONG, "{line}");
    }
    for line in &lines[..2] {
        assert_has(&world.fails(line), &[NEEDED]);
    }
    world.set("B2_SOURCE_SSE_C_KEY_B64", KEY);
    let report = world.ok(&format!("{} {with_key}", lines[0]));
    let encryption =
        format!("Encryption:          mode=SSE-C, algorithm=AES256, key_id={KEY_ID}\n");
    assert_has(&report, &[encryption.as_str()]);
    assert_eq!(world.read("back"), b"twelve bytes");
    assert_eq!(world.ok(&format!("{} {with_key}", lines[1])), "twelve bytes");
}

#[test]
fn a_folder_as_target_of_a_file_with_a_key() {
    let mut world = world();
    world.set("B2_SOURCE_SSE_C_KEY_B64", KEY);
    world.write("into/dir/keep", "");
    world.ok("file download b2://demo-bucket/dir/a.txt into --source-server-side-encryption SSE-C");
    assert_names(&world, "into/dir", &["a.txt", "keep"]);
}

#[test]
fn what_is_known_of_a_file_with_a_key() {
    let mut world = world();
    world.set("B2_SOURCE_SSE_C_KEY_B64", KEY);
    let info = "file info b2://demo-bucket/dir/a.txt --source-server-side-encryption SSE-C";
    let info = world.ok(info);
    assert_has(&info, &[STARS]);
    // By its ID, and in lists, it is told without the key.
    let by_id = format!("file info b2id://{}", field(&info, "fileId"));
    assert_has(&world.ok(&by_id), &[STARS, "\"sse_c_key_id\": \"my key\\n\\u017c\""]);
    assert_has(&world.ok("ls --json -r b2://demo-bucket"), &[STARS]);
}

#[test]
fn the_service_encrypts_with_keys_of_its_own() {
    let world = World::embedded();
    world.ok("bucket create demo-bucket allPrivate");
    world.write("a.txt", "x");
    let managed = "    \"serverSideEncryption\": {\n        \"algorithm\": \"AES256\",\n        \
                   \"mode\": \"SSE-B2\"\n    }";
    let out = world.ok(
        "file upload --quiet demo-bucket a.txt a.txt --destination-server-side-encryption SSE-B2",
    );
    assert_has(&out, &[managed]);
    let copy = "file server-side-copy b2://demo-bucket/a.txt b2://demo-bucket/b.txt";
    let out = world.ok(&format!("{copy} --destination-server-side-encryption=SSE-B2"));
    assert_has(&out, &[managed]);
    let out = world.ok("bucket update demo-bucket --default-server-side-encryption=SSE-B2");
    assert_has(
        &out,
        &["    \"defaultServerSideEncryption\": {\n        \"algorithm\": \"AES256\""],
    );
    let said = world.fails("bucket update demo-bucket --default-server-side-encryption none");
    assert_has(&said, &["ERROR: 'none' is no longer supported for --default-server-side-encryp"]);
}

#[test]
fn copies_read_with_the_key_of_the_source() {
    let mut world = world();
    let plain = "file server-side-copy b2://demo-bucket/dir/a.txt b2://demo-bucket/b.txt";
    let copy = format!("{plain} --source-server-side-encryption SSE-C");
    world.set("B2_SOURCE_SSE_C_KEY_B64", OTHER_KEY);
    assert_eq!(world.fails(&format!("{copy} --fetch-metadata")), WRONG);
    world.set("B2_SOURCE_SSE_C_KEY_B64", KEY);
    assert_has(&world.fails(plain), &[NEEDED]);
    // Nobody said which key it is, so the copy could be left with its ID.
    assert_has(&world.fails(&copy), &["ValueError: Attempting to copy file with metadata while"]);
    let out = world.ok(&format!("{copy} --fetch-metadata"));
    assert!(!out.contains("sse_c_key_id"), "{out}");
    assert_eq!(world.ok("file cat b2://demo-bucket/b.txt"), "twelve bytes");
    let id = field(&out, "fileId");
    let needless = format!("file server-side-copy b2id://{id} b2://demo-bucket/c.txt");
    let said =
        world.fails(&format!("{needless} --source-server-side-encryption SSE-C --fetch-metadata"));
    assert_has(&said, &["ERROR: the file is not encrypted with a customer key"]);
}

#[test]
fn a_sync_writes_and_reads_with_keys() {
    let mut world = World::embedded();
    world.ok("bucket create demo-bucket allPrivate");
    world.write("src/a.txt", "twelve bytes");
    let (to, from) =
        ("--destination-server-side-encryption SSE-C", "--source-server-side-encryption SSE-C");
    let missing = world.fails(&format!("sync {to} src b2://demo-bucket/x"));
    assert_has(&missing, &["B2_DESTINATION_SSE_C_KEY_B64 env var"]);
    world.set("B2_DESTINATION_SSE_C_KEY_B64", KEY);
    world.set("B2_DESTINATION_SSE_C_KEY_ID", KEY_ID);
    assert_eq!(world.ok(&format!("sync {to} src b2://demo-bucket/x")), "upload a.txt\n");
    let said = world.b2("sync b2://demo-bucket/x dst");
    assert_eq!(said.code, 1);
    assert_has(&said.out, &["b2_download(x/a.txt, "]);
    world.set("B2_SOURCE_SSE_C_KEY_B64", KEY);
    world.set("B2_SOURCE_SSE_C_KEY_ID", KEY_ID);
    assert_eq!(world.ok(&format!("sync {from} b2://demo-bucket/x dst")), "dnload a.txt\n");
    assert_eq!(world.read("dst/a.txt"), b"twelve bytes");
    // With another key the file info is written anew.
    world.set("B2_DESTINATION_SSE_C_KEY_B64", OTHER_KEY);
    world.set("B2_DESTINATION_SSE_C_KEY_ID", "other");
    let copy = format!("sync {from} {to} b2://demo-bucket/x b2://demo-bucket/y");
    assert_eq!(world.ok(&copy), "copy a.txt\n");
    assert_eq!(world.ok(&copy), "");
    let local = world.fails(&format!("sync {from} src b2://demo-bucket/x"));
    assert_has(&local, &["server-side encryption cannot be set for a non-b2 sync source"]);
}
