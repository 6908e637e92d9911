//! Retention, legal holds and who gets past them.

use b2_sim::Config;
use b2_sim::server::ServerConfig;

use crate::world::{World, assert_has, field};

/// A day in the year 2100, as seconds with a fraction and as milliseconds.
const LATER_S: &str = "4102444800.5";
const LATER_MS: &str = "\"retainUntilTimestamp\": 4102444800500";

const REFUSED: &str = "ERROR: Auth token not authorized to write retention or file already in \
                       'compliance' mode or bypassGovernance=true parameter missing\n";

fn world() -> World {
    let world = World::embedded();
    world.ok("bucket create demo-bucket allPrivate --file-lock-enabled");
    world.write("a.txt", "twelve bytes");
    world
}

#[test]
fn a_file_is_protected_from_its_upload_on() {
    let world = world();
    let upload = "file upload --quiet demo-bucket a.txt a.txt";
    let out = world.ok(&format!(
        "{upload} --file-retention-mode governance --retain-until {LATER_S} --legal-hold on"
    ));
    assert_has(&out, &["\"mode\": \"governance\"", LATER_MS, "\"legalHold\": \"on\""]);
    let report = world.ok("file download b2://demo-bucket/a.txt back");
    assert_has(
        &report,
        &[
            "Retention:           mode=governance, retainUntil=2100-01-01 00:00:00.500000+00:00\n",
            "Legal hold:          on\n",
        ],
    );
    let copy = "file server-side-copy b2://demo-bucket/a.txt b2://demo-bucket/b.txt";
    let out = world.ok(&format!(
        "{copy} --file-retention-mode compliance --retain-until {LATER_S} --legal-hold off"
    ));
    assert_has(&out, &["\"mode\": \"compliance\"", LATER_MS, "\"legalHold\": \"off\""]);
    let both = "ValueError: provide either both --retain-until and --file-retention-mode or none \
                of them\n";
    for line in [upload, copy] {
        for half in ["--retain-until 4102444800", "--file-retention-mode governance"] {
            assert_eq!(world.fails(&format!("{line} {half}")), both);
        }
    }
    let said = world.fails(&format!("{upload} --file-retention-mode governance --retain-until 1"));
    assert_has(&said, &["must be in future (retain_until_timestamp_must_be_in_future)"]);
}

#[test]
fn locks_of_a_stored_file_are_changed() {
    let world = world();
    world.ok("file upload demo-bucket a.txt a.txt");
    let info = || world.ok("file info b2://demo-bucket/a.txt");
    let update = "file update b2://demo-bucket/a.txt";
    let govern = format!("{update} --file-retention-mode governance --retain-until {LATER_S}");
    assert_eq!(world.ok(&format!("{govern} --legal-hold on")), "");
    assert_has(&info(), &["\"mode\": \"governance\"", LATER_MS, "\"legalHold\": \"on\""]);
    let by_id = format!("file update b2id://{}", field(&info(), "fileId"));
    world.ok(&format!("{by_id} --legal-hold off"));
    assert_has(&info(), &["\"legalHold\": \"off\"", "\"mode\": \"governance\""]);

    assert_eq!(world.fails(&format!("{by_id} --file-retention-mode none")), REFUSED);
    world.ok(&format!("{by_id} --file-retention-mode none --bypass-governance"));
    assert_has(&info(), &["\"mode\": null", "\"retainUntilTimestamp\": null"]);

    world.ok(&format!("{update} --file-retention-mode compliance --retain-until {LATER_S}"));
    let less = format!("{update} --file-retention-mode none --bypass-governance");
    assert_eq!(world.fails(&less), REFUSED);
}

