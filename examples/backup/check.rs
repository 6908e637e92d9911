//! Runs whichever backup program it is built for against a simulated service.

use std::fs;
use std::process::{Command, Output};

use b2_sim::fault::{FaultPlan, Rule};
use b2_sim::server::{Handle, Server, ServerConfig};

const PROGRAMS: [Option<&str>; 3] = [
    option_env!("CARGO_BIN_EXE_backup-tokio"),
    option_env!("CARGO_BIN_EXE_backup-blocking"),
    option_env!("CARGO_BIN_EXE_backup-smol"),
];

fn backup(server: &Handle, folder: &str) -> (Option<i32>, String) {
    let program = PROGRAMS.into_iter().flatten().next().expect("a program");
    let Output { status, stdout, stderr } = Command::new(program)
        .args([folder, "my-backup", "pc/"])
        .env("B2_APPLICATION_KEY_ID", server.key_id())
        .env("B2_APPLICATION_KEY", server.key())
        .env("B2_ENVIRONMENT", server.url())
        .output()
        .expect("it runs");
    let said = [stdout, stderr].concat();
    (status.code(), String::from_utf8(said).expect("text"))
}

#[test]
fn only_what_changed_is_uploaded() {
    // What is refused once and for all is told, and the rest goes on.
    let refuse = Rule { op: Some("b2_upload_file".to_owned()), nth: Some(13), ..Rule::default() };
    let refuse = Rule { status: Some(400), ..refuse };
    let faults = FaultPlan::new(1, vec![refuse]).expect("a plan");
    let server = Server::start(ServerConfig { faults, ..ServerConfig::default() }).expect("runs");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().to_str().expect("text");
    let (code, said) = backup(&server, path);
    assert_eq!((code, said.as_str()), (Some(0), "0 uploaded, 0 were there already, 0 failed\n"));

    fs::create_dir(folder.path().join("b")).expect("made");
    for number in 0..12 {
        fs::write(folder.path().join(format!("b/{number}")), "text").expect("written");
    }
    let (code, said) = backup(&server, path);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("uploaded pc/b/11\n"), "{said}");
    assert!(said.ends_with("12 uploaded, 0 were there already, 0 failed\n"), "{said}");
    fs::write(folder.path().join("b/3"), "longer text").expect("written");
    fs::write(folder.path().join("new"), "").expect("written");
    let (code, said) = backup(&server, path);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("FAILED pc/"), "{said}");
    assert!(said.ends_with("1 uploaded, 11 were there already, 1 failed\n"), "{said}");

    // What cannot be backed up is no success.
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::ffi::OsStrExt as _;
        let nameless = std::ffi::OsStr::from_bytes(b"\xff");
        fs::write(folder.path().join("new"), "all the rest is there").expect("written");
        fs::write(folder.path().join(nameless), "text").expect("written");
        std::os::unix::fs::symlink("new", folder.path().join("link")).expect("linked");
        let (code, said) = backup(&server, path);
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains("skipped link: "), "{said}");
        assert!(said.ends_with(" 1 failed\n"), "{said}");
    }
}
