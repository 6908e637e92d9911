//! What people do every day, and that it survives from call to call.

use std::fs;
use std::io::Write as _;

use b2_sim::server::{Server, ServerConfig, StoreKind};

use crate::world::{World, assert_has, assert_names};

#[test]
fn a_folder_goes_up_and_comes_back() {
    let world = World::embedded();
    world.write("src/a.txt", "one");
    world.write("src/deep/er/b c.txt", "two");
    world.write("src/empty", "");
    let id = world.ok("bucket create demo-bucket allPrivate");
    assert_eq!(id.trim().len(), 24);
    let mut lines: Vec<String> =
        world.ok("sync src b2://demo-bucket").lines().map(str::to_owned).collect();
    lines.sort();
    assert_eq!(lines, ["upload 'deep/er/b c.txt'", "upload a.txt", "upload empty"]);
    assert_eq!(world.ok("ls b2://demo-bucket"), "a.txt\ndeep/\nempty\n");
    assert_eq!(world.ok("ls -r b2://demo-bucket"), "a.txt\ndeep/er/b c.txt\nempty\n");
    world.ok("sync b2://demo-bucket dst");
    assert_eq!(world.read("dst/deep/er/b c.txt"), b"two");
    assert_names(&world, "dst", &["a.txt", "deep", "empty"]);
    let time = |name: &str| fs::metadata(world.path(name)).and_then(|it| it.modified());
    let (there, here) = (time("src/a.txt").expect("time"), time("dst/a.txt").expect("time"));
    let apart = there.duration_since(here).unwrap_or_else(|e| e.duration());
    assert!(apart.as_millis() <= 1, "{apart:?}");
    assert_eq!(world.ok("sync b2://demo-bucket dst"), "");
    assert_eq!(world.ok("sync src b2:demo-bucket"), "");
}

#[test]
fn the_environment_can_name_the_simulator() {
    let mut world = World::embedded();
    world.set("B2_ENVIRONMENT", &format!("sim:{}", world.path("service").display()));
    world.ok("bucket create demo-bucket allPublic");
    assert_has(&world.ok("bucket list"), &["  allPublic   demo-bucket\n"]);
    world.set("B2_ENVIRONMENT", "");
    assert_has(&world.ok("bucket list"), &["demo-bucket"]);
    world.ok("bucket delete demo-bucket");
    assert_eq!(world.ok("bucket list"), "");
}

#[test]
fn a_folder_of_ones_own_is_no_simulator() {
    let mut world = World::embedded();
    world.write("own/blobs/important.doc", "mine");
    world.write("blobs/important.doc", "mine");
    for simulator in [format!("sim:{}", world.path("own").display()), "sim:".to_owned()] {
        world.set("B2_ENVIRONMENT", &simulator);
        let error = world.fails("ls");
        assert_has(&error, &["the simulator cannot use the folder", "Name a folder of its own"]);
    }
    assert_eq!(world.read("own/blobs/important.doc"), b"mine");
    assert_eq!(world.read("blobs/important.doc"), b"mine");
    assert_names(&world, "own", &["blobs"]);
}

#[test]
fn two_commands_with_one_simulator_are_told_what_to_do() {
    let world = World::embedded();
    let config =
        ServerConfig { store: StoreKind::Folder(world.path("service")), ..ServerConfig::default() };
    let _server = Server::start(config).expect("server");
    assert_has(&world.fails("ls"), &["in use by a process", "Wait until", "b2-sim serve"]);
}

#[test]
fn a_proxy_of_the_environment_does_not_come_between() {
    let mut world = World::embedded();
    world.set("http_proxy", "http://127.0.0.1:1");
    world.ok("bucket create demo-bucket allPrivate");
    let mut world = World::served("[]");
    world.set("http_proxy", "http://127.0.0.1:1");
    world.ok("bucket create demo-bucket allPrivate");
}

