//! Uploads and downloads of every kind.

mod common;

use b2_proto::error::ErrorKind;
use b2_proto::model::CustomerKey;
use b2_proto::wire::text::Sha1;
use b2_sim::fault::Rule;
use b2_tokio::{Progress, Source, Verified};
use common::{bucket, bytes, calls, client, real_service, service, service_with, settings};
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

/// Lengths around the borders of parts (200) and requests.
const LENS: [usize; 7] = [0, 1, 199, 200, 201, 1_000, 2_345];

#[tokio::test]
async fn bytes_go_up_and_come_down() {
    let server = service();
    let client = client(&server);
    let photos = bucket(&client).await;
    for len in LENS {
        let data = bytes(len);
        let uploaded = photos.upload("a", data.clone()).await.expect("uploaded");
        assert_eq!(uploaded.file.content_length, len as u64);
        let (downloaded, got) = photos.download("a").to_bytes(len).await.expect("downloaded");
        assert_eq!(got, data, "{len}");
        assert_eq!(downloaded.len, len as u64);
    }
    assert!(!calls(&server, "b2_finish_large_file").is_empty());
    assert!(!calls(&server, "b2_upload_file").is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn paths_go_up_and_come_down() {
    let server = service();
    let client = client(&server);
    let photos = bucket(&client).await;
    let folder = tempfile::tempdir().expect("a folder");
    let (from, to) = (folder.path().join("from"), folder.path().join("to"));
    for len in LENS {
        fs::write(&from, bytes(len)).expect("written");
        let uploaded = photos.upload("a", from.as_path()).await.expect("uploaded");
        assert!(uploaded.file.file_info.contains_key("src_last_modified_millis"));
        let download = photos.download("a").lanes(4).lane_len_min(100);
        let downloaded = download.save_to(&to).await.expect("downloaded");
        assert_eq!(fs::read(&to).expect("read"), bytes(len), "{len}");
        assert_eq!(millis(&from), millis(&to), "the time is that of the source");
        assert_eq!(downloaded.info.file_name, "a");
    }
    assert_eq!(fs::read_dir(folder.path()).expect("read").count(), 2, "nothing is left over");
}

#[tokio::test]
async fn the_time_that_is_told_counts_before_the_paths_own() {
    let server = service();
    let client = client(&server);
    let photos = bucket(&client).await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("from");
    for len in [100, 500] {
        fs::write(&path, bytes(len)).expect("written");
        let upload = || photos.upload("a", path.as_path());
        let told = upload().modified_ms(7).modified_ms(5).await;
        let as_info = upload().modified_ms(7).info("src_last_modified_millis", "5").await;
        let by_blocks = upload().modified_ms(5).by_blocks().await;
        let by_blocks = by_blocks.map(|done| done.uploaded);
        for uploaded in [told, as_info, by_blocks] {
            let file = uploaded.expect("uploaded").file;
            assert_eq!(file.src_last_modified_ms(), Some(5), "{len}");
        }
        let own = upload().await.expect("uploaded").file.src_last_modified_ms();
        assert_eq!(own.map(i128::from), i128::try_from(millis(&path)).ok(), "{len}");
    }
}

fn millis(path: &Path) -> u128 {
    let modified = fs::metadata(path).and_then(|metadata| metadata.modified()).expect("known");
    modified.duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_millis()
}

#[tokio::test]
async fn readers_go_up() {
    let server = service();
    let client = client(&server);
    let photos = bucket(&client).await;
    for len in LENS {
        let data = bytes(len);
        let reader = std::io::Cursor::new(data.clone());
        let source = Source::reader(reader, len as u64);
        photos.upload("a", source).lanes(3).await.expect("uploaded");
        let (_, got) = photos.download("a").to_bytes(len).await.expect("downloaded");
        assert_eq!(got, data, "{len}");
    }
    let short = Source::reader(std::io::Cursor::new(bytes(99)), 100);
    let error = photos.upload("b", short).await.expect_err("a byte is missing");
    assert_eq!(error.kind, ErrorKind::Source);
    photos.head("b").await.expect_err("nothing was stored");
}

#[tokio::test]
async fn readers_are_buffered_within_the_budget() {
    let server = service();
    let client = settings(&server).buffer_bytes(150).build().expect("built");
    let photos = bucket(&client).await;
    let source = |len: usize| Source::reader(std::io::Cursor::new(bytes(len)), len as u64);
    photos.upload("a", source(1_000)).await.expect("one part of 100 bytes after the other");
    let error = photos.upload("a", source(1_000)).part_len(200).await.expect_err("too long a part");
    assert_eq!(error.kind, ErrorKind::Limit);
}

#[tokio::test]
async fn streams_go_up() {
    let server = service();
    let client = client(&server);
    let photos = bucket(&client).await;
    for len in LENS {
        let data = bytes(len);
        let told = Arc::new(Mutex::new(Vec::new()));
        let sink = told.clone();
        let source = Source::stream(std::io::Cursor::new(data.clone()));
        let upload = photos.upload("a", source).lanes(3);
        let upload = upload.progress(move |progress| sink.lock().expect("no panic").push(progress));
        let uploaded = upload.await.expect("uploaded");
        assert_eq!(uploaded.sha1, (len <= 200).then(|| Sha1::of(&data)), "{len}");
        let (_, got) = photos.download("a").to_bytes(len).await.expect("downloaded");
        assert_eq!(got, data, "{len}");
        let last = told.lock().expect("no panic").last().copied().expect("some progress");
        assert_eq!((last.bytes_done, last.bytes_total), (len as u64, Some(len as u64)));
    }
    let small = LENS.iter().filter(|len| **len <= 200).count();
    assert_eq!(calls(&server, "b2_upload_file").len(), small);
    assert_eq!(calls(&server, "b2_finish_large_file").len(), LENS.len() - small);
}

#[tokio::test]
async fn chunks_of_a_generator_go_up() {
    let server = service();
    let client = client(&server);
    let photos = bucket(&client).await;
    let data = bytes(777);
    let chunks: Vec<_> = data.chunks(50).map(|it| Ok(bytes::Bytes::copy_from_slice(it))).collect();
    let source = Source::chunks(futures_util::stream::iter(chunks));
    photos.upload("a", source).await.expect("uploaded");
    let (_, got) = photos.download("a").to_bytes(777).await.expect("downloaded");
    assert_eq!(got, data);
}

#[tokio::test]
async fn streams_are_buffered_within_the_budget() {
    let server = service();
    let source = |len: usize| Source::stream(std::io::Cursor::new(bytes(len)));
    let client = settings(&server).buffer_bytes(200).build().expect("built");
    let photos = bucket(&client).await;
    photos.upload("a", source(1_000)).await.expect("two parts of 100 bytes at a time");
    let upload = photos.upload("a", source(1_000)).part_len(101);
    let error = upload.await.expect_err("two of them are too long");
    assert_eq!(error.kind, ErrorKind::Limit);
    assert!(error.to_string().contains("202"), "{error}");
}

#[tokio::test]
async fn writers_get_the_bytes_in_order() {
    let server = service();
    let client = client(&server);
    let photos = bucket(&client).await;
    let data = bytes(1_000_000);
    photos.upload("a", data.clone()).part_len(300_000).await.expect("uploaded");
    let mut got = Vec::new();
    let download = photos.download("a").lane_len_min(100);
    let downloaded = download.to_writer(&mut got).await.expect("downloaded");
    assert!(got == data);
    assert_eq!(downloaded.len, 1_000_000);
}

#[tokio::test]
async fn ranges_and_limits() {
    let server = service();
    let client = client(&server);
    let photos = bucket(&client).await;
    let data = bytes(1_000);
    photos.upload("a", data.clone()).await.expect("uploaded");
    let (downloaded, got) =
        photos.download("a").range(100..777).lane_len_min(50).to_bytes(677).await.expect("got");
    assert_eq!(got, data[100..777]);
    assert_eq!(downloaded.verified, Verified::Unverified);
    let over = photos.download("a").to_bytes(999).await.expect_err("more than allowed");
    assert_eq!(over.kind, ErrorKind::Limit);
    let none = photos.download("a").range(5..5).to_bytes(9).await.expect_err("no bytes");
    assert_eq!(none.kind, ErrorKind::InvalidInput);
    let outside = photos.download("a").range(1_000..1_001).to_bytes(9).await.expect_err("outside");
    assert_eq!(outside.kind, ErrorKind::RangeNotSatisfiable);
}

#[tokio::test]
async fn digests_are_checked() {
    let server = service();
    let client = client(&server);
    let photos = bucket(&client).await;
    let data = bytes(1_000);
    let sha1 = Sha1::of(&data);
    let large = || photos.upload("large", data.clone());
    let other = large().sha1(Sha1([1; 20])).await.expect_err("it has another");
    assert_eq!(other.kind, ErrorKind::InvalidInput);
    // In one pass nothing else is known of it.
    large().sha1(sha1).one_pass().await.expect("uploaded");
    let (downloaded, _) = photos.download("large").to_bytes(1_000).await.expect("got");
    assert_eq!(downloaded.verified, Verified::LargeFileSha1(sha1));
    let other = photos.download("large").expect_sha1(Sha1([1; 20])).to_bytes(1_000).await;
    assert_eq!(other.expect_err("another digest").kind, ErrorKind::Corrupted);
    let wrong = photos.upload("small", b"abc").sha1(Sha1([1; 20])).await.expect_err("wrong digest");
    assert_eq!(wrong.kind, ErrorKind::BadRequest);
}

#[tokio::test]
async fn a_damaged_download_leaves_the_target_alone() {
    let rule =
        Rule { op: Some("b2_download_file_by_name".into()), corrupt: true, ..Rule::default() };
    let server = service_with(vec![rule]);
    let client = client(&server);
    let photos = bucket(&client).await;
    photos.upload("a", bytes(150)).await.expect("uploaded");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("target");
    fs::write(&path, b"old").expect("written");
    let error = photos.download("a").save_to(&path).await.expect_err("damaged");
    assert_eq!(error.kind, ErrorKind::Corrupted);
    assert_eq!(fs::read(&path).expect("read"), b"old");
    assert_eq!(fs::read_dir(folder.path()).expect("read").count(), 1, "nothing is left over");
}

#[tokio::test]
async fn a_download_goes_on_where_it_broke_off() {
    let cut = Rule {
        op: Some("b2_download_file_by_name".into()),
        nth: Some(1),
        cut_after_bytes: Some(400_000),
        ..Rule::default()
    };
    let server = real_service(vec![cut]);
    let client = client(&server);
    let photos = bucket(&client).await;
    let data = bytes(1_000_000);
    photos.upload("a", data.clone()).await.expect("uploaded");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("target");
    photos.download("a").save_to(&path).await.expect("downloaded");
    assert!(fs::read(&path).expect("read") == data);
}

#[tokio::test]
async fn customer_keys_encrypt() {
    let server = service();
    let client = client(&server);
    let photos = bucket(&client).await;
    let key = CustomerKey::new([7; 32]);
    for len in [10, 1_000] {
        photos.upload("a", bytes(len)).encryption(&key).await.expect("uploaded");
        let (_, got) = photos.download("a").customer_key(&key).to_bytes(len).await.expect("got");
        assert_eq!(got, bytes(len));
        photos.download("a").to_bytes(len).await.expect_err("the key is needed");
    }
}

#[tokio::test]
async fn listeners_hear_of_everything() {
    let server = service();
    let client = client(&server);
    let photos = bucket(&client).await;
    let news: Arc<Mutex<Vec<Progress>>> = Arc::default();
    let listener = || {
        let news = news.clone();
        move |progress| news.lock().expect("sound").push(progress)
    };
    let last = || news.lock().expect("sound").pop().expect("told");
    photos.upload("a", bytes(1_000)).progress(listener()).await.expect("uploaded");
    let end = last();
    assert_eq!((end.bytes_done, end.bytes_total), (1_000, Some(1_000)));
    assert_eq!((end.parts_done, end.parts_total), (5, Some(5)));
    photos.download("a").progress(listener()).to_bytes(1_000).await.expect("downloaded");
    assert_eq!(last().bytes_done, 1_000);
}
