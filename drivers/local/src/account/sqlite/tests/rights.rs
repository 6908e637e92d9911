//! Who may read and exchange the file.

use std::os::unix::fs::{PermissionsExt as _, symlink};

use super::super::place::rights::{is_trusted, lets_others_in, may_own_folder};
use super::*;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("metadata").permissions().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("mode");
}

#[test]
fn the_file_and_its_folder_are_private_from_the_first_moment() {
    let folder = folder();
    let path = folder.path().join("config/b2/account_info");
    let place = Location { path: path.clone(), owns_folder: true };
    SqliteStore::open_at(&place).expect("store");
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(&folder.path().join("config")), 0o700);
    assert_eq!(mode(&folder.path().join("config/b2")), 0o700);
    open(&path).save(&sample("id", "token")).expect("save");
    assert_eq!(mode(&path), 0o600);
}

#[test]
fn a_file_that_others_can_use_is_refused_with_what_helps() {
    let folder = folder();
    let store = open(&folder.path().join("account_info"));
    let account = sample("id", "token");
    store.save(&account).expect("save");
    for loose in [0o640, 0o604, 0o620, 0o602] {
        set_mode(store.path(), loose);
        for result in [store.load().map(drop), store.save(&account), store.clear()] {
            let error = result.expect_err("loose");
            assert_eq!(error.reason, Reason::NotPrivate);
            let text = error.to_string();
            assert!(text.contains("`chmod 600`") && text.ends_with("account_info"), "{text}");
        }
        assert_eq!(mode(store.path()), loose);
    }
    set_mode(store.path(), 0o600);
    assert_eq!(store.load(), Ok(Some(account)));
}

#[test]
fn an_old_file_that_others_can_read_is_not_converted() {
    let folder = folder();
    let store = file_of(&folder, OLD_JSON.as_bytes());
    set_mode(store.path(), 0o644);
    assert_eq!(store.load().expect_err("loose").reason, Reason::NotPrivate);
    set_mode(store.path(), 0o600);
    assert!(store.load().expect("load").is_some());
    assert_eq!(mode(store.path()), 0o600);
}

#[test]
fn a_folder_that_everybody_writes_is_refused() {
    let folder = folder();
    let path = folder.path().join("account_info");
    set_mode(folder.path(), 0o777);
    let refused = |it: Result<SqliteStore, Error>| it.expect_err("open to all").reason;
    assert_eq!(refused(SqliteStore::open(&path)), Reason::FolderNotPrivate);
    assert!(!path.exists());
    // With the sticky bit, as the folder for temporary files has it, names cannot be taken away.
    set_mode(folder.path(), 0o1777);
    let store = open(&path);
    set_mode(folder.path(), 0o777);
    assert_eq!(store.load().expect_err("open to all").reason, Reason::FolderNotPrivate);
}

#[test]
fn a_folder_that_a_group_writes_is_refused_unless_it_is_the_owners_own() {
    // Mode, owner, group.
    assert!(lets_others_in(0o775, 1000, 100) && !lets_others_in(0o755, 1000, 100));
    assert!(!lets_others_in(0o775, 1000, 1000) && lets_others_in(0o777, 1000, 1000));
    assert!(!lets_others_in(0o1777, 0, 0) && !lets_others_in(0o1775, 1000, 100));
}

#[test]
fn a_folder_of_somebody_else_is_refused() {
    // Owner, user, whether behind a link.
    assert!(may_own_folder(1000, 1000, true) && !may_own_folder(1001, 1000, false));
    assert!(may_own_folder(0, 1000, true) && may_own_folder(0, 0, true));
    // In a container, or with `sudo`, the home may be another one's.
    assert!(may_own_folder(1000, 0, false) && !may_own_folder(1000, 0, true));
}

#[test]
fn the_superuser_is_not_led_into_a_folder_of_somebody_else() {
    let folder = folder();
    let home = folder.path().join("home");
    fs::create_dir(&home).expect("a folder");
    let somebody = Some(rustix::fs::Uid::from_raw(1000));
    if !rustix::process::geteuid().is_root() || rustix::fs::chown(&home, somebody, None).is_err() {
        return;
    }
    let store = open(&home.join("account_info"));
    store.save(&sample("id", "token")).expect("save");
    let link = folder.path().join("link");
    symlink(store.path(), &link).expect("link");
    let error = SqliteStore::open(&link).expect_err("somebody can exchange it");
    assert_eq!((error.reason, error.path), (Reason::FolderNotPrivate, home));
}

#[test]
fn links_lead_only_to_own_files() {
    let folder = folder();
    let store = open(&folder.path().join("account_info"));
    store.save(&sample("id", "token")).expect("save");
    let link = folder.path().join("link");
    symlink("account_info", &link).expect("link");
    assert_eq!(open(&link).load(), store.load());
    let nowhere = folder.path().join("nowhere");
    symlink("victim", &nowhere).expect("link");
    let error = SqliteStore::open(&nowhere).expect_err("leads nowhere");
    assert_eq!(error.reason, Reason::TargetIsBrokenLink);
    assert!(!folder.path().join("victim").exists());
    assert_eq!(SqliteStore::open(folder.path()).expect_err("folder").reason, Reason::NotOwn);
    // Owner, user, whether behind a link.
    assert!(is_trusted(1000, 1000, true) && is_trusted(1000, 1000, false));
    assert!(!is_trusted(1001, 1000, false) && !is_trusted(0, 1000, false));
    assert!(is_trusted(1000, 0, false) && !is_trusted(1000, 0, true));
}

#[test]
fn a_planted_journal_is_not_believed() {
    for suffix in ["-journal", "-wal", "-shm"] {
        let folder = folder();
        let store = open(&folder.path().join("account_info"));
        let planted = folder.path().join(format!("account_info{suffix}"));
        fs::write(folder.path().join("elsewhere"), b"x").expect("write");
        symlink("elsewhere", &planted).expect("link");
        let error = store.load().expect_err("planted");
        assert_eq!((error.reason, error.path), (Reason::NotOwn, planted));
    }
}
