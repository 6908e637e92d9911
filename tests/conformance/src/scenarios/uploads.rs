//! Uploads in one request.

use b2_proto::error::ErrorKind;
use b2_proto::info::Override;
use b2_proto::limits::INFO_ENTRIES_MAX;
use b2_proto::machine::copy::TargetEncryption;
use b2_proto::machine::download::Verified;
use b2_proto::model::CustomerKey;
use b2_proto::wire::text::Sha1;
use b2_sim::Config;
use std::io::Cursor;

use crate::face::{Bucket as _, Face};
use crate::scenario::{Scenario, list};
use crate::tools::bytes;
use crate::transfer::{Fetch, Source, Upload};
use crate::world::{Setup, World};

pub(super) fn all<F: Face>() -> Vec<Scenario<F>> {
    list![
        an_empty_file,
        bytes_in_memory,
        a_path_tells_its_time,
        a_short_reader,
        a_reader_with_less_than_it_says,
        type_info_and_headers,
        as_much_file_info_as_there_may_be,
        headers_of_later_downloads,
        another_upload_time,
        a_wrong_sha1_is_refused,
        customer_keys_encrypt,
        versions_pile_up,
    ]
}

/// An empty file goes up in one request and comes down as nothing.
fn an_empty_file<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    let path = world.file("empty", b"");
    let sources: [Source; 3] =
        [Vec::new().into(), path.into(), Source::Reader(Box::new(Cursor::new([])), 0)];
    for source in sources {
        let uploaded = bucket.upload("empty", source.into());
        service.said(&uploaded);
        assert_eq!(uploaded.expect("uploaded").file.content_length, 0);
        let fetched = bucket.download("empty", Fetch::default()).expect("downloaded");
        assert_eq!((fetched.downloaded.len, fetched.bytes.len()), (0, 0));
    }
}

/// Bytes go up with their SHA-1 and come down verified by it.
fn bytes_in_memory<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    let data = bytes(150);
    let uploaded = bucket.upload("a", data.clone().into()).expect("uploaded");
    assert_eq!(uploaded.file.content_length, 150);
    let fetched = bucket.download("a", Fetch::default()).expect("downloaded");
    assert_eq!(fetched.bytes, data);
    assert_eq!(fetched.downloaded.verified, Verified::ServiceSha1(Sha1::of(&data)));
}

/// Each entry is a header of the download, so there are no more than every driver can read.
fn as_much_file_info_as_there_may_be<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    let info = |count: u32| (0..count).map(|at| (format!("k{at}"), "v".to_owned())).collect();
    let upload = Upload { info: info(INFO_ENTRIES_MAX), ..b"abc".into() };
    bucket.upload("a", upload).expect("uploaded");
    let fetched = bucket.download("a", Fetch::default()).expect("downloaded");
    assert_eq!(fetched.downloaded.info.file_info.len(), INFO_ENTRIES_MAX as usize);
    let more = Upload { info: info(INFO_ENTRIES_MAX + 1), ..b"abc".into() };
    let refused = bucket.upload("a", more);
    service.said(&refused);
    assert_eq!(refused.expect_err("too many").kind, ErrorKind::InvalidInput);
}

/// What an upload says about its downloads they say, unless one asks for something else.
fn headers_of_later_downloads<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    let upload = Upload {
        cache_control: Some("max-age=60".to_owned()),
        content_disposition: Some("attachment".to_owned()),
        content_encoding: Some("identity".to_owned()),
        content_language: Some("pl".to_owned()),
        expires: Some("Sun, 06 Nov 1994 08:49:37 GMT".to_owned()),
        ..b"abc".into()
    };
    bucket.upload("a", upload).expect("uploaded");
    let info = bucket.download("a", Fetch::default()).expect("downloaded").downloaded.info;
    assert_eq!(info.cache_control(), Some("max-age=60"));
    assert_eq!(info.content_disposition(), Some("attachment"));
    assert_eq!(info.content_encoding(), Some("identity"));
    assert_eq!(info.content_language(), Some("pl"));
    assert_eq!(info.expires_s(), Some(784_111_777));
    let override_header = Some((Override::ContentLanguage, "de".to_owned()));
    let fetched = bucket.download("a", Fetch { override_header, ..Fetch::default() });
    let fetched = fetched.expect("downloaded");
    assert_eq!(fetched.downloaded.info.content_language(), Some("de"));
    assert_eq!(fetched.bytes, b"abc");
}

