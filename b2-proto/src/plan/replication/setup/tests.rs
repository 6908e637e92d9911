use super::*;
use crate::error::ErrorKind;
use crate::model::{BucketType, Guarded, ReplicationSource};

fn bucket(id: &str, name: &str, configuration: ReplicationConfiguration) -> Bucket {
    let mut bucket = Bucket::new("a", id, name, BucketType::AllPrivate);
    bucket.replication_configuration = Guarded::Readable(Some(configuration));
    bucket.revision = 7;
    bucket
}

fn plain(id: &str, name: &str) -> Bucket {
    bucket(id, name, ReplicationConfiguration::NONE)
}

fn setup(source: &Bucket, destination: &Bucket) -> SetUp {
    SetUp::new(source, destination, Options::default()).expect("both can be read")
}

fn key(id: &str, capabilities: &[Capability]) -> Key {
    let mut key = Key::new("a", id, "n");
    key.capabilities = capabilities.to_vec();
    key
}

fn reader(id: &str) -> Key {
    use Capability::{ReadFileLegalHolds, ReadFileRetentions, ReadFiles};
    key(id, &[ReadFiles, ReadFileLegalHolds, ReadFileRetentions, Capability::ListFiles])
}

fn writer(id: &str) -> Key {
    use Capability::{DeleteFiles, WriteFileLegalHolds, WriteFileRetentions, WriteFiles};
    key(id, &[WriteFiles, WriteFileLegalHolds, WriteFileRetentions, DeleteFiles])
}

fn created(setup: &mut SetUp, side: Side, name: &str, id: &str) {
    let Step::Create(of, made) = setup.step() else { panic!("{:?}", setup.step()) };
    assert_eq!((of, made.key_name.as_str()), (side, name));
    assert_eq!((made.name_prefix.as_deref(), made.bucket_ids.map(|it| it.len())), (None, Some(1)));
    setup.created(&key(id, &made.capabilities));
}

fn update(setup: &mut SetUp, side: Side) -> ReplicationConfiguration {
    let Step::Update(of, update) = setup.step() else { panic!("{:?}", setup.step()) };
    assert_eq!((of, update.if_revision_is), (side, Some(7)));
    setup.updated();
    update.replication_configuration.expect("a configuration")
}

#[test]
fn the_destination_is_changed_before_the_source() {
    let mut setup = setup(&plain("8d62", "photos"), &plain("8d63", "east"));
    created(&mut setup, Side::Source, "photos-replisrc", "ks");
    created(&mut setup, Side::Destination, "east-replidst", "kd");
    let destination = update(&mut setup, Side::Destination);
    let keys = ReplicationDestination::default().map_key("ks", "kd");
    assert_eq!(destination, ReplicationConfiguration::NONE.destination(keys));
    let rule = ReplicationRule::new("east", "8d63").priority(128);
    let source = ReplicationSource::new("ks", [rule.clone()].into());
    assert_eq!(update(&mut setup, Side::Source), ReplicationConfiguration::NONE.source(source));
    assert_eq!(setup.step(), Step::Done(rule));
}

#[test]
fn a_second_run_uses_the_keys_again_and_makes_another_rule() {
    let rule = ReplicationRule::new("east", "8d63").priority(128);
    let source = ReplicationSource::new("ks", [rule].into());
    let incoming = ReplicationDestination::default().map_key("kx", "ky");
    let from = bucket(
        "8d62",
        "photos",
        ReplicationConfiguration::NONE.source(source).destination(incoming),
    );
    let keys = ReplicationDestination::default().map_key("a", "gone").map_key("ks", "kd");
    let to = bucket("8d63", "east", ReplicationConfiguration::NONE.destination(keys.clone()));
    let mut setup = setup(&from, &to);
    assert_eq!(setup.step(), Step::LookUp(Side::Source, "ks".into()));
    setup.found(Some(&reader("ks")));
    assert_eq!(setup.step(), Step::LookUp(Side::Destination, "kd".into()));
    setup.found(Some(&writer("kd")));
    // Nobody is forgotten, not even a key that is gone.
    let destination = update(&mut setup, Side::Destination);
    assert_eq!(destination.as_replication_destination, Some(keys));
    let source = update(&mut setup, Side::Source);
    let incoming = source.as_replication_destination.expect("kept");
    assert_eq!(incoming.source_to_destination_key_mapping.len(), 1);
    let rules = source.as_replication_source.expect("rules").replication_rules;
    assert_eq!((rules[0].priority, rules[1].priority), (128, 133));
    assert_eq!(rules[1].replication_rule_name, "east2");
}

