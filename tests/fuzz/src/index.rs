//! Files at the place of an index of digests: foreign, damaged, or made to mislead a search.

use core::time::Duration;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use b2_local::index::{FileStamp, Index, Note};
use b2_proto::wire::text::Sha1;

use crate::input::Bytes;

const RECORD_LEN: usize = 112;

/// The file as it is, or after a first byte of 1: a number of sorted records, and records without
/// their checks, which are added.
pub fn index(data: &[u8]) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("index");
    let data = sealed(data, folder.path()).unwrap_or_else(|| data.to_vec());
    let created = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
    created.and_then(|mut file| file.write_all(&data)).expect("a file is written");
    let stamp = fs::metadata(&path).ok().as_ref().and_then(FileStamp::of).expect("a stamp");
    let later = SystemTime::now() + Duration::from_secs(60);

    let mut opened = Index::open(&path);
    let is_foreign = opened.note() == Some(&Note::Foreign);
    for number in 0..3 {
        // A file with this stamp was never hashed.
        assert_eq!(opened.find(&name(folder.path(), number), &stamp), None, "believed");
        opened.add(&name(folder.path(), number), &stamp, later, Sha1::of(&[number]));
    }
    let note = opened.close();
    if is_foreign {
        assert_eq!(note, Some(Note::Foreign));
        assert!(fs::read(&path).expect("the file") == data, "what is not understood is changed");
        return;
    }
    assert_eq!(note, None, "it can be written");
    let mut again = Index::open(&path);
    for number in 0..3 {
        let found = again.find(&name(folder.path(), number), &stamp);
        assert_eq!(found, Some(Sha1::of(&[number])), "what was added is lost");
    }
}

fn name(folder: &Path, number: u8) -> PathBuf {
    folder.join(number.to_string())
}

/// An index as it is documented, with these contents; nothing if that is not asked for.
fn sealed(data: &[u8], folder: &Path) -> Option<Vec<u8>> {
    let mut bytes = Bytes::new(data);
    if bytes.byte() != 1 {
        return None;
    }
    let mut header = b"b2-index 1\n\0\0\0\0\0".to_vec();
    header.extend_from_slice(&u64::from(bytes.number()).to_le_bytes());
    header.resize(RECORD_LEN - 12, 0);
    let mut file = Vec::new();
    seal(&mut file, &header);
    for piece in bytes.rest().chunks(RECORD_LEN - 12) {
        let mut record = piece.to_vec();
        record.resize(RECORD_LEN - 12, 0);
        if let [first, ..] = piece
            && *first < 3
        {
            let path = name(folder, *first);
            let key = Sha1::of(path.as_os_str().as_encoded_bytes()).0;
            record.splice(..key.len(), key);
        }
        seal(&mut file, &record);
    }
    Some(file)
}

fn seal(file: &mut Vec<u8>, content: &[u8]) {
    file.extend_from_slice(content);
    file.extend(Sha1::of(content).0.into_iter().take(12));
}
