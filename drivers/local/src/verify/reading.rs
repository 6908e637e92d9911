//! Which files are read next: the one that is asked for, and those that will be.
//!
//! A comparison asks for one file after the other. The entries and rows that follow tell which ones
//! will be: those of the same length as a version of which a digest is kept.

use core::cmp::Ordering;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::thread::{Builder, scope};

use b2_proto::part_digests::PartDigests;
use b2_proto::plan::sync::verify::{Kept, Stored as _};
use b2_proto::plan::sync::{Choice, Entry as _, EntryKind, PathFilter, Remote};
use b2_proto::wire::text::Sha1;

use super::work::{Walked, has_parts};
use crate::index::{Ask, Index, IsGivenUp, sha1_of, sha1_with};
use crate::walk::{Entry, FoundFile};
use crate::{Error, Reason};

/// Files that are read at the same time.
pub const READ_MAX: usize = 4;

/// A file to be read.
#[derive(Clone, Debug)]
pub(super) struct ToRead {
    pub(super) name: String,
    pub(super) path: PathBuf,
    /// The parts that it must have; without them its SHA-1 is told.
    pub(super) parts: Option<PartDigests>,
}

/// What reading a file gave.
#[derive(Debug)]
pub(super) enum Read {
    Sha1(Result<Sha1, Error>),
    Parts(Result<bool, Error>),
}

impl ToRead {
    pub(super) fn of(file: &FoundFile, parts: Option<PartDigests>) -> Self {
        Self { name: file.name.clone(), path: file.path.clone(), parts }
    }

    fn failed(&self, error: Error) -> Read {
        if self.parts.is_some() { Read::Parts(Err(error)) } else { Read::Sha1(Err(error)) }
    }
}

/// The files after the present one that will be asked for, at most so many.
pub(super) fn following<F: PathFilter>(
    files: &VecDeque<Walked>,
    rows: &VecDeque<Remote>,
    filter: &mut F,
    max: usize,
) -> Vec<ToRead> {
    let mut found = Vec::new();
    let (mut files, mut rows) = (files.iter(), rows.iter().peekable());
    let mut file = files.next();
    while let (Some(entry), Some(row)) = (file, rows.peek())
        && found.len() < max
    {
        let (Entry::File(here), choice) = entry else {
            file = files.next();
            continue;
        };
        match here.name.as_str().cmp(row.path()) {
            Ordering::Less => file = files.next(),
            Ordering::Greater => _ = rows.next(),
            Ordering::Equal => {
                if row.kind() == EntryKind::File
                    && row.content_len() == here.len
                    && choice.map_or_else(
                        || !filter.excludes_file(&here.name),
                        |choice| choice == Choice::In,
                    )
                {
                    match row.kept() {
                        Kept::Sha1(_) | Kept::LargeFileSha1(_) => {
                            found.push(ToRead::of(here, None))
                        }
                        Kept::PartSha1s(parts) => found.push(ToRead::of(here, Some(parts))),
                        Kept::Nothing => {}
                    }
                }
                // Older versions are looked at when the newest one is something else.
                file = files.next();
            }
        }
    }
    found
}

/// Reads files, all of them at the same time.
pub(super) fn read_all(
    files: Vec<ToRead>,
    index: Option<&mut Index>,
    is_given_up: &IsGivenUp<'_>,
) -> Vec<(String, Read)> {
    let index = index.map(Mutex::new);
    let read = |file: &ToRead| match (&file.parts, &index) {
        (Some(parts), _) => Read::Parts(has_parts(&file.path, parts, is_given_up)),
        (None, None) => Read::Sha1(sha1_of(&file.path, None, is_given_up)),
        (None, Some(index)) => {
            let mut with = |ask: &mut Ask<'_>| {
                ask(&mut index.lock().unwrap_or_else(PoisonError::into_inner));
            };
            Read::Sha1(sha1_with(&file.path, &mut with, is_given_up))
        }
    };
    let read = &read;
    scope(|scope| {
        let begin = |file: ToRead| {
            let (copy, name) = (file.clone(), "b2-verify".to_owned());
            (file, Builder::new().name(name).spawn_scoped(scope, move || read(&copy)))
        };
        let mut files = files.into_iter();
        let first = files.next();
        let others: Vec<_> = files.map(begin).collect();
        let first = first.map(|file| {
            let done = read(&file);
            (file.name, done)
        });
        let others = others.into_iter().map(|(file, thread)| {
            let done = match thread {
                // It panicked.
                Ok(thread) => thread.join().unwrap_or_else(|_| {
                    file.failed(Error::new(Reason::SourceUnreadable, &file.path))
                }),
                // There is no thread for it.
                Err(_) => read(&file),
            };
            (file.name, done)
        });
        first.into_iter().chain(others).collect()
    })
}
