//! Journals of downloads: damaged, of other files, or made to name bytes that are not there.

use core::fmt::Write as _;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use b2_local::sink::{FileSink, Sink as _};
use b2_proto::machine::Version;
use b2_proto::plan::Span;
use b2_proto::plan::pieces::Pieces;
use b2_proto::wire::text::Sha1;

use crate::input::Bytes;

/// Bytes that are there of the download.
const PART_LEN: u64 = 1_000;

/// The journal as it is; or after a first byte of 1 its lines, without their checks, behind a first
/// line of the temporary file that is there.
pub fn journals(data: &[u8]) {
    let folder = tempfile::tempdir().expect("a folder");
    let (target, part) = (folder.path().join("t"), folder.path().join(".t.0.b2part"));
    let mut options = fs::OpenOptions::new();
    let file = options.write(true).create_new(true).mode(0o600).open(&part).expect("a file");
    file.set_len(PART_LEN).expect("it has bytes");
    let inode = file.metadata().expect("it is there").ino();
    drop(file);
    let sealed = sealed(data, inode);
    let is_ours = sealed.is_some();
    let journal = sealed.unwrap_or_else(|| data.to_vec());
    fs::write(folder.path().join(".t.0.b2done"), journal).expect("a file is written");

    let sink = FileSink::continued(&target).expect("it can be written");
    if let Some(kept) = sink.kept() {
        let mut end = 0;
        for range in &kept.ranges {
            assert!(range.len > 0 && range.offset >= end, "ranges overlap");
            end = range.offset.checked_add(range.len).expect("an end");
        }
        assert!(end <= PART_LEN.min(kept.span.len), "bytes that are not there");
    }
    // Whatever was there is of another version.
    let (pieces, span) = (Pieces::whole(3), Span { offset: 0, len: 3 });
    sink.pin(&Version { file_id: "another version", len: 3, span, pieces });
    sink.write_at(0, b"new").expect("it can be written");
    sink.commit(3, None).expect("it can be named");
    drop(sink);
    assert_eq!(fs::read(&target).expect("it is there"), b"new");
    let left = names(folder.path());
    // What no mark proves to be of this program is somebody's.
    let theirs = [".t.0.b2done", ".t.0.b2part", "t"];
    assert!(left == ["t"] || (!is_ours && left == theirs), "{left:?} is left");
}

/// A journal with these lines and with their checks; nothing if that is not asked for.
fn sealed(data: &[u8], inode: u64) -> Option<Vec<u8>> {
    let mut bytes = Bytes::new(data);
    if bytes.byte() != 1 {
        return None;
    }
    let (target, mut text, mut check) = (Sha1::of(b"t"), String::new(), [0; 8]);
    check = check_of(check, &format!("b2-temporary 1 {inode} {target}"));
    let _ = writeln!(text, "{:016x} b2-temporary 1 {inode} {target}", u64::from_be_bytes(check));
    let mut first = format!("b2-download 2 {}", bytes.text());
    while {
        check = check_of(check, &first);
        let _ = writeln!(text, "{:016x} {first}", u64::from_be_bytes(check));
        !bytes.is_empty()
    } {
        bytes.text().clone_into(&mut first);
    }
    Some(text.into_bytes())
}

fn check_of(before: [u8; 8], line: &str) -> [u8; 8] {
    let digest = Sha1::of(&[before.as_slice(), line.as_bytes()].concat()).0;
    digest.first_chunk().copied().unwrap_or_default()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let name = |entry: std::io::Result<fs::DirEntry>| entry.expect("an entry").file_name();
    let mut names: Vec<_> = entries.map(|it| name(it).to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
