//! Copies from and to files with customer keys.

use std::collections::BTreeMap;

use b2_proto::model::FileVersion;

use super::*;

fn key(byte: u8, id: &str) -> NamedKey {
    NamedKey::new(&CustomerKey::new([byte; 32]), Some(id))
}

/// A version that is encrypted with this key, as far as the service tells it.
fn encrypted(key_md5: Option<&str>, key_id: Option<&str>) -> Value {
    let info = match key_id {
        Some(id) => json!({"a": "1", "sse_c_key_id": id}),
        None => json!({"a": "1"}),
    };
    let mut version = version("4_src", 270, info, 5);
    version["serverSideEncryption"] =
        json!({"mode": "SSE-C", "algorithm": "AES256", "customerKeyMd5": key_md5});
    version
}

fn known(version: &Value) -> CopySource {
    let version: FileVersion = serde_json::from_value(version.clone()).expect("a version");
    CopySource::of_version(&version)
}

#[test]
fn equal_key_ids_keep_the_metadata() {
    let target = target().encryption(TargetEncryption::Customer(key(2, "k")));
    let mut job = copy(source().customer_key(key(1, "k")), target);
    let asked = body(&job.take(COPY));
    assert_eq!(asked["metadataDirective"], "COPY");
    assert_eq!(asked["sourceServerSideEncryption"]["mode"], "SSE-C");
    assert_ne!(asked["sourceServerSideEncryption"], asked["destinationServerSideEncryption"]);
}

#[test]
fn different_key_ids_rewrite_the_metadata_which_must_be_known_or_fetched() {
    let info =
        BTreeMap::from([("sse_c_key_id".to_owned(), "old".to_owned()), ("a".into(), "1".into())]);
    let from = || source().customer_key(key(1, "old"));
    let to = || target().encryption(TargetEncryption::Customer(key(2, "new")));
    let mut job = copy(from(), to());
    assert_eq!(job.error().kind, ErrorKind::InvalidInput);
    assert!(job.begun.is_empty());

    let mut job = copy(from().metadata("text/x", info.clone()), to());
    let asked = body(&job.take(COPY));
    assert_eq!(
        (&asked["metadataDirective"], &asked["contentType"]),
        (&"REPLACE".into(), &"text/x".into())
    );
    assert_eq!(asked["fileInfo"], json!({"sse_c_key_id": "new", "a": "1"}));

    // Without a key at the target the ID goes away.
    let mut job = copy(from().metadata("text/x", info), target());
    assert_eq!(body(&job.take(COPY))["fileInfo"], json!({"a": "1"}));

    let options = CopyOptions { fetch_metadata: true, ..options() };
    let mut job = Scenario::of(FileCopy::new(from(), to(), options));
    job.serve(INFO, 200, &source_answer(7));
    let asked = body(&job.take(COPY));
    assert_eq!(asked["fileInfo"]["sse_c_key_id"], "new");
}

#[test]
fn file_info_that_names_another_key_is_refused() {
    let encryption = TargetEncryption::Customer(key(2, "new"));
    let target = target().content_type("t").info("sse_c_key_id", "other").encryption(encryption);
    for source in [source(), source().range(0, 270)] {
        assert_eq!(copy(source, target.clone()).error().kind, ErrorKind::InvalidInput);
    }
}

#[test]
fn parts_carry_both_keys() {
    let encryption = TargetEncryption::Customer(key(2, "k"));
    let target = target().content_type("t").no_info().encryption(encryption);
    let mut job = copy(source().range(0, 270).customer_key(key(1, "k")), target);
    let started = job.start();
    assert_eq!(started["fileInfo"], json!({"sse_c_key_id": "k"}));
    let part = body(&job.take(COPY_PART));
    assert_eq!(part["sourceServerSideEncryption"]["mode"], "SSE-C");
    assert_eq!(part["destinationServerSideEncryption"], started["serverSideEncryption"]);
}

#[test]
fn a_key_that_does_not_fit_is_refused_before_anything_is_sent() {
    let md5 = key(1, "k").key.md5_base64();
    let own = encrypted(Some(&md5), Some("k"));
    let silent = encrypted(None, Some("k"));
    let plain = version("4_src", 270, json!({}), 5);
    let no_key = |source: &Value| known(source);
    let with = |source: &Value, byte| known(source).customer_key(key(byte, "k"));
    for (source, words) in [
        (no_key(&own), "which is needed"),
        (no_key(&silent), "which is needed"),
        (with(&own, 2), "another customer key"),
        // One call or many parts: it is the same source.
        (with(&own, 2).range(0, 7), "another customer key"),
    ] {
        let mut job = copy(source, target());
        let error = job.error();
        assert_eq!(error.kind, ErrorKind::InvalidInput, "{error}");
        assert!(error.message.as_str().contains(words), "{error}");
        assert!(job.begun.is_empty());
    }
    let to = || target().content_type("t").no_info();
    assert_eq!(copy(with(&own, 1), to()).names(), [START]);
    assert_eq!(copy(with(&silent, 2), to()).names(), [START]);
    assert_eq!(copy(no_key(&plain), to()).names(), [START]);

    // What the service says about the source counts as soon as it is said.
    let mut job = copy(source().range(0, 270).customer_key(key(2, "k")), target());
    job.serve(INFO, 200, &own.to_string());
    assert_eq!(job.error().kind, ErrorKind::InvalidInput);
    assert_eq!(job.begun, [INFO]);
}

#[test]
fn which_key_it_was_is_told_by_the_source_when_the_caller_does_not() {
    let anonymous = NamedKey::new(&key(1, "").key, None);
    let options = CopyOptions { fetch_metadata: true, ..CopyOptions::default() };
    let from = || source().customer_key(anonymous.clone());
    let mut job = Scenario::of(FileCopy::new(from(), target(), options.clone()));
    job.serve(INFO, 200, &encrypted(None, Some("old")).to_string());
    let asked = body(&job.take(COPY));
    assert_eq!(asked["metadataDirective"], "REPLACE");
    assert_eq!(asked["fileInfo"], json!({"a": "1"}), "the copy has no key to name");

    // The same key for the copy, or none that has a name: nothing has to be written anew.
    let same = TargetEncryption::Customer(key(1, "old"));
    let mut job = Scenario::of(FileCopy::new(from(), target().encryption(same), options.clone()));
    job.serve(INFO, 200, &encrypted(None, Some("old")).to_string());
    assert_eq!(body(&job.take(COPY))["metadataDirective"], "COPY");
    let mut job = Scenario::of(FileCopy::new(from(), target(), options.clone()));
    job.serve(INFO, 200, &encrypted(None, None).to_string());
    assert_eq!(body(&job.take(COPY))["metadataDirective"], "COPY");

    // Without leave to ask, no ID is no ID.
    assert_eq!(body(&copy(from(), target()).take(COPY))["metadataDirective"], "COPY");
}
