//! The merge of both sides, and what is asked about a name.

use alloc::string::String;

use super::super::entry::{Entry, EntryKind};
use super::super::select::{PathFilter, Selection};
use super::super::shadow::Cover;
use super::super::side::Side;
use super::stored::Stored;
use super::totals::Totals;
use super::turn::{Asked, Turn, judge};
use super::verdict::{Finding, Verdict};
use crate::part_digests::PartDigests;

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
    pub(super) here: Side<H>,
    pub(super) there: Side<T>,
    pub(super) selection: Selection<F>,
    pub(super) turn: Turn<T>,
    /// A place that is to be told.
    pub(super) place: Option<String>,
    pub(super) totals: Totals,
    pub(super) is_out_of_order: bool,
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

    /// The filter, for what it is told while the comparison goes on.
    pub const fn filter(&mut self) -> &mut F {
        &mut self.selection.filter
    }

    /// What it comes to so far.
    pub const fn totals(&self) -> &Totals {
        &self.totals
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
            // Nobody can say that the content is not there.
            Some(verdict @ Verdict::Unknown) => turn.best = Some((verdict, version)),
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
