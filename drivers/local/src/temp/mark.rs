//! What proves that a temporary file is one of this program: a file beside it that says so.
//!
//! Names prove nothing. Another program may have copied such a file from somewhere, and then it is
//! its owner's, who may have no other. So each temporary file has a line beside it from its
//! beginning to its end, with the file's own number and the target it is for, and what has none is
//! never removed. A check before each line covers all lines before it:
//!
//! ```text
//! <16 hex digits> b2-temporary 1 <inode> <target>
//! ```

use core::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use b2_proto::wire::text::Sha1;

use super::{Access, is_own, restrict};

const MAGIC: &str = "b2-temporary 1";
/// Bytes of the line at most.
const LEN_MAX: u64 = 128;

/// The first bytes of a SHA-1.
pub(crate) type Check = [u8; 8];

/// Which temporary file it is, and what it is to become: the SHA-1 of the target's name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Place {
    pub(crate) inode: u64,
    pub(crate) target: Sha1,
}

impl Place {
    /// The line without its check.
    pub(crate) fn line(self) -> String {
        let Self { inode, target } = self;
        format!("{MAGIC} {inode} {target}")
    }
}

/// Adds a line behind its check.
pub(crate) fn add_line(text: &mut String, before: Check, line: &str) -> Check {
    let check = check_of(before, line);
    let _ = writeln!(text, "{:016x} {line}", u64::from_be_bytes(check));
    check
}

/// What is in a line, and its check, if that is right behind those before it.
pub(crate) fn read_line(bytes: &[u8], before: Check) -> Option<(&str, Check)> {
    let text = str::from_utf8(bytes).ok()?.strip_suffix('\n')?;
    let (digits, payload) = text.split_at_checked(16)?;
    let payload = payload.strip_prefix(' ')?;
    let check = check_of(before, payload);
    (digits == format!("{:016x}", u64::from_be_bytes(check))).then_some((payload, check))
}

fn check_of(before: Check, line: &str) -> Check {
    let mut all = before.to_vec();
    all.extend_from_slice(line.as_bytes());
    let [a, b, c, d, e, f, g, h, ..] = Sha1::of(&all).0;
    [a, b, c, d, e, f, g, h]
}

/// Writes the mark of a new temporary file; fails where something has its name.
pub(super) fn write(path: &Path, place: Place) -> io::Result<()> {
    let mut text = String::new();
    add_line(&mut text, Check::default(), &place.line());
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    restrict(&mut options, Access::Private);
    let written = options.open(path)?.write_all(text.as_bytes());
    if written.is_err() {
        // A full disk has room for names. Half a mark would prove nothing, and stay.
        let _ = fs::remove_file(path);
    }
    written
}

/// Whether what is at this path is a mark of this user: of the temporary file with this number, or
/// of any.
pub(super) fn proves(path: &Path, inode: Option<u64>) -> bool {
    let is_mark = |it: fs::Metadata| it.is_file();
    let Some(file) = fs::symlink_metadata(path).is_ok_and(is_mark).then(|| File::open(path)) else {
        return false;
    };
    let Ok(file) = file else { return false };
    let mut bytes = Vec::new();
    if !is_own(&file, path) || (&file).take(LEN_MAX).read_to_end(&mut bytes).is_err() {
        return false;
    }
    let line = bytes.split_inclusive(|byte| *byte == b'\n').next();
    let line = line.and_then(|line| read_line(line, Check::default()));
    let place = line.and_then(|(line, _)| line.strip_prefix(MAGIC)?.trim_start().split_once(' '));
    place.is_some_and(|(number, target)| {
        let of = number.parse::<u64>().ok();
        of.is_some() && Sha1::parse(target).is_ok() && inode.is_none_or(|it| of == Some(it))
    })
}
