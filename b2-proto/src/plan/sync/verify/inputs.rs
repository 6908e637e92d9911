//! What a comparison is told.

use alloc::format;
use alloc::string::String;

use super::super::entry::{Entry, EntryKind};
use super::super::select::{Choice, PathFilter};
use super::super::shadow::Cover;
use super::super::side::{Input, OutOfOrder};
use super::stored::Stored;
use super::verifier::Verifier;
use crate::wire::text::Sha1;

impl<H: Entry, T: Stored, F: PathFilter> Verifier<H, T, F> {
    /// Tells what comes next in the folder.
    pub fn here(&mut self, input: Input<H>) {
        let is_full = self.here.is_full();
        let told = match input {
            _ if is_full => Err(OutOfOrder),
            Input::Entry(entry) => self.here.advance(entry.path()).map(|is_again| {
                match self.selection.choose(entry.path()) {
                    Choice::In => self.here.put(entry, is_again),
                    Choice::Out => self.totals.left_out += 1,
                    Choice::Unknown => {
                        self.here.shade(entry.path(), Cover::Unknown, &self.there);
                        self.place = Some(String::from(entry.path()));
                    }
                }
            }),
            Input::Unknown(path) => self.here.advance(&path).map(|_| {
                if self.selection.leaves_out(&path) {
                    self.here.shade(&path, Cover::OneLeftOut, &self.there);
                    // Perhaps it is a folder, and its rules are others.
                    self.here.shade(&format!("{path}/"), Cover::Unknown, &self.there);
                    self.totals.left_out += 1;
                } else {
                    self.here.shade(&path, Cover::Unknown, &self.there);
                    self.place = Some(path);
                }
            }),
            Input::LeftOut(path) => self.here.advance(&path).map(|_| {
                self.here.shade(&path, Cover::LeftOut, &self.there);
                self.totals.left_out += 1;
            }),
            Input::RestOfUnknown(folder) => {
                let told = self.here.shade_rest(&folder, &self.there);
                self.place = Some(folder);
                told
            }
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
                let is_excluded = self.selection.choose(entry.path()) == Choice::Out;
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
            Input::RestOfUnknown(folder) => {
                let told = self.there.shade_rest(&folder, &self.here);
                self.place = Some(folder);
                told
            }
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
}
