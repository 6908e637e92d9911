//! The machines that carry a plan out.

use super::fed::Fed;
use super::hungry::Hungry;
use super::plan::SynthesisPlan;
use super::stream::StreamPlan;
use super::{FEEDING_LANES_MAX, Large, Small, SynthesisOptions, WriteIntent, WriteOrigin};
use crate::error::Error;
use crate::id::SourceId;
use crate::machine::LANES_MAX;
use crate::machine::copy::{CopyOptions, CopySource, CopyTarget, FileCopy};
use crate::machine::large::cut::Cut as _;
use crate::machine::large::{Lane, LargeUpload};
use crate::machine::put::Continue;
use crate::machine::resume::Resumed;
use crate::machine::upload::{Payload, Upload};
use crate::op::file_spec::DescribeFile as _;
use crate::op::new_file::NewFile;
use crate::plan::synthesis::{Part, Plan};
use crate::wire::text::Sha1;
use alloc::vec::Vec;

/// Fetched bytes that are held for each body, unless there is room for less.
const HELD_LEN: u64 = 512 * 1024;
/// With less room than that there are fewer lanes.
const HELD_LEN_MIN: u64 = 64 * 1024;

/// How many bodies are sent at a time, and how many fetched bytes are held for each.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Room {
    lanes: usize,
    held: u64,
}

impl Room {
    /// What fits in `buffers` bytes.
    fn of(plan: &SynthesisPlan, options: &SynthesisOptions, buffers: u64) -> Self {
        let wanted = usize::from(options.lanes.max(1)).min(plan.plan().count() as usize);
        if plan.plan().totals().fetched == 0 {
            return Self { lanes: wanted.clamp(1, LANES_MAX), held: 0 };
        }
        Self::feeding(wanted, buffers)
    }

    /// The same for at most `wanted` bodies that may have to be fed.
    fn feeding(wanted: usize, buffers: u64) -> Self {
        let fitting = usize::try_from(buffers / HELD_LEN_MIN).unwrap_or(usize::MAX);
        let lanes = wanted.min(fitting).clamp(1, FEEDING_LANES_MAX);
        Self { lanes, held: (buffers / lanes as u64).clamp(1, HELD_LEN) }
    }

    /// `machine`, fed as far as something is fetched at all.
    fn feed<M: Hungry>(self, machine: M) -> Fed<M> {
        let lanes = if self.held > 0 { self.lanes } else { 0 };
        Fed::new(machine, lanes, self.held * lanes as u64)
    }
}

/// In parts, some of which may be there.
pub(super) fn large(
    file: NewFile,
    mut plan: SynthesisPlan,
    resumed: Resumed,
    options: &SynthesisOptions,
    buffers: u64,
) -> Result<Fed<Large<SynthesisPlan>>, Error> {
    let room = Room::of(&plan, options, buffers);
    plan.hold(room.held);
    let payload = payload(&plan, options.sha1);
    let file_id = resumed.file_id()?;
    let mut stored = resumed.stored;
    stored.resize(plan.plan().count() as usize, None);
    let lanes = (0..room.lanes).map(|_| Lane::new()).collect();
    let large = LargeUpload::new(file, payload, plan, stored, lanes).leftover(options.leftover);
    let large = match file_id {
        Some(id) => large.continuing(id),
        None => large,
    };
    Ok(room.feed(large))
}

/// In one request.
pub(super) fn small(
    file: NewFile,
    mut plan: SynthesisPlan,
    options: &SynthesisOptions,
    buffers: u64,
) -> Fed<Small<SynthesisPlan>> {
    let room = Room::of(&plan, options, buffers);
    plan.hold(room.held);
    let payload = payload(&plan, options.sha1);
    room.feed(Upload::of_content(file, payload, plan))
}

/// In parts, of which more may come.
pub(super) fn large_stream(
    file: NewFile,
    mut plan: StreamPlan,
    options: &SynthesisOptions,
    buffers: u64,
) -> Fed<Large<StreamPlan>> {
    // Parts that are to come may have to be fed.
    let room = Room::feeding(options.lanes.max(1).into(), buffers);
    plan.hold(room.held);
    let payload = Payload { len: None, ..Payload::none(options.sha1) };
    let large = LargeUpload::by_lanes((file, payload, plan), room.lanes, None, Vec::new());
    room.feed(large.leftover(options.leftover))
}

/// The only part of a stream, in one request.
pub(super) fn small_stream(
    file: NewFile,
    mut plan: StreamPlan,
    options: &SynthesisOptions,
    buffers: u64,
) -> Fed<Small<StreamPlan>> {
    let room = Room::feeding(1, buffers);
    plan.hold(room.held);
    let payload = Payload { len: plan.bytes_total(), ..Payload::none(options.sha1) };
    room.feed(Upload::of_content(file, payload, plan))
}

/// What is copied by a plan that is nothing but one copy.
pub(super) fn only_copy(plan: &Plan, intents: &[WriteIntent]) -> Option<CopySource> {
    let Some(Part::Copy(piece)) = plan.part(0).filter(|_| !plan.is_large()) else { return None };
    let WriteOrigin::Remote(source) = &intents.get(piece.intent as usize)?.origin else {
        return None;
    };
    let span = source.span()?;
    if (piece.offset, piece.len) == (0, span.len) {
        return Some(source.clone());
    }
    Some(source.clone().range(span.offset + piece.offset, piece.len))
}

/// By one call, which cannot say when the file was uploaded.
///
/// # Errors
/// [`InvalidInput`](crate::error::ErrorKind::InvalidInput) when it is to have an upload time of its
/// own, or another SHA-1 than the source has.
pub(super) fn copy(
    file: &NewFile,
    source: CopySource,
    options: &SynthesisOptions,
) -> Result<FileCopy, Error> {
    if file.spec().upload_timestamp_ms.is_some() {
        let message = "a file that is one copy cannot have an upload time of its own";
        return Err(Error::invalid(message));
    }
    if options.sha1.zip(source.sha1()).is_some_and(|(told, is)| told != is) {
        return Err(Error::invalid("what is copied has another SHA-1 than was told"));
    }
    let mut file = file.clone();
    if let Some(sha1) = options.sha1.or_else(|| source.sha1())
        && !source.keeps_sha1()
    {
        file.note_large_sha1(sha1);
    }
    let SynthesisOptions { lanes, leftover, .. } = *options;
    let options =
        CopyOptions { lanes, leftover, resume: Continue::Never, ..CopyOptions::default() };
    Ok(FileCopy::new(source, CopyTarget::like(&file), options))
}

/// Nothing of it is read by its place, but for its length.
const fn payload(plan: &SynthesisPlan, sha1: Option<Sha1>) -> Payload {
    let len = Some(plan.plan().totals().len);
    Payload { source: SourceId(0), offset: 0, len, sha1, can_reread: true }
}

/// Whether the file could keep `value` under `key`.
pub(super) fn has_room_for(file: &NewFile, key: &str, value: &str) -> bool {
    file.spec().has_room_for(key, value)
}