#[test]
fn changes_that_make_no_sense_are_refused() {
    let world = world();
    world.ok("file upload demo-bucket a.txt a.txt");
    let update = "file update b2://demo-bucket/a.txt";
    for (options, words) in [
        (
            "--file-retention-mode governance",
            "ValueError: must specify retain_until for retention mode RetentionMode.GOVERNANCE\n",
        ),
        ("--retain-until 4102444800", "ValueError: provide either both --retain-until"),
        (
            "--file-retention-mode none --retain-until 4102444800",
            "ValueError: provide either both --retain-until",
        ),
        (
            "--file-retention-mode compliance --retain-until 1",
            "must be in future (retain_until_timestamp_must_be_in_future)",
        ),
    ] {
        assert_has(&world.fails(&format!("{update} {options}")), &[words]);
    }
    let said = world.fails("file update b2://demo-bucket/no --legal-hold on");
    assert_eq!(said, "ERROR: File not present: no\n");
    world.ok("bucket create no-lock-bucket allPrivate");
    world.ok("file upload no-lock-bucket a.txt a.txt");
    let said = world.fails("file update b2://no-lock-bucket/a.txt --legal-hold on");
    assert_has(&said, &["(bucket_missing_file_lock)"]);
}

#[test]
fn deletion_gets_past_governance_only_when_told() {
    let world = world();
    let upload = "file upload demo-bucket a.txt a.txt";
    world.ok(&format!("{upload} --file-retention-mode governance --retain-until {LATER_S}"));
    let said = world.b2("rm b2://demo-bucket/a.txt");
    assert_eq!((said.code, said.err.as_str()), (1, ""));
    assert_has(
        &said.out,
        &[
            "Deletion of file \"a.txt\" (4_z",
            ") failed: Access Denied for application key with no restrictions (access_denied). ",
        ],
    );
    world.ok("rm --bypass-governance b2://demo-bucket/a.txt");
    assert_eq!(world.ok("ls --versions b2://demo-bucket"), "");
}

#[test]
fn a_bucket_protects_its_files_by_default() {
    let world = world();
    let update = "bucket update demo-bucket";
    let set = |mode: &str, period: &str| {
        let words = ["bucket", "update", "demo-bucket", "--default-retention-mode", mode];
        world.b2_with(&[&words[..], &["--default-retention-period", period]].concat())
    };
    let out = set("governance", "7 days").out;
    assert_has(&out, &["\"mode\": \"governance\"", "\"duration\": 7", "\"unit\": \"days\""]);
    let out = world.ok("file upload --quiet demo-bucket a.txt a.txt");
    assert_has(&out, &["\"mode\": \"governance\""]);
    assert_has(&set("compliance", "1 years").out, &["\"unit\": \"years\""]);
    assert_has(&set("governance", "7").err, &["must be in the form of \"X days|years \""]);
    assert_eq!(
        world.fails(&format!("{update} --default-retention-mode compliance")),
        "ValueError: must specify period for retention mode RetentionMode.COMPLIANCE\n"
    );
    let out = world.ok(&format!("{update} --default-retention-mode none"));
    assert_has(&out, &["\"defaultRetention\": {\n        \"mode\": null\n    }"]);
    world.ok("bucket create late-bucket allPrivate");
    let late = "bucket update late-bucket";
    assert_has(&world.ok(&format!("{late} --file-lock-enabled")), &["Enabled\": true"]);
}

#[test]
fn an_upload_can_have_a_time_of_its_own() {
    let mut service = Config { custom_timestamps: true, ..Config::default() };
    (service.part_len_min, service.part_len_recommended) = (1 << 20, 1 << 20);
    let world = World::served_by(ServerConfig { service, ..ServerConfig::default() }, "[]");
    world.ok("bucket create demo-bucket allPrivate");
    world.write("a.txt", "twelve bytes");
    world.ok("file upload demo-bucket a.txt a.txt --custom-upload-time 12345");
    let line = world.ok("ls --long b2://demo-bucket");
    assert!(line.ends_with("  upload  1970-01-01  00:00:12         12  a.txt\n"), "{line}");
    // Large files too (defect U2); the service keeps whole seconds.
    world.write("long", vec![7; 3 << 20]);
    let long = "file upload --quiet demo-bucket long long --custom-upload-timestamp 23456";
    assert_has(&world.ok(long), &["\"contentSha1\": \"none\"", "\"uploadTimestamp\": 23000\n"]);

    let world = self::world();
    let said = world.fails("file upload demo-bucket a.txt a.txt --custom-upload-timestamp 12345");
    assert_has(&said, &["(custom_timestamp_not_allowed)"]);
    let said = world.b2("file upload demo-bucket a.txt a.txt --custom-upload-timestamp now");
    assert_eq!(said.code, 2);
}
