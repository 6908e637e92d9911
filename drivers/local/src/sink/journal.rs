//! What of a download is on the disk, in a file beside its temporary file.
//!
//! One line after the other is appended, each behind a check:
//!
//! ```text
//! <16 hex digits> b2-temporary 1 <inode> <target>
//! <16 hex digits> b2-download 2 <file ID> <file length> <offset> <length>
//! <16 hex digits> <offset> <length>
//! ```
//!
//! The first line is the temporary file's mark: `inode` is its own number, so that no other one is
//! taken for it, and `target` the SHA-1 of the name that it gets in the end. The second says what
//! it gets: `length` bytes from `offset` on of a version of a file. Each further line says that so
//! many bytes are there and durable. A check is the start of the SHA-1 of the check before and of
//! the line, so a line counts only behind all that were before it: a tail that is torn or damaged
//! counts for nothing, and neither does a line of another file.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use b2_proto::machine::Version;
use b2_proto::plan::{Span, gaps};

use super::at::write_all_at;
use super::ranges::Ranges;
use crate::temp::NEXT_EXTENSION;
use crate::temp::mark::{Check, Place, add_line, read_line};

/// The journal is written anew when it is longer, in bytes. It has few ranges then: one for each
/// lane, and one for each of the run before.
const LEN_MAX: u64 = 64 * 1024;
/// Most ranges that count.
const RANGES_MAX: usize = 1_024;
const MAGIC: &str = "b2-download 2";

/// What a temporary file gets.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Content {
    pub(super) file_id: String,
    pub(super) file_len: u64,
    pub(super) span: Span,
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
    place: Place,
    /// What it is of, as a line.
    content: String,
    check: Check,
    len: u64,
    noted: Ranges,
}

impl Journal {
    /// A new journal without ranges, in the place of the mark.
    pub(super) fn create(path: PathBuf, content: &Content, place: Place) -> io::Result<Self> {
        let (content, noted) = (content_line(content), Ranges::default());
        let (file, check, len) = write_next(&path, place, &content, &noted)?;
        let journal = Self { file, path, place, content, check, len, noted };
        journal.put_in_place()?;
        Ok(journal)
    }

    /// The journal of the temporary file at `place`, and what it says is there. `None` when there
    /// is none, or it is of something else, or damaged from the start.
    pub(super) fn open(path: PathBuf, place: Place) -> Option<(Self, Content)> {
        let mut bytes = Vec::new();
        let file = OpenOptions::new().read(true).write(true).open(&path).ok()?;
        if !crate::temp::is_own(&file, &path) {
            return None;
        }
        // More is not of this program.
        (&file).take(LEN_MAX * 2).read_to_end(&mut bytes).ok()?;
        let Parsed { content, check, len, noted } = Parsed::of(&bytes, place)?;
        // What follows is written behind the last line that counts.
        file.set_len(len).ok()?;
        let line = content_line(&content);
        Some((Self { file, path, place, content: line, check, len, noted }, content))
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
        let offset = self.len;
        self.len += text.len() as u64;
        if self.len <= LEN_MAX {
            return write_all_at(&self.file, text.as_bytes(), offset);
        }
        // The old one is closed before its place is taken: not everywhere can what is open be
        // replaced.
        (self.file, self.check, self.len) =
            write_next(&self.path, self.place, &self.content, &self.noted)?;
        self.put_in_place()
    }

    /// What was written anew becomes the journal, in one step.
    fn put_in_place(&self) -> io::Result<()> {
        fs::rename(self.path.with_extension(NEXT_EXTENSION), &self.path)
    }

    /// Says for good that nothing is there, before other bytes are written. The mark stays.
    pub(super) fn void(&mut self) -> io::Result<()> {
        let mut mark = String::new();
        add_line(&mut mark, Check::default(), &self.place.line());
        self.file.set_len(mark.len() as u64)?;
        self.file.sync_data()
    }
}

fn content_line(content: &Content) -> String {
    let Content { file_id, file_len, span } = content;
    format!("{MAGIC} {file_id} {file_len} {} {}", span.offset, span.len)
}

fn range_line(span: Span) -> String {
    format!("{} {}", span.offset, span.len)
}

/// Writes a file with these lines beside what is there, so that a crash meanwhile loses nothing.
fn write_next(
    path: &Path,
    place: Place,
    content: &str,
    ranges: &Ranges,
) -> io::Result<(File, Check, u64)> {
    let mut text = String::new();
    let mark = add_line(&mut text, Check::default(), &place.line());
    let mut check = add_line(&mut text, mark, content);
    for span in ranges.as_slice() {
        check = add_line(&mut text, check, &range_line(*span));
    }
    let next = path.with_extension(NEXT_EXTENSION);
    match fs::remove_file(&next) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    crate::temp::restrict(&mut options, crate::temp::Access::Private);
    let mut file = options.open(&next)?;
    file.write_all(text.as_bytes())?;
    // Renamed before its bytes are there it would prove nothing after a failure of power.
    match file.sync_data() {
        Err(error) if !crate::temp::is_no_such_thing(&error) => return Err(error),
        Ok(()) | Err(_) => {}
    }
    Ok((file, check, text.len() as u64))
}

/// What the lines say that count.
struct Parsed {
    content: Content,
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
            let (payload, next) = read_line(line, check)?;
            check = next;
            len += line.len() as u64;
            Some(payload)
        });
        lines.next().filter(|mark| *mark == place.line())?;
        let content = content_of(lines.next()?)?;
        let mut noted = Ranges::default();
        for line in lines {
            let (offset, count) = line.split_once(' ')?;
            noted.add(Span { offset: offset.parse().ok()?, len: count.parse().ok()? });
        }
        let ranges = noted.as_slice();
        let is_sound = gaps::are_ranges(ranges, content.span.len) && ranges.len() <= RANGES_MAX;
        is_sound.then_some(Self { content, check, len, noted })
    }
}

/// What the second line says.
fn content_of(line: &str) -> Option<Content> {
    let mut words = line.strip_prefix(MAGIC)?.strip_prefix(' ')?.split(' ');
    let file_id = words.next()?.to_owned();
    let mut number = || words.next()?.parse().ok();
    let (file_len, offset, len) = (number()?, number()?, number()?);
    let content = Content { file_id, file_len, span: Span { offset, len } };
    (line == content_line(&content)).then_some(content)
}

#[cfg(test)]
mod tests;