/// An account that may say so has uploaded a file at another time.
fn another_upload_time<F: Face>(world: &World<'_, F>) {
    let Setup { config, .. } = Setup::default();
    let config = Config { custom_timestamps: true, ..config };
    let service = world.service_with(Setup { config, ..Setup::default() });
    let (_, bucket) = service.bucket();
    let upload = Upload { upload_timestamp_ms: Some(784_111_777_000), ..b"abc".into() };
    bucket.upload("a", upload).expect("uploaded");
    assert_eq!(bucket.head("a").expect("there").upload_timestamp_ms, 784_111_777_000);
}

/// A file's modification time is kept as file info.
fn a_path_tells_its_time<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    let path = world.file("a", &bytes(150));
    let modified = std::fs::metadata(&path).and_then(|it| it.modified()).expect("known");
    let since = modified.duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    let uploaded = bucket.upload("a", path.into()).expect("uploaded");
    let kept = uploaded.file.file_info.get("src_last_modified_millis").expect("kept");
    assert_eq!(*kept, since.as_millis().to_string());
}

/// What can be read once goes up in one request when it is short.
fn a_short_reader<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    let data = bytes(99);
    let source = Source::Reader(Box::new(Cursor::new(data.clone())), 99);
    bucket.upload("a", source.into()).expect("uploaded");
    assert_eq!(bucket.download("a", Fetch::default()).expect("downloaded").bytes, data);
}

/// A reader that ends early is an error of the source, and nothing is stored.
fn a_reader_with_less_than_it_says<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    let source = Source::Reader(Box::new(Cursor::new(bytes(99))), 100);
    let uploaded = bucket.upload("a", source.into());
    service.said(&uploaded);
    assert_eq!(uploaded.expect_err("a byte is missing").kind, ErrorKind::Source);
    service.skip();
    let missing = bucket.head("a").expect_err("nothing is stored");
    assert_eq!(missing.kind, ErrorKind::NotFound);
}

/// Content type, file info and headers of later downloads are kept.
fn type_info_and_headers<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    let upload = Upload {
        content_type: Some("text/x-two".to_owned()),
        info: vec![("color".to_owned(), "blau + gr\u{fc}n".to_owned())],
        cache_control: Some("no-store".to_owned()),
        modified_ms: Some(1_600_000_000_123),
        ..b"two".into()
    };
    bucket.upload("a", upload).expect("uploaded");
    let info = bucket.head("a").expect("there");
    assert_eq!(info.content_type.as_deref(), Some("text/x-two"));
    let kept = |key: &str| info.file_info.get(key).map(String::as_str);
    assert_eq!(kept("color"), Some("blau + gr\u{fc}n"));
    assert_eq!(kept("src_last_modified_millis"), Some("1600000000123"));
}

/// A SHA-1 the bytes do not have is refused by the service, and not tried again.
fn a_wrong_sha1_is_refused<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    let upload = Upload { sha1: Some(Sha1([1; 20])), ..b"abc".into() };
    let uploaded = bucket.upload("a", upload);
    service.said(&uploaded);
    assert_eq!(uploaded.expect_err("another digest").kind, ErrorKind::BadRequest);
}

/// A file encrypted with a customer's key needs that key.
fn customer_keys_encrypt<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    let key = CustomerKey::new([7; 32]);
    let encryption = Some(TargetEncryption::from(&key));
    bucket.upload("a", Upload { encryption, ..b"abc".into() }).expect("uploaded");
    let fetch = Fetch { customer_key: Some(key), ..Fetch::default() };
    assert_eq!(bucket.download("a", fetch).expect("downloaded").bytes, b"abc");
    let without = bucket.download("a", Fetch::default());
    service.said(&without);
    without.expect_err("the key is needed");
}

/// Each upload is a version of its own, and the newest is what downloads give.
fn versions_pile_up<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    for data in [b"one", b"two"] {
        bucket.upload("a", data.into()).expect("uploaded");
    }
    assert_eq!(bucket.download("a", Fetch::default()).expect("downloaded").bytes, b"two");
    let list = b2_proto::op::ListFileVersions::new(bucket.id());
    assert_eq!(bucket.list_versions(list, 10).expect("listed").len(), 2);
}
