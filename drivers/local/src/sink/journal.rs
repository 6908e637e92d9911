//! What of a download is on the disk, in a file beside its temporary file.
//!
//! One line after the other is appended, each behind a check:
//!
//! ```text
//! <16 hex digits> b2-download 1 <file ID> <file length> <offset> <length> <inode> <target>
//! <16 hex digits> <offset> <length>
//! ```
//!
//! The first line says what the temporary file gets: `length` bytes from `offset` on of a version
//! of a file, which become the file `target` (the SHA-1 of its name); `inode` is the temporary
//! file's own number, so that no other one is taken for it. Each further line says that so many
//! bytes are there and durable. A check is the start of the SHA-1 of the check before and of the
//! line, so a line counts only behind all that were before it: a tail that is torn or damaged
//! counts for nothing, and neither does a line of another file.

use core::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use b2_proto::machine::Version;
use b2_proto::plan::{Span, gaps};
use b2_proto::wire::text::Sha1;

use super::ranges::Ranges;

/// The journal is written anew when it is longer, in bytes. It has few ranges then: one for each
/// lane, and one for each of the run before.
const LEN_MAX: u64 = 64 * 1024;
/// Most ranges that count.
const RANGES_MAX: usize = 1_024;
const MAGIC: &str = "b2-download 1";

/// What a temporary file gets.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Content {
    pub(super) file_id: String,
    pub(super) file_len: u64,
    pub(super) span: Span,
}

/// Which temporary file it is, and what it is to become.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Place {
    pub(super) inode: u64,
    pub(super) target: Sha1,
}

impl Content {
    pub(super) fn of(version: &Version<'_>) -> Self {
        let file_id = version.file_id.to_owned();
        Self { file_id, file_len: version.len, span: version.span }
    }
}

/// An open journal.
pub(super) struct Journal {
    file: File,
    path: PathBuf,
    first: String,
    check: Check,
    len: u64,
    noted: Ranges,
}

impl Journal {
    /// A new journal without ranges.
    pub(super) fn create(path: PathBuf, content: &Content, place: Place) -> io::Result<Self> {
        let first = first_line(content, place);
        let (file, check, len) = write_all(&path, &first, &[])?;
        Ok(Self { file, path, first, check, len, noted: Ranges::default() })
    }

    /// The journal of the temporary file at `place`, and what it says is there. `None` when there
    /// is none, or it is of something else, or damaged from the start.
    pub(super) fn open(path: PathBuf, place: Place) -> Option<(Self, Content)> {
        let mut bytes = Vec::new();
        let file = OpenOptions::new().read(true).append(true).open(&path).ok()?;
        if !crate::temp::is_own(&file, &path) {
            return None;
        }
        // More is not of this program.
        (&file).take(LEN_MAX * 2).read_to_end(&mut bytes).ok()?;
        let Parsed { content, first, check, len, noted } = Parsed::of(&bytes, place)?;
        // What follows is appended to the last line that counts.
        file.set_len(len).ok()?;
        Some((Self { file, path, first, check, len, noted }, content))
    }

    /// What is there and durable.
    pub(super) const fn noted(&self) -> &Ranges {
        &self.noted
    }

    /// Notes what is durable now.
    pub(super) fn note(&mut self, fresh: &Ranges) -> io::Result<()> {
        fresh.as_slice().iter().for_each(|span| self.noted.add(*span));
        let mut text = String::new();
        for span in fresh.as_slice() {
            self.check = add_line(&mut text, self.check, &range_line(*span));
        }
        self.len += text.len() as u64;
        if self.len <= LEN_MAX {
            return self.file.write_all(text.as_bytes());
        }
        // Not in place, so that a crash meanwhile loses nothing.
        let next = self.path.with_extension(crate::temp::NEXT_EXTENSION);
        let (file, check, len) = write_all(&next, &self.first, self.noted.as_slice())?;
        fs::rename(&next, &self.path)?;
        (self.file, self.check, self.len) = (file, check, len);
        Ok(())
    }

    /// Removes it; what stays is of no temporary file, and so counts for nothing.
    pub(super) fn remove(self) {
        let _ = fs::remove_file(&self.path);
    }

    /// Says for good that nothing is there, before other bytes are written.
    pub(super) fn void(&mut self) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.sync_data()?;
        fs::remove_file(&self.path)
    }
}

/// The first bytes of a SHA-1.
type Check = [u8; 8];

fn first_line(content: &Content, place: Place) -> String {
    let Content { file_id, file_len, span } = content;
    let Place { inode, target } = place;
    format!("{MAGIC} {file_id} {file_len} {} {} {inode} {target}", span.offset, span.len)
}

fn range_line(span: Span) -> String {
    format!("{} {}", span.offset, span.len)
}

fn check_of(before: Check, line: &str) -> Check {
    let mut all = before.to_vec();
    all.extend_from_slice(line.as_bytes());
    let [a, b, c, d, e, f, g, h, ..] = Sha1::of(&all).0;
    [a, b, c, d, e, f, g, h]
}

fn add_line(text: &mut String, before: Check, line: &str) -> Check {
    let check = check_of(before, line);
    let _ = writeln!(text, "{:016x} {line}", u64::from_be_bytes(check));
    check
}

/// A new file with these lines.
fn write_all(path: &Path, first: &str, ranges: &[Span]) -> io::Result<(File, Check, u64)> {
    let mut text = String::new();
    let mut check = add_line(&mut text, Check::default(), first);
    for span in ranges {
        check = add_line(&mut text, check, &range_line(*span));
    }
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut options = OpenOptions::new();
    options.append(true).create_new(true);
    crate::temp::restrict(&mut options, crate::temp::Access::Private);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    Ok((file, check, text.len() as u64))
}

/// What the lines say that count.
struct Parsed {
    content: Content,
    first: String,
    check: Check,
    /// Their length in bytes.
    len: u64,
    noted: Ranges,
}

impl Parsed {
    fn of(bytes: &[u8], place: Place) -> Option<Self> {
        let mut check = Check::default();
        let mut len = 0;
        let mut lines = bytes.split_inclusive(|byte| *byte == b'\n').map_while(|line| {
            let text = str::from_utf8(line).ok()?.strip_suffix('\n')?;
            let (digits, payload) = text.split_at_checked(16)?;
            let payload = payload.strip_prefix(' ')?;
            let next = check_of(check, payload);
            if digits != format!("{:016x}", u64::from_be_bytes(next)) {
                return None;
            }
            check = next;
            len += line.len() as u64;
            Some(payload)
        });
        let first = lines.next()?.to_owned();
        let content = content_of(&first, place)?;
        let mut noted = Ranges::default();
        for line in lines {
            let (offset, count) = line.split_once(' ')?;
            noted.add(Span { offset: offset.parse().ok()?, len: count.parse().ok()? });
        }
        let ranges = noted.as_slice();
        let is_sound = gaps::are_ranges(ranges, content.span.len) && ranges.len() <= RANGES_MAX;
        is_sound.then_some(Self { content, first, check, len, noted })
    }
}

/// What the first line says, if it is of the temporary file at `place`.
fn content_of(first: &str, place: Place) -> Option<Content> {
    let mut words = first.strip_prefix(MAGIC)?.strip_prefix(' ')?.split(' ');
    let file_id = words.next()?.to_owned();
    let mut number = || words.next()?.parse().ok();
    let (file_len, offset, len) = (number()?, number()?, number()?);
    let content = Content { file_id, file_len, span: Span { offset, len } };
    (first == first_line(&content, place)).then_some(content)
}

#[cfg(test)]
mod tests;