#[test]
fn one_file_there_and_back() {
    let world = World::embedded();
    world.ok("bucket create demo-bucket allPrivate");
    world.write("a.txt", "twelve bytes");
    let out = world.ok(
        "file upload demo-bucket a.txt --info color=blue dir/a.txt --cache-control max-age=60 \
         --content-type text/x-own",
    );
    assert_has(&out, &["URL by file name: http://127.0.0.1:", "/file/demo-bucket/dir/a.txt\n"]);
    assert_has(&out, &["URL by fileId: http", "\"contentType\": \"text/x-own\",", "\"size\": 12,"]);
    let report = world.ok("file download b2://demo-bucket/dir/a.txt copy.txt");
    assert_has(&report, &["File name:           dir/a.txt\n", "INFO color:          blue\n"]);
    assert_has(&report, &["CacheControl:        max-age=60\n", "Checksum matches\nDownload fin"]);
    assert_eq!(world.read("copy.txt"), b"twelve bytes");
    assert_eq!(world.ok("file cat b2://demo-bucket/dir/a.txt"), "twelve bytes");
    let info = world.ok("file info b2://demo-bucket/dir/a.txt");
    assert_has(&info, &["    \"cacheControl\": \"max-age=60\",\n", "        \"color\": \"blue\","]);
    assert!(!info.contains("accountId"));
    let quiet = world.b2("file upload --quiet demo-bucket a.txt b.txt");
    assert!(quiet.out.starts_with("{\n") && quiet.err.is_empty(), "{quiet:?}");
}

#[test]
fn a_folder_as_target_gives_the_file_its_own_name() {
    let world = World::embedded();
    world.ok("bucket create demo-bucket allPrivate");
    world.write("a.txt", "x");
    world.ok("file upload demo-bucket a.txt a.txt");
    world.write("into/keep", "");
    world.ok("file download b2://demo-bucket/a.txt into");
    world.ok("file download b2://demo-bucket/a.txt into");
    assert_names(&world, "into", &["a-1.txt", "a.txt", "keep"]);
}

#[test]
fn standard_input_and_output_are_files_too() {
    let world = World::embedded();
    world.ok("bucket create demo-bucket allPrivate");
    // A file of that name is `./-`.
    world.write("-", b"from a file");
    let said = world.b2_reading("file upload demo-bucket - piped", b"from a pipe");
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    assert!(!said.out.contains("src_last_modified_millis"), "{}", said.out);
    let out = world.ok("file download --quiet b2://demo-bucket/piped -");
    assert_eq!(out, "from a pipe");
    world.ok("file upload --quiet demo-bucket ./- dash");
    assert_eq!(world.ok("file download --quiet b2://demo-bucket/dash -"), "from a file");
    // What a redirected output has already is not replaced.
    let mut redirected = fs::File::create(world.path("all")).expect("file");
    redirected.write_all(b"before, ").expect("write");
    let mut command = world.command("file download --quiet b2://demo-bucket/piped /dev/stdout");
    let status = command.stdout(redirected).status().expect("program");
    assert!(status.success());
    assert_eq!(world.read("all"), b"before, from a pipe");
}

#[test]
fn what_is_read_to_its_end_becomes_a_large_file_when_it_is_long() {
    let world = World::embedded();
    world.ok("bucket create demo-bucket allPrivate");
    let long: Vec<u8> = (0..12_000_000_u32).map(|at| (at % 251) as u8).collect();
    let said = world.b2_reading("file upload --threads 10 demo-bucket - piped", &long);
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    assert_has(&said.out, &["\"size\": 12000000", "\"contentSha1\": \"none\""]);
    world.ok("file download b2://demo-bucket/piped back");
    assert!(world.read("back") == long);
}

#[cfg(unix)]
#[test]
fn pipes_with_a_name_are_read_too() {
    let world = World::embedded();
    world.ok("bucket create demo-bucket allPrivate");
    let pipe = world.path("pipe");
    assert!(
        std::process::Command::new("mkfifo").arg(&pipe).status().expect("it is there").success()
    );
    let writer = std::thread::spawn(move || fs::write(pipe, "through it").expect("write"));
    let out = world.ok("file upload demo-bucket pipe piped");
    writer.join().expect("written");
    assert_has(&out, &["src_last_modified_millis"]);
    assert_eq!(world.ok("file download --quiet b2://demo-bucket/piped -"), "through it");
}

