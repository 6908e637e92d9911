//! Disks without room: the sentence says so, the target is as it was, and nothing is left.

#![cfg(unix)]

use std::process::Stdio;

use crate::world::{Said, World, assert_has, assert_names};

/// More than a limited process may write, and too little for a download to be gone on with.
const LEN: usize = 8 << 20;

/// A bucket with a file for which there is no room, and an older one in its place.
fn world() -> World {
    let world = World::served("[]");
    world.ok("bucket create demo-bucket allPrivate");
    world.write("src/big", vec![7; LEN]);
    world.write("src/small", "x");
    world.ok("sync --no-progress src b2://demo-bucket");
    world.write("dst/big", "old");
    world
}

/// Runs the program where no file may be longer than a megabyte.
fn limited(world: &World, words: &str) -> Said {
    let mut command = world.command_in(&["sh", "-c", "ulimit -f 2048 && exec \"$@\"", "sh"], words);
    Said::from(command.output().expect("a shell"))
}

#[test]
fn a_download_that_becomes_too_long_is_told() {
    let world = world();
    let line = "file download b2://demo-bucket/big dst/big";
    let error = limited(&world, line).failed(line);
    assert_has(&error, &["no space left", "dst/big", "the free space"]);
    assert_names(&world, "dst", &["big"]);
    assert_eq!(world.read("dst/big"), b"old");
}

#[test]
fn a_sync_goes_on_with_what_has_room() {
    let world = world();
    let line = "sync --no-progress --compare-versions size b2://demo-bucket dst";
    let said = limited(&world, line);
    assert_eq!(said.code, 1, "{said:?}");
    assert_has(&said.out, &["b2_download(big, ", "no space left", "dnload small"]);
    assert_has(&said.err, &["sync is incomplete (1 failed, 1 copied)"]);
    assert_names(&world, "dst", &["big", "small"]);
    assert_eq!(world.read("dst/big"), b"old");
}

#[test]
fn output_that_becomes_too_long_is_told() {
    let world = world();
    let out = std::fs::File::create(world.path("out")).expect("file");
    let line = "file cat --no-progress b2://demo-bucket/big";
    let mut command = world.command_in(&["sh", "-c", "ulimit -f 2048 && exec \"$@\"", "sh"], line);
    let output = command.stdout(Stdio::from(out)).output().expect("a shell");
    assert_has(&Said::from(output).failed(line), &["space"]);
}

/// What a shell does in a place of its own, with a file system of a megabyte on `dst`, and other
/// files before.
#[cfg(target_os = "linux")]
const ON_SMALL_DISK: &str = "mount -t tmpfs -o size=1m small dst && echo mounted >&2 || exit 99
    printf old >dst/big
    [ \"$1\" = full ] && dd if=/dev/zero of=dst/other bs=4096 2>/dev/null
    shift
    \"$@\"
    code=$?
    printf '%s|' $(ls -A dst) \"$(cat dst/big)\"
    exit $code";

#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_is_or_becomes_full_is_told() {
    let world = world();
    let line = "--quiet file download --no-progress b2://demo-bucket/big dst/big";
    let mut tried = 0;
    for (filling, left) in [("empty", "big|old|"), ("full", "big|other|old|")] {
        // As somebody who may mount, or as root of a place of its own.
        for unshare in [["unshare", "-m"], ["unshare", "-rm"]] {
            let shell = ["sh", "-c", ON_SMALL_DISK, "sh", filling];
            let wrapper = [&unshare[..], &shell].concat();
            let Ok(output) = world.command_in(&wrapper, line).output() else { continue };
            let said = Said::from(output);
            let Some(error) = said.err.strip_prefix("mounted\n") else { continue };
            assert_eq!((said.code, said.out.as_str()), (1, left), "{error}");
            assert_has(error, &["no space left", "dst/big", "the free space"]);
            tried += 1;
            break;
        }
    }
    if tried == 0 {
        // A run that is to vouch for everything must not leave this out.
        assert!(std::env::var_os("CI").is_none(), "not tested: nobody here may mount");
        println!("not tested: nobody here may mount; the tests with limits did run");
    }
}
