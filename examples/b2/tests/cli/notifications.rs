//! Rules that tell a web server what happens in a bucket.

use crate::world::{World, assert_has, field};

const RULE: &str = "bucket notification-rule";
const CREATE: &str = "bucket notification-rule create b2://demo-bucket/pre/ my-rule --event-type \
                      b2:ObjectCreated:* --webhook-url https://example.com/hook";

fn world() -> World {
    let world = World::embedded();
    world.ok("bucket create demo-bucket allPrivate");
    world
}

#[test]
fn a_rule_comes_changes_and_goes() {
    let world = world();
    let list = format!("{RULE} list b2://demo-bucket");
    assert_eq!(world.ok(&list), "No notification rules for b2://demo-bucket/\n");
    let shown = world.ok(&format!("{CREATE} --custom-header X=1 --custom-header flag"));
    let want = "name: my-rule\neventTypes: \n  - b2:ObjectCreated:*\nisEnabled: true\n\
                isSuspended: false\n";
    assert!(shown.starts_with(want), "{shown}");
    assert_has(
        &shown,
        &["  customHeaders: \n    flag: ''\n    X: '1'\n", "objectNamePrefix: pre/"],
    );
    let listed = world.ok(&list);
    assert!(listed.starts_with("Notification rules for b2://demo-bucket/ :\n- name: my-rule\n"));
    assert_has(&world.ok(&format!("{list}/other")), &["No notification rules for"]);
    assert_eq!(world.ok(&format!("{list}/other --json")), "[]\n");

    let secret = "0123456789abcdef0123456789ABCDEF";
    let update = format!("{RULE} update b2://demo-bucket my-rule --json");
    let shown = world.ok(&format!("{update} --sign-secret {secret} --custom-header X=2"));
    assert_eq!(field(&shown, "objectNamePrefix"), "");
    assert_has(&shown, &[secret, "\"X\": \"2\"", "\"flag\": \"\""]);
    let shown = world.ok(&format!("{RULE} disable b2://demo-bucket/else my-rule"));
    assert_has(&shown, &["isEnabled: false", "objectNamePrefix: ''"]);
    let shown = world.ok(&format!("{RULE} enable b2://demo-bucket my-rule --json"));
    assert_has(&shown, &["\"isEnabled\": true"]);
    assert_eq!(
        world.ok(&format!("{RULE} delete b2://demo-bucket my-rule")),
        "Rule 'my-rule' has been deleted from b2://demo-bucket/\n"
    );
    assert_eq!(world.ok(&format!("{list} --json")), "[]\n");
}

#[test]
fn mistakes_name_the_rules_there_are() {
    let world = world();
    world.ok(CREATE);
    assert_eq!(
        world.fails(CREATE),
        "ERROR: rule with name 'my-rule' already exists on bucket 'demo-bucket'\n"
    );
    assert_eq!(
        world.fails(&format!("{RULE} update b2://demo-bucket other")),
        "ERROR: rule with name 'other' does not exist on bucket 'demo-bucket', available rules: \
         ['my-rule']\n"
    );
    assert_eq!(
        world.fails(&format!("{RULE} delete b2://demo-bucket other")),
        "ERROR: no such rule to delete: 'other', available rules: ['my-rule']; No rules have been \
         deleted.\n"
    );
    let said = world.b2(&format!("{CREATE} --sign-secret short"));
    assert_eq!(said.code, 2);
    let want = "error: argument --sign-secret: the secret has to be exactly 32 alphanumeric \
                characters, got: 'short'\n";
    assert!(said.err.ends_with(want), "{}", said.err);
    // The name of the command in its plural is an old one that nobody is warned about.
    assert_has(&world.ok("notification-rules list b2://demo-bucket"), &["my-rule"]);
}
