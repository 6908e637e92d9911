//! A plan with the places its bytes are at: what a large upload asks, and what is fetched for it.

use alloc::vec::Vec;

use super::WriteIntent;
use crate::error::{Error, ErrorKind};
use crate::machine::copy::{CopySource, TargetEncryption};
use crate::machine::large::cut::{Cut, Origin};
use crate::machine::resume::{Content, PartWanted};
use crate::machine::upload::{self, Payload};
use crate::op::{CopyPart, Operation as _, Spec};
use crate::plan::Span;
use crate::plan::synthesis::{self, Part, Piece, Plan, PlannedPart};
use crate::wire::body::{Body, BodyPiece, BodyPieces, DigestMode, WriteJson};
use crate::wire::range::ByteRange;
use crate::wire::text::{Decimal, Sha1};

/// The parts of a file that is built of local data and ranges of files at the service.
#[derive(Debug)]
pub struct SynthesisPlan {
    plan: Plan,
    intents: Vec<WriteIntent>,
    /// For each part its SHA-1, as far as local bytes tell it: what is sent has it, and what is
    /// copied must have it.
    digests: Vec<Option<Sha1>>,
    /// Most bytes that are held for each part of those that are fetched.
    held_max: u64,
    /// The request for a copied part, made anew for each.
    request: CopyPart,
    /// The part whose pieces are told.
    current: u32,
}

impl SynthesisPlan {
    pub(super) fn new(
        plan: Plan,
        intents: Vec<WriteIntent>,
        digests: Vec<Option<Sha1>>,
        encryption: &TargetEncryption,
    ) -> Self {
        let request = copy_request(encryption);
        Self { plan, intents, digests, held_max: 0, request, current: 0 }
    }

    pub(super) const fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Sets how many fetched bytes are held for each part.
    pub(super) const fn hold(&mut self, held_max: u64) {
        self.held_max = held_max;
    }

    /// The parts a file to continue may have. What is not told by local bytes is told by the
    /// identity of the plan.
    pub(super) fn wanted(&self) -> Vec<PartWanted> {
        let content = |sha1: &Option<Sha1>| sha1.map_or(Content::Unknown, Content::Known);
        let parts = self.plan.parts().zip(&self.digests);
        parts.map(|(part, sha1)| PartWanted { len: part.len(), content: content(sha1) }).collect()
    }

    fn part_at(&self, index: u64) -> Option<PlannedPart<'_>> {
        self.plan.part(u32::try_from(index).ok()?)
    }

    /// A piece as part of a body.
    pub(super) fn body_piece(intents: &[WriteIntent], piece: &Piece) -> Option<BodyPiece> {
        Some(intents.get(piece.intent as usize)?.body_piece(piece))
    }
}

/// Which pieces of parts have to be fetched.
pub(super) trait Remotes {
    /// The next piece of the part at `index` that has to be fetched, from its `from`th piece on:
    /// which it is, the version, and the bytes of that.
    fn remote(&self, index: u64, from: usize) -> Option<(usize, &CopySource, Span)>;
}

impl Remotes for SynthesisPlan {
    fn remote(&self, index: u64, from: usize) -> Option<(usize, &CopySource, Span)> {
        let Some(Part::Join(pieces)) = self.part_at(index) else { return None };
        let (at, piece) = next_remote(pieces, from)?;
        let (source, span) = self.intents.get(piece.intent as usize)?.remote_piece(piece)?;
        Some((at, source, span))
    }
}

/// The first remote piece from the `from`th on.
pub(super) fn next_remote(pieces: &[Piece], from: usize) -> Option<(usize, &Piece)> {
    let mut behind = pieces.iter().enumerate().skip(from);
    behind.find(|(_, piece)| piece.origin == synthesis::Origin::Remote)
}

/// The request for copied parts of a file that is encrypted like this.
pub(super) fn copy_request(encryption: &TargetEncryption) -> CopyPart {
    let mut request = CopyPart::new("", "", 1);
    if let TargetEncryption::Customer(key) = encryption {
        // What is encrypted by the service was settled when the file was started.
        request.destination_server_side_encryption = Some(key.setting());
    }
    request
}

