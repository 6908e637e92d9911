//! The state on disk: one file of lines, each a checksum and a batch of changes.
//!
//! A batch is one line, so it is there whole or not at all; only one that is too long for a line,
//! of what is done to many files at once, is several. The first line is a batch of nothing: by it
//! the file is known to be a journal. Compaction writes the changes that build the present state to
//! a new file and renames it over the old one.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use sha1::{Digest, Sha1};

use crate::service::{Change, State};

/// An open journal.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    lines: usize,
}

const CHECKSUM_LEN: usize = 16;

/// Longest line, in bytes: above the largest change, a file of [`SLICES_MAX`] slices.
///
/// [`SLICES_MAX`]: crate::service::SLICES_MAX
const LINE_LEN_MAX: usize = 64 << 20;

// A slice has three numbers of 20 digits at most, with their names.
const _: () = assert!(crate::service::SLICES_MAX * 100 < LINE_LEN_MAX);

/// Lines a journal may have beyond twice what the state needs.
const SLACK_LINES: usize = 10_000;

/// How a file begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beginning {
    /// With a line of a journal.
    Sound,
    /// There is no file, or it has less than one line: a process was killed before it had one.
    None,
    /// With something else.
    Foreign,
}

/// Looks at the first line of a file.
pub(super) fn beginning(path: &Path) -> io::Result<Beginning> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Beginning::None),
        file => file?,
    };
    let mut text = Vec::new();
    read_line(&mut BufReader::new(file), &mut text)?;
    Ok(match parse(&text) {
        Some(_) => Beginning::Sound,
        None if line(&[])?.starts_with(&text) => Beginning::None,
        None => Beginning::Foreign,
    })
}

impl Journal {
    /// Opens or creates the journal and replays it.
    pub(super) fn open(path: PathBuf) -> io::Result<(Self, State)> {
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path)?;
        let mut state = State::new();
        let (mut lines, good_len) = replay(&file, &mut state)?;
        // What follows was not acknowledged; a new line must not continue it.
        file.set_len(good_len)?;
        file.seek(SeekFrom::End(0))?;
        if lines == 0 {
            file.write_all(&line(&[])?)?;
            lines = 1;
        }
        Ok((Self { path, file, lines }, state))
    }

    /// Writes a batch. Fails with [`io::ErrorKind::InvalidInput`], having written nothing, when a
    /// change is longer than a line may be.
    pub(super) fn append(&mut self, changes: &[Change], state: &State) -> io::Result<()> {
        if self.lines > state.entities().saturating_mul(2).saturating_add(SLACK_LINES) {
            // The compacted journal holds this batch too.
            return self.compact(state);
        }
        let mut text = Vec::new();
        let lines = add_lines(changes, &mut text)?;
        self.file.write_all(&text)?;
        self.lines += lines;
        Ok(())
    }

    fn compact(&mut self, state: &State) -> io::Result<()> {
        let next_path = self.path.with_extension("next");
        let next = File::create(&next_path)?;
        let mut writer = BufWriter::with_capacity(1 << 20, next);
        writer.write_all(&line(&[])?)?;
        let mut lines = 1;
        for change in state.changes() {
            writer.write_all(&line(core::slice::from_ref(&change))?)?;
            lines += 1;
        }
        let next = writer.into_inner().map_err(io::IntoInnerError::into_error)?;
        next.sync_all()?;
        std::fs::rename(&next_path, &self.path)?;
        sync_folder(&self.path)?;
        self.file = next;
        self.lines = lines;
        Ok(())
    }
}

/// Applies every good line; gives their number and the length they take.
fn replay(file: &File, state: &mut State) -> io::Result<(usize, u64)> {
    let mut reader = BufReader::with_capacity(1 << 20, file);
    let (mut lines, mut good_len) = (0, 0);
    let mut text = Vec::new();
    loop {
        text.clear();
        let len = read_line(&mut reader, &mut text)?;
        if len == 0 {
            return Ok((lines, good_len));
        }
        let Some(changes) = parse(&text) else {
            // A torn line is the last one, and not the first unless that was never whole;
            // anything else is damage that must not be papered over.
            let is_torn = lines > 0 || line(&[])?.starts_with(&text);
            if is_torn && reader.fill_buf()?.is_empty() {
                return Ok((lines, good_len));
            }
            let message = format!("journal line {} is damaged", lines + 1);
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        };
        for change in changes {
            state.apply(change);
        }
        lines += 1;
        good_len += u64::try_from(len).unwrap_or(u64::MAX);
    }
}

/// Reads a line with its end, or as much of it as a line may have.
fn read_line(reader: &mut impl BufRead, text: &mut Vec<u8>) -> io::Result<usize> {
    io::Read::take(reader, LINE_LEN_MAX as u64).read_until(b'\n', text)
}

/// Writes a batch as one line, or as several if that is too long; tells how many.
fn add_lines(changes: &[Change], text: &mut Vec<u8>) -> io::Result<usize> {
    match line(changes) {
        Err(_) if changes.len() > 1 => {
            let (first, second) = changes.split_at(changes.len() / 2);
            Ok(add_lines(first, text)? + add_lines(second, text)?)
        }
        line => {
            text.extend_from_slice(&line?);
            Ok(1)
        }
    }
}

fn line(changes: &[Change]) -> io::Result<Vec<u8>> {
    let json = serde_json::to_vec(changes)?;
    if json.len() > LINE_LEN_MAX - CHECKSUM_LEN - 2 {
        let message = "a change is longer than a line of the journal";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
    }
    let mut line = checksum(&json);
    line.push(b' ');
    line.extend_from_slice(&json);
    line.push(b'\n');
    Ok(line)
}

fn parse(line: &[u8]) -> Option<Vec<Change>> {
    let line = line.strip_suffix(b"\n")?;
    let (sum, json) = line.split_at_checked(CHECKSUM_LEN)?;
    let json = json.strip_prefix(b" ")?;
    if sum != checksum(json) {
        return None;
    }
    serde_json::from_slice(json).ok()
}

fn checksum(json: &[u8]) -> Vec<u8> {
    let digest = Sha1::digest(json);
    digest[..CHECKSUM_LEN / 2].iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect()
}

/// Makes a rename in a folder durable, where the platform can open folders.
fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent().map(File::open) {
        Some(Ok(folder)) => folder.sync_all(),
        Some(Err(_)) | None => Ok(()),
    }
}
