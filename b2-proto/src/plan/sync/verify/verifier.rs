//! The merge of both sides, and what is asked about a name.

use alloc::string::String;

use super::super::entry::{Entry, EntryKind};
use super::super::select::{PathFilter, Selection};
use super::super::shadow::Cover;
use super::super::side::{Input, OutOfOrder, Side};
use super::stored::{Kept, Stored};
use super::totals::Totals;
use super::verdict::{Difference, Finding, Proof, Verdict};
use crate::part_digests::PartDigests;
use crate::wire::text::Sha1;

/// What is wanted or told next.
#[derive(Debug)]
pub enum Step<'a, H, T> {
    /// The next entry of the folder: [`here`](Verifier::here).
    NeedHere,
    /// The next version in the bucket: [`there`](Verifier::there).
    NeedThere,
    /// The SHA-1 of this file: [`hashed`](Verifier::hashed).
    NeedSha1(&'a H),
    /// Whether this file has these parts: [`parts_hashed`](Verifier::parts_hashed).
    NeedParts(&'a H, &'a PartDigests),
    /// What is known about a name.
    Tell(Finding<H, T>),
    /// Nothing more.
    Done,
    /// A side came in another order than that of names, or unasked.
    OutOfOrder,
}

/// Compares one folder; see the [module](super).
#[derive(Debug)]
pub struct Verifier<H, T, F> {
    here: Side<H>,
    there: Side<T>,
    selection: Selection<F>,
    turn: Turn<T>,
    /// A place that is to be told.
    place: Option<String>,
    totals: Totals,
    is_out_of_order: bool,
}

/// What is known about the file whose turn it is.
#[derive(Debug)]
struct Turn<T> {
    /// Its SHA-1, if that was asked for; nothing within if it cannot be read.
    sha1: Option<Option<Sha1>>,
    /// The same about the parts of the version whose turn it is.
    has_parts: Option<Option<bool>>,
    asked: Option<Asked>,
    best: Option<(Verdict, T)>,
    /// Whether the newest version was looked at.
    has_begun: bool,
}

#[derive(Debug)]
enum Asked {
    Sha1,
    Parts(PartDigests),
}

impl<T> Turn<T> {
    const fn new() -> Self {
        Self { sha1: None, has_parts: None, asked: None, best: None, has_begun: false }
    }
}

impl<H: Entry, T: Stored, F: PathFilter> Verifier<H, T, F> {
    /// A comparison that has not begun, of the names that the filter lets through.
    pub fn new(filter: F) -> Self {
        Self {
            here: Side::new(),
            there: Side::new(),
            selection: Selection::new(filter),
            turn: Turn::new(),
            place: None,
            totals: Totals::default(),
            is_out_of_order: false,
        }
    }

    /// What it comes to so far.
    pub const fn totals(&self) -> &Totals {
        &self.totals
    }

    /// Tells what comes next in the folder.
    pub fn here(&mut self, input: Input<H>) {
        let is_full = self.here.is_full();
        let told = match input {
            _ if is_full => Err(OutOfOrder),
            Input::Entry(entry) => self.here.advance(entry.path()).map(|is_again| {
                if self.selection.excludes(entry.path()) {
                    self.totals.left_out += 1;
                } else {
                    self.here.put(entry, is_again);
                }
            }),
            Input::Unknown(path) => self.here.advance(&path).map(|_| {
                self.here.shade(&path, Cover::Unknown, &self.there);
                self.place = Some(path);
            }),
            Input::LeftOut(path) => self.here.advance(&path).map(|_| {
                self.here.shade(&path, Cover::LeftOut, &self.there);
                self.totals.left_out += 1;
            }),
            Input::RestUnknown => {
                self.here.shadows.add_rest();
                self.here.has_ended = true;
                Ok(())
            }
            Input::End => {
                self.here.has_ended = true;
                Ok(())
            }
        };
        self.is_out_of_order |= told.is_err();
    }

    /// Tells what comes next in the bucket: versions, or the visible ones only.
    pub fn there(&mut self, input: Input<T>) {
        let is_full = self.there.is_full();
        let told = match input {
            _ if is_full => Err(OutOfOrder),
            Input::Entry(entry) => self.there.advance(entry.path()).map(|is_again| {
                let is_excluded = self.selection.excludes(entry.path());
                if !is_excluded && entry.kind() != EntryKind::Unfinished {
                    self.there.put(entry, is_again);
                }
            }),
            Input::Unknown(path) => self.there.advance(&path).map(|_| {
                self.there.shade(&path, Cover::Unknown, &self.here);
                self.place = Some(path);
            }),
            Input::LeftOut(path) => self.there.advance(&path).map(|_| {
                self.there.shade(&path, Cover::LeftOut, &self.here);
            }),
            Input::RestUnknown => {
                self.there.shadows.add_rest();
                self.there.has_ended = true;
                Ok(())
            }
            Input::End => {
                self.there.has_ended = true;
                Ok(())
            }
        };
        self.is_out_of_order |= told.is_err();
    }

    /// Tells the SHA-1 that was asked for; nothing when the file cannot be read, or changed while
    /// it was.
    pub fn hashed(&mut self, sha1: Option<Sha1>) {
        self.turn.asked = None;
        self.turn.sha1 = Some(sha1);
    }

    /// Tells whether all parts have their digests; nothing as in [`hashed`](Self::hashed).
    pub fn parts_hashed(&mut self, is_same: Option<bool>) {
        self.turn.asked = None;
        self.turn.has_parts = Some(is_same);
    }

