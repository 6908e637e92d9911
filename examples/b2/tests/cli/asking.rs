//! `sync` at a terminal, before many names vanish.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::world::{World, assert_has};

/// Runs a program that asks; `answer` is what somebody does and says then, each time. Gives its
/// exit code, its standard output, and what was on the screen.
fn asked(mut command: Command, mut answer: impl FnMut() -> &'static str) -> (i32, String, String) {
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
    let (mut seen, mut buffer, mut questions) = (Vec::new(), [0; 4096], 0);
    // Linux ends with an error when nobody has the other end any more.
    while let Ok(len @ 1..) = screen.read(&mut buffer) {
        seen.extend_from_slice(&buffer[..len]);
        let asked = String::from_utf8_lossy(&seen).matches("Remove them? [y/N").count();
        if seen.ends_with(b"] ") && asked > questions {
            questions = asked;
            screen.write_all(answer().as_bytes()).expect("answered");
        }
    }
    let mut out = String::new();
    child.stdout.take().expect("output").read_to_string(&mut out).expect("text");
    let code = child.wait().expect("end").code().unwrap_or(-1);
    (code, out, String::from_utf8_lossy(&seen).into_owned())
}

fn world() -> World {
    filled(World::embedded())
}

fn filled(world: World) -> World {
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
    assert_eq!((code, out.as_str()), (0, "delete a \ndelete b \n"), "{seen}");
    assert_eq!(world.ok("ls b2://demo-bucket"), "c\nd\n");
}

/// As many names are missing as were shown, but others.
#[test]
fn names_that_were_not_shown_do_not_go_in_place_of_those_that_were() {
    let world = world();
    let (code, out, seen) = asked(world.command(LINE), || {
        for (back, gone) in [("a", "c"), ("b", "d")] {
            world.write(&format!("src/{back}"), "x");
            fs::remove_file(world.path("src").join(gone)).expect("removed");
        }
        "y\n"
    });
    assert_eq!((code, out.as_str()), (0, ""), "{seen}");
    assert_eq!(world.ok("ls b2://demo-bucket"), "a\nb\nc\nd\n");
}

/// A disk that is mounted over the folder meanwhile has other files.
#[test]
fn another_folder_in_place_of_the_source_removes_nothing() {
    let world = world();
    let (code, out, seen) = asked(world.command(LINE), || {
        fs::rename(world.path("src"), world.path("away")).expect("it goes");
        world.write("src/z", "x");
        "y\n"
    });
    assert_eq!((code, out.as_str()), (1, ""), "{seen}");
    assert_has(&seen, &["the source could not be listed to its end"]);
    assert_eq!(world.ok("ls b2://demo-bucket"), "a\nb\nc\nd\n");
}

/// Both runs are told as one: each action once, by a number of its own.
#[test]
fn the_events_of_both_runs_are_those_of_one_sync() {
    let world = world();
    world.write("src/new", "x");
    let (code, out, seen) = asked(world.command(&format!("{LINE} --events ndjson")), || "y\n");
    assert_eq!(code, 0, "{seen}");
    let events: Vec<serde_json::Value> =
        out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let ids = |event: &str| -> Vec<u64> {
        let of_event = events.iter().filter(|it| it["event"] == event);
        of_event.filter_map(|it| it["id"].as_u64()).collect()
    };
    assert_eq!(ids("done"), [0, 1, 2]);
    assert_eq!(out.matches(r#""event":"again""#).count(), 1, "{out}");
    let last = events.last().expect("a summary");
    assert_eq!((&last["event"], &last["isComplete"]), (&"summary".into(), &true.into()), "{out}");
    assert_eq!((&last["transferred"], &last["deleted"]), (&1.into(), &2.into()), "{out}");
    assert_eq!(last["planned"]["heldBack"], 0, "{out}");
}

/// Whoever said yes sees how far it is.
#[test]
fn progress_goes_on_after_the_answer() {
    let slow = r#"[{"op": "b2_delete_file_version", "latencyMs": 500}]"#;
    let world = filled(World::served(slow));
    let mut command = world.command(&LINE.replace(" --no-progress", ""));
    command.env("TERM", "xterm");
    let (code, out, seen) = asked(command, || "y\n");
    assert_eq!((code, out.as_str()), (0, "delete a \ndelete b \n"), "{seen}");
    let (_, after) = seen.split_once("Remove them?").expect("a question");
    assert_has(after, &["compared ", "removed 1"]);
}

/// The first hundred are shown unasked.
#[test]
fn whoever_is_asked_can_read_all_names() {
    let world = World::embedded();
    world.ok("bucket create demo-bucket allPrivate");
    for number in 0..120 {
        world.write(&format!("src/n{number:03}"), "x");
    }
    world.write("src/stays", "x");
    world.ok("sync src b2://demo-bucket");
    for number in 0..120 {
        fs::remove_file(world.path(&format!("src/n{number:03}"))).expect("removed");
    }
    let mut answers = ["l\n", "n\n"].into_iter();
    let (code, out, seen) = asked(world.command(LINE), || answers.next().expect("asked twice"));
    assert_eq!((code, out.as_str()), (1, ""), "{seen}");
    let question = "These 120 names are not in the source. Remove them? [y/N/l] ";
    assert_eq!(seen.matches(question).count(), 2, "{seen}");
    assert_has(&seen, &["  and 20 more: l lists them all\r\n"]);
    let shown = |number: u32| seen.matches(&format!("  n{number:03}\r\n")).count();
    assert!((0..100).all(|number| shown(number) == 2), "{seen}");
    assert!((100..120).all(|number| shown(number) == 1), "{seen}");
    assert_eq!(seen.matches("stays").count(), 0);
    assert_eq!(world.ok("ls b2://demo-bucket").lines().count(), 121);
}
