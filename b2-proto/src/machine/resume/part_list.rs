//! The parts of one candidate, compared with those of the file to be.

use super::candidate::{Content, Mismatch, PartWanted, index_of};
use crate::model::Part;
use crate::wire::text::Sha1;
use alloc::collections::VecDeque;
use alloc::vec::Vec;

/// What is stored of a candidate, as far as it has been listed and compared.
#[derive(Debug, Default)]
pub(super) struct PartList {
    /// Parts whose bytes are still to be read before they can be compared.
    unread: VecDeque<(usize, Sha1)>,
    /// Parts that are there and right.
    done: Vec<(usize, Sha1)>,
}

impl PartList {
    /// Takes a page of stored parts.
    pub(super) fn take(&mut self, parts: &[PartWanted], page: &[Part]) -> Result<(), Mismatch> {
        for stored in page {
            let (index, sha1) = index_of(parts, stored)?;
            match parts.get(index).map(|wanted| wanted.content) {
                Some(Content::Unknown) => self.done.push((index, sha1)),
                Some(Content::Known(known)) if known == sha1 => self.done.push((index, sha1)),
                Some(Content::At(_)) => self.unread.push_back((index, sha1)),
                Some(Content::Known(_)) | None => {
                    return Err(Mismatch::Part(u32::from(stored.part_number)));
                }
            }
        }
        Ok(())
    }

    /// The index of the next part whose bytes have to be read.
    pub(super) fn next_unread(&self) -> Option<usize> {
        self.unread.front().map(|(index, _)| *index)
    }

    /// The bytes of the next part have been read.
    pub(super) fn note_read(&mut self, sha1: Sha1) -> Result<(), Mismatch> {
        match self.unread.pop_front() {
            Some((index, stored)) if stored == sha1 => {
                self.done.push((index, stored));
                Ok(())
            }
            Some((index, _)) => Err(Mismatch::Part(u32::try_from(index + 1).unwrap_or(u32::MAX))),
            None => Ok(()),
        }
    }

    /// The parts that need not be sent, by their index.
    pub(super) fn done(&self) -> &[(usize, Sha1)] {
        &self.done
    }
}