#[test]
fn keys_that_would_not_do_are_made_anew() {
    let source = ReplicationSource::new("ks", Vec::new());
    let from = bucket("8d62", "a.b", ReplicationConfiguration::NONE.source(source));
    let keys = ReplicationDestination::default().map_key("1", "k1").map_key("2", "k2");
    let to = bucket("8d63", "east", ReplicationConfiguration::NONE.destination(keys));
    let mut narrow = reader("ks");
    narrow.name_prefix = Some("x/".into());
    let mut elsewhere = reader("ks");
    elsewhere.bucket_ids = Some(["8d99".into()].into());
    for useless in [None, Some(narrow), Some(elsewhere), Some(writer("ks"))] {
        let mut setup = setup(&from, &to);
        setup.found(useless.as_ref());
        created(&mut setup, Side::Source, "a-b-replisrc", "new");
        assert_eq!(setup.step(), Step::LookUp(Side::Destination, "k2".into()));
        setup.found(None);
        assert_eq!(setup.step(), Step::LookUp(Side::Destination, "k1".into()));
        setup.found(Some(&reader("k1")));
        created(&mut setup, Side::Destination, "east-replidst", "kd");
        update(&mut setup, Side::Destination);
    }
}

#[test]
fn what_cannot_be_read_is_not_written_over() {
    let mut hidden = plain("8d63", "east");
    hidden.replication_configuration = Guarded::Withheld;
    let known = plain("8d62", "photos");
    for (from, to) in [(&hidden, &known), (&known, &hidden)] {
        let refused = SetUp::new(from, to, Options::default()).map_err(|error| error.kind);
        assert_eq!(refused.map(|_| ()), Err(ErrorKind::Unauthorized));
    }
}

#[test]
fn rules_are_switched_and_taken_away() {
    let rule = |name: &str| ReplicationRule::new(name, "8d63").priority(2_147_483_645);
    let source = ReplicationSource::new("ks", [rule("one"), rule("two")].into());
    let bucket = bucket("8d62", "photos", ReplicationConfiguration::NONE.source(source));
    assert_eq!(rules::find(&bucket, "three").map_err(|it| it.kind), Err(ErrorKind::NotFound));
    assert_eq!(rules::switched(&bucket, "one", true), Ok(None));
    let rules_of = |update: UpdateBucket| {
        let configuration = update.replication_configuration.expect("a configuration");
        configuration.as_replication_source.map(|source| source.replication_rules)
    };
    let paused = rules::switched(&bucket, "one", false).expect("found").expect("a change");
    let want: Vec<_> = [rule("one").enabled(false), rule("two")].into();
    assert_eq!(rules_of(paused), Some(want));
    let mut left = bucket.clone();
    let less = rules::without(&bucket, "one").expect("found");
    left.replication_configuration = Guarded::Readable(less.replication_configuration);
    assert_eq!(rules_of(rules::without(&left, "two").expect("found")), None);
    // Priorities have an end.
    let next = SetUp::new(&bucket, &plain("8d63", "two"), Options::default()).expect("known");
    assert_eq!(
        (next.rule.priority, next.rule.replication_rule_name.as_str()),
        (2_147_483_647, "two2")
    );
}
