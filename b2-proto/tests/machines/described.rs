//! What the service is told about a new file: headers of uploads and parts, fields of starts
//! (behaviour b.2 to b.5, h.3, l).

use b2_proto::error::ErrorKind;
use b2_proto::id::SourceId;
use b2_proto::info::Override;
use b2_proto::machine::copy::{NamedKey, TargetEncryption};
use b2_proto::machine::put::{Continue, Put, PutOptions, WholeSha1};
use b2_proto::machine::upload::Payload;
use b2_proto::model::{CustomerKey, FileRetention, RetentionMode};
use b2_proto::op::new_file::NewFile;
use b2_proto::op::receipt::FileRef;
use serde_json::{Value, json};

use crate::scenario::*;

type Job = Scenario<One<Put<FileRef>>>;

const UPLOAD: &str = "b2_upload_file";
const PART: &str = "b2_upload_part";
const START: &str = "b2_start_large_file";

/// The customer key, and its MD5, as they are sent.
const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
const KEY_MD5: &str = "cLyPS3KoaSFGi/joRB3OUQ==";

fn file() -> NewFile {
    NewFile::new("b", "dir/\u{17c} 1+1.txt")
}

fn customer_key(id: Option<&str>) -> NamedKey {
    NamedKey::new(&CustomerKey::new([0; 32]), id)
}

/// With everything that can be said.
fn described() -> NewFile {
    file()
        .content_type("text/plain")
        .info("color", "blue + green")
        .header(Override::CacheControl, "max-age=60, private")
        .modified_ms(1_700_000_000_500)
        .retention(FileRetention::governance(1_764_547_200_000))
        .legal_hold(true)
        .upload_timestamp_ms(1_000)
}

/// An upload of `len` bytes in one pass; 110 and more go up in parts of a hundred.
fn put(file: NewFile, len: u64) -> Job {
    let (whole_sha1, resume) = (WholeSha1::OnePass, Continue::Never);
    let options = PutOptions { whole_sha1, resume, lanes: 1, ..PutOptions::default() };
    let mut payload = Payload::seekable(SourceId(0), len);
    payload.sha1 = Some(SHA1);
    Scenario::of(Put::new(file, payload, options))
}

/// Headers in the order of their names, without what is the same for all uploads.
fn headers(flight: &Flight) -> Vec<(&str, &str)> {
    let usual = ["Authorization", "Accept"];
    let each = flight.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let mut headers: Vec<_> = each.filter(|(name, _)| !usual.contains(name)).collect();
    headers.sort_unstable();
    headers
}

/// The request of an upload that is small.
fn small(file: NewFile) -> Flight {
    let mut job = put(file, 50);
    job.serve("b2_get_upload_url", 200, &url_answer(1));
    job.take(UPLOAD)
}

/// The start of one that is large, and its first part.
fn large(file: NewFile) -> (Value, Flight) {
    let mut job = put(file, 250);
    let start = job.take(START);
    job.answer(&start, 200, &file_answer("start", "null", 0));
    job.serve("b2_get_upload_part_url", 200, &url_answer(1));
    (serde_json::from_str(&start.body).expect("JSON"), job.take(PART))
}

#[test]
fn an_upload_of_which_nothing_is_said() {
    let upload = small(file());
    let sha1 = SHA1.to_string();
    let want = [
        ("Content-Type", "b2/x-auto"),
        ("X-Bz-Content-Sha1", sha1.as_str()),
        ("X-Bz-File-Name", "dir/%C5%BC%201%2B1.txt"),
    ];
    assert_eq!(headers(&upload), want);
}

#[test]
fn an_upload_of_which_everything_is_said() {
    let sha1 = SHA1.to_string();
    let usual = [
        ("Content-Type", "text/plain"),
        ("X-Bz-Content-Sha1", sha1.as_str()),
        ("X-Bz-Custom-Upload-Timestamp", "1000"),
        ("X-Bz-File-Legal-Hold", "on"),
        ("X-Bz-File-Name", "dir/%C5%BC%201%2B1.txt"),
        ("X-Bz-File-Retention-Mode", "governance"),
        ("X-Bz-File-Retention-Retain-Until-Timestamp", "1764547200000"),
        ("X-Bz-Info-b2-cache-control", "max-age%3D60%2C%20private"),
        ("X-Bz-Info-color", "blue%20%2B%20green"),
        ("X-Bz-Info-src_last_modified_millis", "1700000000500"),
    ];
    let check = |file: NewFile, encryption: &[(&str, &str)]| {
        let mut want = [&usual[..], encryption].concat();
        want.sort_unstable();
        assert_eq!(headers(&small(file)), want);
    };
    check(described(), &[]);
    check(
        described().encryption(TargetEncryption::Managed),
        &[("X-Bz-Server-Side-Encryption", "AES256")],
    );
    let key = [
        ("X-Bz-Server-Side-Encryption-Customer-Algorithm", "AES256"),
        ("X-Bz-Server-Side-Encryption-Customer-Key", KEY),
        ("X-Bz-Server-Side-Encryption-Customer-Key-Md5", KEY_MD5),
    ];
    check(described().encryption(customer_key(None)), &key);
    let id = [("X-Bz-Info-sse_c_key_id", "my%20key%0A")];
    check(described().encryption(customer_key(Some("my key\n"))), &[&key[..], &id].concat());
    // The ID may be said twice, if it is the same.
    let twice = described().info("sse_c_key_id", "my key\n");
    check(twice.encryption(customer_key(Some("my key\n"))), &[&key[..], &id].concat());
}