/// Makes it the request for the part at `index` of the large file `file_id`.
pub(super) fn copy_part<'a>(
    request: &'a mut CopyPart,
    (index, file_id): (u64, &str),
    (source, span): (&CopySource, Span),
) -> Option<&'a dyn WriteJson> {
    request.source_file_id = source.file_id().clone();
    request.source_server_side_encryption = source.key_setting();
    request.large_file_id = file_id.into();
    request.part_number = u16::try_from(index + 1).ok()?;
    request.range = Some(ByteRange::of(span.offset, span.len)?);
    Some(request)
}

impl BodyPieces for SynthesisPlan {
    fn each(&self, put: &mut dyn FnMut(BodyPiece)) {
        let Some(part) = self.plan.part(self.current) else { return };
        let pieces = part.pieces().iter();
        pieces.filter_map(|piece| Self::body_piece(&self.intents, piece)).for_each(put);
    }
}

impl Cut for SynthesisPlan {
    const IS_OPEN: bool = false;
    const COPY: Option<&'static Spec> = Some(&CopyPart::SPEC);
    const CLAIMS: bool = true;

    fn parts_total(&self) -> Option<u64> {
        Some(self.plan.count().into())
    }

    fn bytes_total(&self) -> Option<u64> {
        Some(self.plan.totals().len)
    }

    fn parts_max(&self) -> u64 {
        self.plan.count().into()
    }

    /// Nothing is in the payload, so places there do not matter.
    fn part(&self, index: u64, _held: u64) -> Option<Span> {
        self.part_at(index).map(|part| Span { offset: 0, len: part.len() })
    }

    fn origin(&self, index: u64) -> Origin {
        match self.part_at(index) {
            Some(Part::Copy(_)) => Origin::Copy,
            Some(Part::Send(_) | Part::Join(_)) | None => Origin::Payload,
        }
    }

    fn known_sha1(&self, index: u64) -> Option<Sha1> {
        *self.digests.get(usize::try_from(index).ok()?)?
    }

    fn body(&mut self, index: u64, digest: DigestMode) -> Option<Body<'_>> {
        self.current = u32::try_from(index).ok()?;
        let part = self.plan.part(self.current)?;
        let len = part.len();
        if let Part::Send(piece) = part
            && let Some(BodyPiece::Range { source, offset, .. }) =
                Self::body_piece(&self.intents, &piece)
        {
            return Some(Body::Range { source, offset, len, digest });
        }
        Some(Body::Joined { pieces: self, len, held_max: self.held_max, digest })
    }

    fn copy_request(&mut self, index: u64, file_id: &str) -> Option<&dyn WriteJson> {
        let Some(Part::Copy(piece)) = self.part_at(index) else { return None };
        let piece = self.intents.get(piece.intent as usize)?.remote_piece(&piece)?;
        copy_part(&mut self.request, (index, file_id), piece)
    }

    fn copied_other(&self, index: u64, error: Error) -> Error {
        let before = self.plan.parts().take(usize::try_from(index).unwrap_or(usize::MAX));
        let from: u64 = before.map(|part| part.len()).sum();
        let to = from + self.part_at(index).map_or(0, |part| part.len());
        let (from, to) = (Decimal(from), Decimal(to));
        let message = format_args!(
            "bytes {from} to {to} as the service has them are not those of the local data"
        );
        Error { message: Error::with_message(ErrorKind::Corrupted, message).message, ..error }
    }

    fn check_for(&self, payload: &Payload) -> Result<(), Error> {
        let is_same =
            payload.len == self.bytes_total() && self.digests.len() as u64 == self.parts_max();
        if is_same {
            Ok(())
        } else {
            Err(Error::invalid("the plan is for a file of another length"))
        }
    }
}

/// The only part of a small file.
impl upload::Content for SynthesisPlan {
    fn body(&mut self, digest: DigestMode) -> Option<Body<'_>> {
        Cut::body(self, 0, digest)
    }
}
