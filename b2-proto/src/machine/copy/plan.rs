//! The parts of a large copy.

use super::TargetEncryption;
use super::source::CopySource;
use crate::error::Error;
use crate::machine::large::cut::{Cut, Origin};
use crate::machine::upload::Payload;
use crate::op::{CopyPart, Operation as _, Spec};
use crate::plan::Span;
use crate::plan::parts::PartPlan;
use crate::wire::body::WriteJson;
use crate::wire::range::ByteRange;

/// A file of which the service copies every part from one version.
#[derive(Clone, Debug)]
pub struct CopyPlan {
    parts: PartPlan,
    /// Where in the source the first part begins.
    offset: u64,
    /// The request for a part, made anew for each.
    request: CopyPart,
}

impl CopyPlan {
    pub(in crate::machine) fn new(
        parts: PartPlan,
        offset: u64,
        source: &CopySource,
        encryption: &TargetEncryption,
    ) -> Self {
        let mut request = CopyPart::new(source.file_id.clone(), "", 1);
        request.source_server_side_encryption = source.key.as_ref().map(|key| key.setting());
        if let TargetEncryption::Customer(key) = encryption {
            // What is encrypted by the service was settled when the file was started.
            request.destination_server_side_encryption = Some(key.setting());
        }
        Self { parts, offset, request }
    }
}

impl Cut for CopyPlan {
    const IS_OPEN: bool = false;
    const COPY: Option<&'static Spec> = Some(&CopyPart::SPEC);
    const CLAIMS: bool = true;

    fn parts_total(&self) -> Option<u64> {
        Some(self.parts.count())
    }

    fn bytes_total(&self) -> Option<u64> {
        Some(self.parts.len())
    }

    fn parts_max(&self) -> u64 {
        self.parts.count()
    }

    fn part(&self, index: u64, _held: u64) -> Option<Span> {
        self.parts.part(index)
    }

    fn origin(&self, _index: u64) -> Origin {
        Origin::Copy
    }

    fn copy_request(&mut self, index: u64, file_id: &str) -> Option<&dyn WriteJson> {
        let span = self.parts.part(index)?;
        self.request.large_file_id = file_id.into();
        self.request.part_number = u16::try_from(index + 1).ok()?;
        self.request.range = Some(ByteRange::of(self.offset.checked_add(span.offset)?, span.len)?);
        Some(&self.request)
    }

    fn check_for(&self, _payload: &Payload) -> Result<(), Error> {
        Ok(self.parts.check()?)
    }
}
