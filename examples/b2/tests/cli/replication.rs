//! Replication: set up, looked at, paused and taken away.

use crate::world::{World, assert_has};

fn world() -> World {
    let world = World::embedded();
    world.ok("bucket create from-bucket allPrivate");
    world.ok("bucket create to-bucket allPrivate");
    world
}

fn rules(world: &World, bucket: &str) -> serde_json::Value {
    let shown = world.ok(&format!("bucket get {bucket}"));
    let shown: serde_json::Value = serde_json::from_str(&shown).expect("JSON");
    shown["replication"].clone()
}

#[test]
fn a_second_rule_uses_the_keys_of_the_first() {
    let world = world();
    assert_eq!(world.ok("replication setup from-bucket to-bucket"), "");
    assert_eq!(world.ok("replication setup from-bucket to-bucket --file-name-prefix a/"), "");
    assert_eq!(world.ok("key list").lines().count(), 2);
    let source = &rules(&world, "from-bucket")["asReplicationSource"];
    let rules_of = source["replicationRules"].as_array().expect("rules");
    let named: Vec<_> = rules_of
        .iter()
        .map(|rule| (rule["replicationRuleName"].as_str(), rule["priority"].as_u64()))
        .collect();
    assert_eq!(named, [(Some("to-bucket"), Some(128)), (Some("to-bucket2"), Some(133))]);
    let keys = &rules(&world, "to-bucket")["asReplicationDestination"];
    assert_eq!(keys["sourceToDestinationKeyMapping"].as_object().map(|it| it.len()), Some(1));
}

#[test]
fn rules_are_paused_and_deleted() {
    let world = world();
    world.ok("replication setup from-bucket to-bucket --name my-rule --priority 7");
    world.ok("replication pause from-bucket my-rule");
    let enabled = || {
        rules(&world, "from-bucket")["asReplicationSource"]["replicationRules"][0]["isEnabled"]
            .clone()
    };
    assert_eq!(enabled(), false);
    let again = world.b2("replication pause from-bucket my-rule");
    let unchanged = "ERROR: replication rule was found, but could not be changed!\n";
    assert_eq!((again.code, again.out.as_str(), again.err.as_str()), (1, unchanged, ""));
    world.ok("replication unpause from-bucket my-rule");
    assert_eq!(enabled(), true);
    for word in ["pause", "unpause", "delete"] {
        let missing = world.b2(&format!("replication {word} from-bucket other"));
        let text = "ERROR: replication rule could not be found!\n";
        assert_eq!((missing.code, missing.out.as_str(), missing.err.as_str()), (1, text, ""));
    }
    world.ok("replication delete from-bucket my-rule");
    assert!(rules(&world, "from-bucket")["asReplicationSource"].is_null());
}

#[test]
fn the_status_counts_what_is_alike() {
    let world = world();
    world.write("a.txt", "twelve bytes");
    world.ok("replication setup from-bucket to-bucket --name my-rule");
    // The service copies when it likes, unless the rule rests.
    world.ok("replication pause from-bucket my-rule");
    world.ok("file upload from-bucket a.txt a.txt");
    world.ok("file upload from-bucket a.txt b.txt");
    world.ok("file hide b2://from-bucket/b.txt");
    world.ok("file upload to-bucket a.txt c.txt");
    let json = world.ok("replication status from-bucket --output-format json");
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let groups = json["my-rule"].as_array().expect("groups");
    assert_eq!(groups.len(), 3, "{json}");
    assert!(groups[0]["source_replication_status"].is_null());
    assert_eq!(groups[0]["source_encryption_mode"], "none");
    assert_eq!(groups[0]["count"], 1);
    assert_eq!(groups[1]["source_has_hide_marker"], true);
    assert!(groups[2]["source_has_hide_marker"].is_null());
    let table = world.ok("replication status from-bucket --dont-scan-destination --rule my-rule");
    assert!(table.starts_with("Replication \"my-rule\":\n+--"), "{table}");
    assert_has(&table, &["| replication ", "| count |", "|     1 |"]);
    let csv = world.ok("replication status from-bucket --output-format csv --columns \
         source_replication_status,count");
    assert!(csv.starts_with("rule name,\"source\nreplication\nstatus\",count\r\nmy-rule,,"));
    for (line, want) in [
        ("status nowhere", "bucket \"nowhere\" not found"),
        (
            "status from-bucket --rule x",
            "no replication rule \"x\" set up for bucket \"from-bucket\"",
        ),
        ("status from-bucket --columns x", "there is no column 'x'"),
        ("setup from-bucket nowhere", "Bucket not found: nowhere."),
    ] {
        assert_has(&world.fails(&format!("replication {line}")), &[want]);
    }
}
