//! Logging in, what is kept, and keys that are not enough.

use std::process::Stdio;

use crate::world::{World, assert_has};

fn authorized(world: &mut World) -> (String, String) {
    let (id, key) = (world.server().key_id(), world.server().key());
    world.set("B2_APPLICATION_KEY_ID", "");
    world.set("B2_APPLICATION_KEY", "");
    (id, key)
}

#[test]
fn a_login_is_kept_until_it_is_cleared() {
    let mut world = World::served("[]");
    let (id, key) = authorized(&mut world);
    assert_has(&world.fails("ls"), &["Missing account data", "b2 account authorize"]);
    let said = world.b2(&format!("account authorize {id} {key}"));
    assert_eq!(said.code, 0, "{}", said.err);
    assert_has(&said.err, &["Using http://127.0.0.1:"]);
    assert_has(&said.out, &["\"isMasterKey\": true", ".config/b2/account_info\","]);
    world.ok("bucket create demo-bucket allPrivate");
    let before = world.server().transcript().len();
    assert_has(&world.ok("bucket list"), &["demo-bucket"]);
    let calls = world.server().transcript().len() - before;
    assert_eq!(calls, 1, "the kept login was not used");
    assert_eq!(world.ok("account get"), said.out);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let file = world.path(".config/b2/account_info");
        let mode = std::fs::metadata(&file).expect("file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        std::fs::set_permissions(&file, PermissionsExt::from_mode(0o644)).expect("mode");
        assert_has(&world.fails("account get"), &["`chmod 600`", "account_info"]);
        std::fs::set_permissions(&file, PermissionsExt::from_mode(0o600)).expect("mode");
    }
    world.ok("account clear");
    world.ok("account clear");
    assert_has(&world.fails("account get"), &["Missing account data"]);
    // The rows are gone, the database stays.
    let file = world.read(".config/b2/account_info");
    assert!(file.starts_with(b"SQLite format 3\0"));
    assert!(!file.windows(key.len()).any(|window| window == key.as_bytes()));
}