#[test]
fn hidden_files_and_keys() {
    let world = World::embedded();
    world.ok("bucket create demo-bucket allPrivate");
    world.write("a.txt", "x");
    world.ok("file upload demo-bucket a.txt a.txt");
    assert_has(&world.ok("file hide b2://demo-bucket/a.txt"), &["\"action\": \"hide\""]);
    assert_eq!(world.ok("ls b2://demo-bucket"), "");
    let error = world.fails("file hide b2://demo-bucket/a.txt");
    assert_eq!(error, "ERROR: File already hidden: a.txt\n");
    let created = world.ok("key create --bucket demo-bucket reader listFiles,readFiles");
    let (id, secret) = created.trim().split_once(' ').expect("id and key");
    assert!(secret.starts_with('K'));
    assert_has(
        &world.ok("key list --long"),
        &["   demo-bucket            -", "listFiles,readFiles"],
    );
    assert_eq!(world.ok(&format!("key delete {id}")), format!("{id}\n"));
    assert_eq!(world.ok("key list"), "");
}

#[test]
fn buckets_change_and_show() {
    let world = World::embedded();
    world.ok("bucket create demo-bucket allPrivate --default-server-side-encryption SSE-B2");
    let said = world.b2_with(&[
        "bucket",
        "update",
        "demo-bucket",
        "allPublic",
        "--bucket-info",
        r#"{"a":"ż"}"#,
        "--lifecycle-rule",
        r#"{"fileNamePrefix":"tmp/","daysFromHidingToDeleting":1}"#,
    ]);
    assert_has(&said.out, &["\"a\": \"\\u017c\"", "\"bucketType\": \"allPublic\"", "tmp/"]);
    let got = world.ok("bucket get demo-bucket --show-size");
    assert_has(&got, &["\"mode\": \"SSE-B2\"", "\"fileCount\": 0,", "\"totalSize\": 0\n}"]);
    let token = world.ok("bucket get_download_auth demo-bucket --prefix a/ --duration 60");
    assert!(token.len() > 10);
}

#[test]
fn the_version_needs_nothing() {
    let mut world = World::bare();
    world.set("B2_APPLICATION_KEY_ID", "half");
    let version = world.ok("version");
    assert_has(&version, &["b2 command line tool, version ", env!("CARGO_PKG_VERSION")]);
    assert_eq!(world.ok("version --short"), concat!(env!("CARGO_PKG_VERSION"), "\n"));
    assert_has(&world.ok("--help"), &["b2 <command> --help", "sync", "--sim"]);
}

#[test]
fn urls_with_a_token_are_open_to_whoever_has_them() {
    let world = World::served("[]");
    world.ok("bucket create demo-bucket allPrivate");
    world.write("a.txt", "twelve bytes");
    world.ok("file upload demo-bucket a.txt dir/a.txt");
    let plain = world.ok("file url b2://demo-bucket/dir/a.txt");
    assert!(plain.ends_with("/file/demo-bucket/dir/a.txt\n"), "{plain}");
    let url = world.ok("file url b2://demo-bucket/dir/a.txt --with-auth --duration 60");
    assert!(url.starts_with(&format!("{}?Authorization=3_", plain.trim())), "{url}");
    assert_eq!(status(&plain), 401);
    assert_eq!(status(&url), 200);
    assert_eq!(status(&url.replace("a.txt?", "b.txt?")), 401);
    let said = world.fails("file url b2://demo-bucket/dir/a.txt --with-auth --duration 604801");
    assert_has(&said, &["ERROR: "]);
    let said = world.fails("file url b2id://4_z1 --with-auth");
    assert_has(&said, &["--with-auth param cannot be used with `b2id://` urls."]);
}

/// The status of an answer to a plain GET.
fn status(url: &str) -> u16 {
    let (host, path) =
        url.trim().strip_prefix("http://").and_then(|it| it.split_once('/')).expect("URL");
    let mut stream = std::net::TcpStream::connect(host).expect("connected");
    let request = format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = String::new();
    std::io::Read::read_to_string(&mut stream, &mut answer).expect("answer");
    answer.split(' ').nth(1).and_then(|it| it.parse().ok()).expect("status")
}
