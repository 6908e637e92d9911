//! What a plan will do, for people.

use super::plan::Plan;
use crate::machine::large::digests::Digests;
use crate::machine::session::LeaseFor;
use crate::op::finish_large_file::FinishLargeFile;
use crate::op::new_file::NewFile;
use crate::op::receipt::FileRef;
use crate::op::start_large_file::StartLargeFile;
use crate::op::{Class, CopyFile, CopyPart, Operation, Spec, download, upload_file, upload_part};
use crate::wire::text::{Sha1, Text};
use alloc::vec::Vec;

/// What a plan moves, and the calls it takes, when nothing has to be repeated or is there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Length of the file, in bytes.
    pub len: u64,
    /// Its parts; a file of one is no large file.
    pub parts: u32,
    /// Bytes that are sent, fetched ones among them.
    pub bytes_sent: u64,
    /// Bytes that are fetched to be sent.
    pub bytes_fetched: u64,
    /// Bytes that the service copies by itself.
    pub bytes_copied: u64,
    /// Bytes of these that are compared with local data, if that was asked for.
    pub bytes_verified: u64,
    /// Bytes of these that are not, although local data has them, if it was asked for.
    pub bytes_unverified: u64,
    /// Calls of class A, with an upload URL for each part that is sent, which is the most.
    pub class_a: u64,
    /// Calls of class B.
    pub class_b: u64,
    /// Calls of class C, without the search for a file to continue.
    pub class_c: u64,
}

impl Plan {
    /// What it moves, and the calls it takes.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let (totals, overlap) = (self.totals(), self.overlap().unwrap_or_default());
        let mut summary = Summary {
            len: totals.len,
            parts: self.count(),
            bytes_sent: totals.sent,
            bytes_fetched: totals.fetched,
            bytes_copied: totals.copied,
            bytes_verified: overlap.verified,
            bytes_unverified: overlap.unverified,
            ..Summary::default()
        };
        summary.call(&download::BY_ID, totals.fetches);
        if self.is_large() {
            summary.call(&StartLargeFile::<NewFile, FileRef>::SPEC, 1);
            summary.call(LeaseFor::LargeFile(Text::new()).spec(), totals.uploads);
            summary.call(&upload_part::SPEC, totals.uploads);
            summary.call(&CopyPart::SPEC, totals.copies);
            summary.call(&FinishLargeFile::<Digests<Vec<Option<Sha1>>>, FileRef>::SPEC, 1);
        } else {
            summary.call(LeaseFor::Bucket(Text::new()).spec(), totals.uploads);
            summary.call(&upload_file::SPEC, totals.uploads);
            summary.call(&CopyFile::SPEC, totals.copies);
        }
        summary
    }
}

impl Summary {
    /// Adds what another file takes: bytes and calls, but neither its length nor its parts.
    pub fn add_calls(&mut self, other: &Self) {
        self.bytes_sent += other.bytes_sent;
        self.bytes_fetched += other.bytes_fetched;
        self.bytes_copied += other.bytes_copied;
        self.bytes_verified += other.bytes_verified;
        self.bytes_unverified += other.bytes_unverified;
        self.class_a += other.class_a;
        self.class_b += other.class_b;
        self.class_c += other.class_c;
    }

    pub(crate) fn call(&mut self, spec: &Spec, count: u32) {
        let calls = match spec.class {
            Class::A => &mut self.class_a,
            Class::B => &mut self.class_b,
            Class::C => &mut self.class_c,
        };
        *calls += u64::from(count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::sizes::Sizes;
    use crate::plan::synthesis::{Intent, Synthesis};

    fn summary(intents: &[Intent]) -> Summary {
        let synthesis = Synthesis::new(Sizes::new(10, 100, 1000).expect("sizes"));
        synthesis.plan(intents).expect("a file").summary()
    }

    #[test]
    fn calls_are_counted_by_class() {
        // A copy, and a join that fetches 5 bytes.
        let parts = [Intent::remote(0, 50), Intent::local(50, 20), Intent::remote(70, 5)];
        let large = summary(&parts);
        assert_eq!((large.parts, large.bytes_sent, large.bytes_fetched), (2, 25, 5));
        assert_eq!((large.bytes_copied, large.len), (50, 75));
        // Start, URL, part, finish; a fetch; a copy.
        assert_eq!((large.class_a, large.class_b, large.class_c), (4, 1, 1));
        let sent = summary(&[Intent::local(0, 5)]);
        assert_eq!((sent.class_a, sent.class_b, sent.class_c), (2, 0, 0));
        let copied = summary(&[Intent::remote(0, 5)]);
        assert_eq!((copied.class_a, copied.class_b, copied.class_c), (0, 0, 1));
    }
}