#[test]
fn several_programs_use_one_login_at_the_same_time() {
    let mut world = World::served("[]");
    let (id, key) = authorized(&mut world);
    let authorize = format!("account authorize {id} {key}");
    // The first of them makes the file.
    for lines in [[&*authorize; 4], [&authorize, "bucket list", &authorize, "account get"]] {
        let spawn = |line: &&str| {
            let mut command = world.command(line);
            command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("program")
        };
        let children: Vec<_> = lines.iter().cycle().take(12).map(spawn).collect();
        for child in children {
            let output = child.wait_with_output().expect("end");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
    }
    assert_has(&world.ok("account get"), &[&id]);
}

#[test]
fn a_key_in_the_environment_uses_the_login_that_is_kept_for_it() {
    let mut world = World::served("[]");
    assert_eq!(world.b2("account authorize").code, 0);
    let calls = |world: &World| {
        let before = world.server().transcript().len();
        world.ok("bucket list");
        world.server().transcript().len() - before
    };
    assert_eq!(calls(&world), 1, "the kept login was not used");
    // Another key does not use it, and changes nothing.
    let kept = world.read(".config/b2/account_info");
    use_key(&mut world, "listBuckets");
    assert_eq!(calls(&world), 2);
    assert_eq!(world.read(".config/b2/account_info"), kept);
    // Nor does a file that cannot be used stand in the way.
    world.write(".config/b2/account_info", "something else");
    assert_eq!(calls(&world), 2);
    assert_eq!(world.read(".config/b2/account_info"), b"something else");
}

#[test]
fn a_key_in_the_environment_makes_no_file() {
    let world = World::served("[]");
    world.ok("bucket list");
    assert!(!world.path(".config").exists());
}

#[test]
fn a_key_for_a_bucket_that_is_gone_is_not_kept() {
    let mut world = World::served("[]");
    world.ok("bucket create demo-bucket allPrivate");
    let created = world.ok("key create some-key --bucket demo-bucket listBuckets,listFiles");
    world.ok("bucket delete demo-bucket");
    authorized(&mut world);
    let said = world.b2(&format!("account authorize {created}"));
    assert_eq!((said.code, said.out.as_str()), (1, ""));
    let gone = "ERROR: application key is restricted to bucket id '";
    assert_has(&said.err, &[gone, "', which no longer exists"]);
    assert_has(&world.fails("account get"), &["Missing account data"]);
}

#[test]
fn profiles_are_apart_and_a_file_can_be_named() {
    let mut world = World::served("[]");
    let (id, key) = authorized(&mut world);
    let said =
        world.b2_reading("account authorize --profile work", format!("{id}\n{key}\n").as_bytes());
    assert_eq!(said.code, 0, "{}", said.err);
    assert_eq!(world.b2("account get --profile work").code, 0);
    world.fails("account get");
    assert!(world.path(".config/b2/db-work.sqlite").exists());
    let invalid = world.fails("account get --profile a/b");
    assert_eq!(invalid, "ValueError: Invalid profile name: a/b\n");
    world.set("B2_ACCOUNT_INFO", "elsewhere");
    let both = world.fails("account get --profile work");
    let text = "ValueError: Provide either B2_ACCOUNT_INFO env var or profile, not both\n";
    assert_eq!(both, text);
    assert_eq!(world.b2(&format!("account authorize {id} {key}")).code, 0);
    assert!(world.path("elsewhere").exists());
}

#[test]
fn a_wrong_key_is_told() {
    let mut world = World::served("[]");
    world.set("B2_APPLICATION_KEY", "K000wrong");
    let error = world.fails("ls");
    assert_has(&error, &["ERROR: ", "refuses the application key", "Check the application key ID"]);
    assert!(!error.contains("K000wrong"));
    let (id, _) = authorized(&mut world);
    let said = world.b2(&format!("account authorize {id} K000wrong"));
    assert_eq!((said.code, said.out.as_str()), (1, ""));
    assert_has(&said.err, &["ERROR: unable to authorize account: "]);
    assert_has(&world.fails("account get"), &["Missing account data"]);
}

#[test]
fn half_of_a_key_is_told() {
    let mut world = World::served("[]");
    world.set("B2_APPLICATION_KEY", "");
    let error = world.fails("ls");
    assert_has(&error, &["Please provide both \"B2_APPLICATION_KEY\" and"]);
}

/// A key of its own for the program.
fn use_key(world: &mut World, rights: &str) -> String {
    let created = world.ok(&format!("key create some-key {rights}"));
    let (id, key) = created.trim().split_once(' ').expect("id and key");
    let id = id.to_owned();
    world.set("B2_APPLICATION_KEY", key);
    world.set("B2_APPLICATION_KEY_ID", &id);
    id
}

#[test]
fn a_revoked_key_is_told_also_when_the_login_was_kept() {
    let mut world = World::served("[]");
    let master = (world.server().key_id(), world.server().key());
    let id = use_key(&mut world, "listBuckets,listFiles");
    assert_eq!(world.b2("account authorize").code, 0);
    world.set("B2_APPLICATION_KEY_ID", &master.0);
    world.set("B2_APPLICATION_KEY", &master.1);
    world.ok(&format!("key delete {id}"));
    authorized(&mut world);
    assert_has(&world.fails("ls"), &["ERROR: ", "Check the application key ID and the key"]);
}

#[test]
fn a_key_without_the_right_is_told() {
    let mut world = World::served("[]");
    world.ok("bucket create demo-bucket allPrivate");
    use_key(&mut world, "listBuckets,listFiles");
    world.write("a.txt", "x");
    let error = world.fails("file upload demo-bucket a.txt a.txt");
    let rights = "for application key with capabilities 'listBuckets,listFiles' (unauthorized)";
    let missing = "the key lacks the capability writeFiles";
    assert_has(&error, &["ERROR: unauthorized ", rights, missing, "with the rights for this"]);
    assert_eq!(world.ok("ls b2://demo-bucket"), "");
    use_key_without_list(&mut world);
}

/// A key that cannot list buckets is of no use for this program, and not kept.
fn use_key_without_list(world: &mut World) {
    let master = (world.server().key_id(), world.server().key());
    world.set("B2_APPLICATION_KEY_ID", &master.0);
    world.set("B2_APPLICATION_KEY", &master.1);
    use_key(world, "readFiles");
    let said = world.b2("account authorize");
    assert_eq!(said.code, 1);
    assert_has(&said.err, &["application key has no listBuckets capability"]);
    authorized(world);
    assert_has(&world.fails("account get"), &["Missing account data"]);
}

#[test]
fn a_bucket_of_somebody_else_is_out_of_reach() {
    let mut world = World::served("[]");
    world.ok("bucket create mine-alone allPrivate");
    world.ok("bucket create not-mine allPrivate");
    use_key(&mut world, "--bucket mine-alone listBuckets,listFiles,readFiles");
    assert_eq!(world.ok("ls b2://mine-alone"), "");
    for line in ["ls b2://not-mine", "bucket list", "file cat b2://not-mine/x"] {
        let error = world.fails(line);
        assert_eq!(
            error, "ERROR: Application key is restricted to buckets: ['mine-alone']\n",
            "{line}"
        );
    }
}