#[test]
fn a_start_of_which_nothing_is_said() {
    let (start, part) = large(file());
    let name = "dir/\u{17c} 1+1.txt";
    let want = json!({"bucketId": "b", "fileName": name, "contentType": "b2/x-auto",
        "fileInfo": {"large_file_sha1": SHA1.to_string()}});
    assert_eq!(start, want);
    let want = [("X-Bz-Content-Sha1", "hex_digits_at_end"), ("X-Bz-Part-Number", "1")];
    assert_eq!(headers(&part), want);
}

#[test]
fn a_start_of_which_everything_is_said() {
    let mut want = json!({
        "bucketId": "b", "fileName": "dir/\u{17c} 1+1.txt", "contentType": "text/plain",
        "fileInfo": {
            "b2-cache-control": "max-age=60, private", "color": "blue + green",
            "large_file_sha1": SHA1.to_string(), "src_last_modified_millis": "1700000000500",
        },
        "fileRetention": {"mode": "governance", "retainUntilTimestamp": 1_764_547_200_000_u64},
        "legalHold": "on",
        // Defect U2.
        "customUploadTimestamp": 1_000,
    });
    let plain_part = [("X-Bz-Content-Sha1", "hex_digits_at_end"), ("X-Bz-Part-Number", "1")];
    let (start, part) = large(described());
    assert_eq!((&start, headers(&part)), (&want, plain_part.to_vec()));

    // It is decided with the start, so parts do not repeat it.
    want["serverSideEncryption"] = json!({"mode": "SSE-B2", "algorithm": "AES256"});
    let (start, part) = large(described().encryption(TargetEncryption::Managed));
    assert_eq!((&start, headers(&part)), (&want, plain_part.to_vec()));

    want["serverSideEncryption"] = json!({"mode": "SSE-C", "algorithm": "AES256",
        "customerKey": KEY, "customerKeyMd5": KEY_MD5});
    want["fileInfo"]["sse_c_key_id"] = "my key\n".into();
    let (start, part) = large(described().encryption(customer_key(Some("my key\n"))));
    let with_key = [
        ("X-Bz-Content-Sha1", "hex_digits_at_end"),
        ("X-Bz-Info-sse_c_key_id", "my%20key%0A"),
        ("X-Bz-Part-Number", "1"),
        ("X-Bz-Server-Side-Encryption-Customer-Algorithm", "AES256"),
        ("X-Bz-Server-Side-Encryption-Customer-Key", KEY),
        ("X-Bz-Server-Side-Encryption-Customer-Key-Md5", KEY_MD5),
    ];
    assert_eq!((&start, headers(&part)), (&want, with_key.to_vec()));
}

#[test]
fn options_that_are_headers_later_are_file_info_and_the_last_one_counts() {
    let both = file().info("b2-expires", "never").header(Override::Expires, "soon");
    let both = both.header(Override::ContentDisposition, "inline");
    let both = both.header(Override::ContentEncoding, "gzip");
    let both = both.header(Override::ContentLanguage, "pl");
    let upload = small(both.header(Override::ContentType, "text/x"));
    for (name, value) in [
        ("X-Bz-Info-b2-content-disposition", "inline"),
        ("X-Bz-Info-b2-content-encoding", "gzip"),
        ("X-Bz-Info-b2-content-language", "pl"),
        ("X-Bz-Info-b2-expires", "soon"),
        ("Content-Type", "text/x"),
    ] {
        assert_eq!(upload.header(name), Some(value), "{name}");
    }
}

#[test]
fn the_last_time_that_is_told_counts_and_a_default_only_without_one() {
    let told = || file().info("src_last_modified_millis", "7");
    let default = || NewFile::new("b", "n").default_modified_ms(9);
    for (file, expected) in [
        (told(), "7"),
        (told().modified_ms(8), "8"),
        (told().modified_ms(8).modified_ms(5), "5"),
        (told().default_modified_ms(9), "7"),
        (default(), "9"),
        (default().default_modified_ms(10), "9"),
        (default().modified_ms(8), "8"),
    ] {
        let sent = small(file);
        assert_eq!(sent.header("X-Bz-Info-src_last_modified_millis"), Some(expected));
    }
}

#[test]
fn no_retention_is_not_said_at_all() {
    // Defect K1: the reference sends the text `None`, twice.
    let none = || file().retention(FileRetention::NONE);
    let upload = small(none());
    assert!(!upload.headers.iter().any(|(name, _)| name.contains("Retention")));
    assert_eq!(large(none()).0.get("fileRetention"), None);
    let off = file().legal_hold(false);
    assert_eq!(small(off.clone()).header("X-Bz-File-Legal-Hold"), Some("off"));
    assert_eq!(large(off).0["legalHold"], "off");
}

#[test]
fn half_a_retention_is_refused_instead_of_leaving_the_file_without() {
    let mut no_end = FileRetention::NONE;
    no_end.mode = Some(RetentionMode::Compliance);
    let mut no_mode = FileRetention::NONE;
    no_mode.retain_until_ms = Some(1_764_547_200_000);
    let other = FileRetention::new(RetentionMode::from("none"), 1_764_547_200_000);
    for retention in [no_end, no_mode, other] {
        for len in [50, 250] {
            let mut job = put(file().retention(retention.clone()), len);
            assert_eq!(job.error().kind, ErrorKind::InvalidInput, "{retention:?}");
            assert!(job.begun.is_empty());
        }
    }
}

#[test]
fn file_info_that_names_another_key_is_refused() {
    let file = file().info("sse_c_key_id", "other").encryption(customer_key(Some("mine")));
    for len in [50, 250] {
        let mut job = put(file.clone(), len);
        assert_eq!(job.error().kind, ErrorKind::InvalidInput);
        assert!(job.begun.is_empty());
    }
}