    /// What is wanted, or told, next.
    pub fn step(&mut self) -> Step<'_, H, T> {
        loop {
            if self.is_out_of_order {
                return Step::OutOfOrder;
            }
            if let Some(path) = self.place.take() {
                return self.tell(path, Verdict::Unknown, None, None);
            }
            if self.turn.asked.is_some() {
                break;
            }
            if !self.here.is_full() {
                return Step::NeedHere;
            }
            if !self.there.is_full() {
                return Step::NeedThere;
            }
            let (here, there) = (self.here.head(), self.there.head());
            let (Some(here), Some(there)) = (here, there) else {
                match (here.is_some(), there.is_some()) {
                    (true, _) => return self.end_file(),
                    (_, true) => match self.end_version() {
                        Some(finding) => return Step::Tell(finding),
                        None => continue,
                    },
                    (false, false) => return Step::Done,
                }
            };
            match here.path().cmp(there.path()) {
                core::cmp::Ordering::Less => return self.end_file(),
                core::cmp::Ordering::Equal => self.compare(),
                core::cmp::Ordering::Greater => {
                    if let Some(finding) = self.end_version() {
                        return Step::Tell(finding);
                    }
                }
            }
        }
        match (self.here.head(), &self.turn.asked) {
            (Some(file), Some(Asked::Sha1)) => Step::NeedSha1(file),
            (Some(file), Some(Asked::Parts(parts))) => Step::NeedParts(file, parts),
            // There is no question without its file.
            (_, _) => Step::OutOfOrder,
        }
    }

    /// Compares the file with the version of its name whose turn it is, or asks for what it takes.
    fn compare(&mut self) {
        let (Some(here), Some(there)) = (self.here.head(), self.there.head()) else { return };
        let turn = &mut self.turn;
        let is_newest = !turn.has_begun;
        let is_settled = turn
            .best
            .as_ref()
            .is_some_and(|(verdict, _)| verdict.is_proven() || *verdict == Verdict::Unknown);
        let verdict = if is_settled || there.kind() != EntryKind::File {
            None
        } else {
            match judge(turn, here, there) {
                Ok(verdict) => Some(verdict),
                Err(asked) => {
                    turn.asked = Some(asked);
                    return;
                }
            }
        };
        (turn.has_begun, turn.has_parts) = (true, None);
        let Some(version) = self.there.take() else { return };
        match verdict {
            Some(Verdict::Proven(proof)) if !is_newest => {
                turn.best = Some((Verdict::InOlderVersion(proof), version));
            }
            Some(verdict) if is_newest => turn.best = Some((verdict, version)),
            Some(_) | None => {}
        }
    }

    /// Tells about the file, whose versions have all been looked at.
    fn end_file(&mut self) -> Step<'_, H, T> {
        let turn = core::mem::replace(&mut self.turn, Turn::new());
        let Some(file) = self.here.take() else { return Step::OutOfOrder };
        let is_hidden = self.there.shadows.over(file.path()).is_some();
        let (verdict, version) = match turn.best {
            Some((verdict, version)) => (verdict, Some(version)),
            None if is_hidden => (Verdict::Unknown, None),
            None => (Verdict::OnlyHere, None),
        };
        self.tell(String::from(file.path()), verdict, Some(file), version)
    }

    /// Tells about a version whose name the folder has not, if it is the newest one and no marker.
    fn end_version(&mut self) -> Option<Finding<H, T>> {
        let is_again = self.there.is_again;
        let version = self.there.take()?;
        if is_again || version.kind() != EntryKind::File {
            return None;
        }
        let verdict = match self.here.shadows.over(version.path()) {
            None => Verdict::OnlyThere,
            Some(Cover::Unknown) => Verdict::Unknown,
            Some(Cover::LeftOut | Cover::OneLeftOut) => {
                self.totals.left_out += 1;
                return None;
            }
        };
        let path = String::from(version.path());
        Some(self.finding(path, verdict, None, Some(version)))
    }

    fn tell(
        &mut self,
        path: String,
        verdict: Verdict,
        here: Option<H>,
        there: Option<T>,
    ) -> Step<'_, H, T> {
        Step::Tell(self.finding(path, verdict, here, there))
    }

    fn finding(
        &mut self,
        path: String,
        verdict: Verdict,
        here: Option<H>,
        there: Option<T>,
    ) -> Finding<H, T> {
        let finding = Finding { path, verdict, here, there };
        self.totals.add(&finding);
        finding
    }
}

/// Judges a file by one version, or tells what has to be known for that.
fn judge<T: Stored>(turn: &Turn<T>, here: &impl Entry, there: &T) -> Result<Verdict, Asked> {
    if here.content_len() != there.content_len() {
        return Ok(Verdict::Differs(Difference::Len));
    }
    let by_digest = |is_same: Option<bool>, proof| match is_same {
        Some(true) => Verdict::Proven(proof),
        Some(false) => Verdict::Differs(Difference::Content),
        None => Verdict::Unknown,
    };
    let whole = |want: Sha1, proof| {
        let sha1 = turn.sha1.ok_or(Asked::Sha1)?;
        Ok(by_digest(sha1.map(|sha1| sha1 == want), proof))
    };
    match there.kept() {
        Kept::Sha1(want) => whole(want, Proof::Sha1),
        Kept::LargeFileSha1(want) => whole(want, Proof::LargeFileSha1),
        Kept::PartSha1s(parts) => match turn.has_parts {
            Some(is_same) => Ok(by_digest(is_same, Proof::PartSha1s)),
            None => Err(Asked::Parts(parts)),
        },
        Kept::Nothing if here.modified_ms() == there.modified_ms() => Ok(Verdict::SizeAndTime),
        Kept::Nothing => Ok(Verdict::Differs(Difference::Time)),
    }
}
