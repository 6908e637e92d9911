//! The newest versions of two buckets, name by name.

use crate::error::{Error, ErrorKind};
use crate::model::{FileVersion, ListEntry};
use alloc::boxed::Box;
use alloc::string::String;

/// What is to be done next.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Turn {
    /// Give the next row of the source's versions.
    NeedSource,
    /// Give the next row of the destination's versions.
    NeedDestination,
    /// The newest versions of a name on both sides, where it has one.
    Pair(Option<Box<FileVersion>>, Option<Box<FileVersion>>),
    /// Both listings are at their end.
    Done,
}

/// Joins two listings of versions of the same names. It holds one version of each side.
///
/// Hide markers are versions too; unfinished large files are none.
#[derive(Debug, Default)]
pub struct Pairing {
    source: Lane,
    destination: Lane,
}

#[derive(Debug, Default)]
struct Lane {
    /// The newest version of the name that comes next.
    next: Option<Box<FileVersion>>,
    /// The name that was taken last; its older versions do not count.
    name: Option<String>,
    is_at_end: bool,
}

impl Lane {
    const fn needs(&self) -> bool {
        self.next.is_none() && !self.is_at_end
    }

    fn give(&mut self, row: Option<ListEntry>) -> Result<(), Error> {
        let Some(row) = row else {
            self.is_at_end = true;
            return Ok(());
        };
        let Some(file) = row.into_file() else { return Ok(()) };
        if !file.is_finished() && !file.is_hide_marker() {
            return Ok(());
        }
        match self.name.as_deref().map(|name| name.cmp(&file.file_name)) {
            Some(core::cmp::Ordering::Equal) => {}
            Some(core::cmp::Ordering::Greater) => {
                let why = "the listing is not in the order of its names";
                return Err(Error::new(ErrorKind::Protocol, why));
            }
            None | Some(core::cmp::Ordering::Less) => {
                self.name = Some(file.file_name.clone());
                self.next = Some(Box::new(file));
            }
        }
        Ok(())
    }
}

impl Pairing {
    /// Joins both sides.
    pub fn new() -> Self {
        Self::default()
    }

    /// Leaves the destination out: all pairs are of the source alone.
    pub fn of_source() -> Self {
        let destination = Lane { is_at_end: true, ..Lane::default() };
        Self { destination, ..Self::default() }
    }

    /// A row of the source, `None` at its end.
    ///
    /// # Errors
    /// [`Protocol`](ErrorKind::Protocol) when names do not ascend.
    pub fn source(&mut self, row: Option<ListEntry>) -> Result<(), Error> {
        self.source.give(row)
    }

    /// A row of the destination, `None` at its end.
    ///
    /// # Errors
    /// As of [`source`](Self::source).
    pub fn destination(&mut self, row: Option<ListEntry>) -> Result<(), Error> {
        self.destination.give(row)
    }

    /// What is to be done next.
    pub fn turn(&mut self) -> Turn {
        if self.source.needs() {
            return Turn::NeedSource;
        }
        if self.destination.needs() {
            return Turn::NeedDestination;
        }
        let name = |lane: &Lane| lane.next.as_ref().map(|file| file.file_name.clone());
        match (name(&self.source), name(&self.destination)) {
            (None, None) => Turn::Done,
            (Some(here), Some(there)) if here > there => {
                Turn::Pair(None, self.destination.next.take())
            }
            (Some(here), Some(there)) if here < there => Turn::Pair(self.source.next.take(), None),
            (_, _) => Turn::Pair(self.source.next.take(), self.destination.next.take()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FileAction;
    use alloc::format;
    use alloc::vec::Vec;

    fn row(name: &str, id: &str, action: FileAction) -> ListEntry {
        ListEntry::File(FileVersion::new("a", "b", id, name, action))
    }

    fn pairs(mut pairing: Pairing, source: &[ListEntry], destination: &[ListEntry]) -> Vec<String> {
        let (mut source, mut destination) = (source.iter().cloned(), destination.iter().cloned());
        let mut found = Vec::new();
        loop {
            let id = |file: Option<Box<FileVersion>>| {
                file.map_or_else(|| "-".into(), |file| String::from(file.file_id.as_str()))
            };
            match pairing.turn() {
                Turn::NeedSource => pairing.source(source.next()).expect("in order"),
                Turn::NeedDestination => pairing.destination(destination.next()).expect("in order"),
                Turn::Pair(here, there) => found.push(format!("{} {}", id(here), id(there))),
                Turn::Done => return found,
            }
        }
    }

    #[test]
    fn the_newest_versions_of_a_name_meet() {
        use FileAction::{Hide, Start, Upload};
        let source = [
            row("a", "a-start", Start),
            row("a", "a1", Hide),
            row("a", "a0", Upload),
            row("c", "c1", Upload),
            row("d", "d1", Upload),
        ];
        let destination = [row("b", "b1", Upload), row("c", "c9", Upload), row("c", "c8", Upload)];
        let want = ["a1 -", "- b1", "c1 c9", "d1 -"];
        assert_eq!(pairs(Pairing::new(), &source, &destination), want);
        assert_eq!(pairs(Pairing::of_source(), &source, &[]), ["a1 -", "c1 -", "d1 -"]);
        assert!(pairs(Pairing::new(), &[], &[]).is_empty());
    }

    #[test]
    fn names_must_ascend() {
        let mut pairing = Pairing::new();
        pairing.source(Some(row("b", "1", FileAction::Upload))).expect("the first");
        let late = pairing.source(Some(row("a", "2", FileAction::Upload)));
        assert_eq!(late.map_err(|error| error.kind), Err(ErrorKind::Protocol));
    }
}
