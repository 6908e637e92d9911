//! `sync` at a terminal, before many names vanish.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::world::{World, assert_has};

/// Runs a program that asks; `answer` is what somebody does and says then. Gives its exit code,
/// its standard output, and what was on the screen.
fn asked(mut command: Command, answer: impl FnOnce() -> &'static str) -> (i32, String, String) {
    let control = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
    grantpt(&control).and_then(|()| unlockpt(&control)).expect("a terminal");
    let name = ptsname(&control, Vec::new()).expect("its name");
    let open = || {
        let path = name.to_str().expect("a path");
        File::options().read(true).write(true).open(path).expect("its other end")
    };
    command.stdin(open()).stderr(open()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("program");
    // The other end is the program's alone, so that its end is seen here.
    drop(command);
    let mut screen = File::from(control);
    let (mut seen, mut buffer, mut answer) = (Vec::new(), [0; 4096], Some(answer));
    // Linux ends with an error when nobody has the other end any more.
    while let Ok(len @ 1..) = screen.read(&mut buffer) {
        seen.extend_from_slice(&buffer[..len]);
        if String::from_utf8_lossy(&seen).contains("[y/N] ")
            && let Some(answer) = answer.take()
        {
            screen.write_all(answer().as_bytes()).expect("answered");
        }
    }
    let mut out = String::new();
    child.stdout.take().expect("output").read_to_string(&mut out).expect("text");
    let code = child.wait().expect("end").code().unwrap_or(-1);
    (code, out, String::from_utf8_lossy(&seen).into_owned())
}

fn world() -> World {
    let world = World::embedded();
    world.ok("bucket create demo-bucket allPrivate");
    for name in ["a", "b", "c", "d"] {
        world.write(&format!("src/{name}"), "x");
    }
    world.ok("sync src b2://demo-bucket");
    for name in ["a", "b"] {
        fs::remove_file(world.path("src").join(name)).expect("removed");
    }
    world
}

const LINE: &str = "sync --threads 1 --no-progress --delete --max-delete 1 src b2://demo-bucket";

#[test]
fn what_somebody_says_yes_to_is_removed() {
    let world = world();
    let (code, out, seen) = asked(world.command(LINE), || "n\n");
    assert_eq!((code, out.as_str()), (1, ""), "{seen}");
    assert_has(&seen, &["  a\r\n", "  b\r\n", "These 2 names", "2 names would vanish"]);
    assert_eq!(world.ok("ls b2://demo-bucket"), "a\nb\nc\nd\n");
    let (code, out, seen) = asked(world.command(LINE), || "y\n");
    assert_eq!((code, out.as_str()), (0, "delete a \ndelete b \n"), "{seen}");
    assert_eq!(world.ok("ls b2://demo-bucket"), "c\nd\n");
}

/// The answer is about what was shown.
#[test]
fn a_folder_that_shrinks_before_the_answer_takes_nothing_with_it() {
    let world = world();
    let (code, out, seen) = asked(world.command(LINE), || {
        fs::remove_file(world.path("src/c")).expect("removed");
        "y\n"
    });
    assert_eq!((code, out.as_str()), (1, ""), "{seen}");
    assert_has(&seen, &["3 names would vanish from b2://demo-bucket, more than 2"]);
    assert_eq!(world.ok("ls b2://demo-bucket"), "a\nb\nc\nd\n");
}
