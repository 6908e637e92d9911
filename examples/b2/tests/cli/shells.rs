//! Completion of half-written lines, and the licence.

use crate::world::{World, assert_has};

fn complete(world: &World, shell: &str, line: &str) -> Vec<String> {
    let service = world.path("service");
    let line = format!("b2 --sim {} {line}", service.display());
    let said = world.b2_with(&["complete-words", shell, &line]);
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{line}");
    said.out.lines().map(str::to_owned).collect()
}

#[test]
fn lines_go_on_to_the_name_of_a_file() {
    let world = World::embedded();
    world.ok("bucket create demo-bucket allPrivate");
    world.write("a.txt", "x");
    for name in ["a.txt", "dir/b.txt"] {
        world.ok(&format!("file upload demo-bucket a.txt {name}"));
    }
    assert_eq!(complete(&world, "zsh", "file unh"), ["unhide"]);
    assert_eq!(complete(&world, "zsh", "file info b2:"), ["b2://"]);
    // Bash sees only what is behind the colon.
    assert_eq!(complete(&world, "bash", "file info b2:"), ["//"]);
    assert_eq!(complete(&world, "zsh", "file info b2://"), ["b2://demo-bucket/"]);
    assert_eq!(complete(&world, "zsh", "bucket get demo"), ["demo-bucket"]);
    let files = ["b2://demo-bucket/a.txt", "b2://demo-bucket/dir/b.txt"];
    assert_eq!(complete(&world, "fish", "file info b2://demo-bucket/"), files);
    assert_eq!(complete(&world, "fish", "file info b2://demo-bucket/dir/b"), files[1..]);
    assert_eq!(complete(&world, "bash", "rm b2://demo-bucket/d"), ["//demo-bucket/dir/b.txt"]);
    assert!(complete(&world, "zsh", "file download b2://demo-bucket/a.txt ").is_empty());
}

#[test]
fn shells_are_taught_once() {
    let world = World::embedded();
    world.write(".zshrc", "alias x=y\n");
    for _ in 0..2 {
        let said = world.ok("install-autocomplete --shell zsh");
        assert_has(&said, &["Autocomplete successfully installed for zsh."]);
    }
    let rc = String::from_utf8(world.read(".zshrc")).expect("text");
    assert!(rc.starts_with("alias x=y\n# >>> b2 autocomplete >>>\n"), "{rc}");
    assert_eq!(rc.matches(">>> b2 autocomplete >>>").count(), 1, "{rc}");
    assert_has(&rc, &["/.zsh/completion/_b2\n# <<< b2 autocomplete <<<\n"]);
    let script = String::from_utf8(world.read(".zsh/completion/_b2")).expect("text");
    assert_has(&script, &["#compdef b2\n", "complete-words zsh \"$LBUFFER\""]);
    world.ok("install-autocomplete --shell fish");
    let script = String::from_utf8(world.read(".config/fish/completions/b2.fish")).expect("text");
    assert_has(&script, &["complete -c b2 ", "b2 complete-words fish"]);
    world.ok("install_autocomplete --shell bash");
    let script = String::from_utf8(world.read(".bash_completion.d/b2")).expect("text");
    assert_has(&script, &["complete -o nospace -o default -F _complete_b2 b2\n"]);
    let said = world.fails("install-autocomplete --shell tcsh");
    let want = "ERROR: unsupported shell: tcsh. Supported shells: ['bash', 'fish', 'zsh']. Use \
                --shell to specify a target shell manually.\n";
    assert_eq!(said, want);
}

#[test]
fn the_licence_is_told() {
    let world = World::bare();
    assert_has(&world.ok("license"), &["b2 license:\n", "Permission is hereby granted", "Apache"]);
    assert_has(&world.ok("license --with-packages"), &["\nclap 4."]);
}
