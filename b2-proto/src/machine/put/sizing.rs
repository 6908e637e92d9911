//! Which parts and how many lanes suit a file, an account and the caller's buffers.

use super::PutOptions;
use crate::error::{Error, ErrorKind};
use crate::limits::PART_LEN_MAX;
use crate::machine::LANES_MAX;
use crate::machine::large::open::OpenPlan;
use crate::op::Grant;
use crate::plan::growth::Growth;
use crate::plan::parts::{PartPlan, PlanError};
use crate::plan::sizes::{SizeOptions, Sizes};
use crate::plan::synthesis::SynthesisError;
use crate::wire::text::Decimal;

/// A file of `len` bytes from a source that can be read at any offset.
pub(in crate::machine) fn seekable(
    len: u64,
    options: &PutOptions,
    grant: &Grant,
) -> Result<PartPlan, Error> {
    Ok(PartPlan::for_file(len, &Sizes::resolve(of_account(options, grant))?)?)
}

/// The same in at most `parts_max` parts, as far as the longest part allows.
pub(in crate::machine) fn seekable_within(
    len: u64,
    parts_max: u64,
    options: &PutOptions,
    grant: &Grant,
) -> Result<PartPlan, Error> {
    let parts_max = u16::try_from(parts_max).unwrap_or(u16::MAX);
    let sizes = Sizes::resolve(of_account(options, grant))?.grow_for(len, parts_max);
    Ok(PartPlan::for_file(len, &sizes)?)
}

/// A file of `len` bytes from a source that is read once, into one buffer for each lane.
pub(super) fn stream(len: u64, options: &PutOptions, grant: &Grant) -> Result<PartPlan, Error> {
    let sizes = buffered(options, grant, lanes_wanted(options));
    let plan = PartPlan::for_file(len, &Sizes::resolve(sizes)?)?;
    if plan.longest() > options.buffer_len_max {
        return Err(Error::with_message(
            ErrorKind::Limit,
            format_args!(
                "a source that cannot be read again needs a buffer of {} bytes, {} are allowed",
                Decimal(plan.longest()),
                Decimal(options.buffer_len_max)
            ),
        ));
    }
    Ok(plan)
}

/// A file from a source that is read once and whose length nobody knows.
pub(super) fn unbounded(options: &PutOptions, grant: &Grant) -> Result<OpenPlan, Error> {
    let sending = lanes_wanted(options).min(LANES_MAX - 1);
    let allowed = options.buffer_len_max;
    let sizes = Sizes::resolve(buffered(options, grant, sending + 1))?;
    let first = sizes.recommended();
    if first > PART_LEN_MAX {
        return Err(PlanError::PartTooLong { len: first }.into());
    }
    if first < grant.part_len_min {
        // Whether it is the last part shows only when the next one has begun (P6).
        let min = grant.part_len_min;
        return Err(SynthesisError::BufferTooShort { len: first, min }.into());
    }
    if first > allowed / 2 {
        let (first, allowed, enough) = (Decimal(first), Decimal(allowed), Decimal(first * 2));
        return Err(Error::with_message(
            ErrorKind::Limit,
            format_args!(
                "a source of unknown length needs two buffers of {first} bytes, and all buffers \
                 may have {allowed} bytes: allow {enough}, or shorter parts"
            ),
        ));
    }
    let longest = sizes.max().min(PART_LEN_MAX).min(allowed);
    Ok(OpenPlan::new(Growth { first, longest }, sending, allowed))
}

/// As many lanes as there are parts and, for buffered sources, room.
pub(in crate::machine) fn lanes(
    count: u64,
    longest: u64,
    options: &PutOptions,
    is_buffered: bool,
) -> usize {
    let wanted = u64::from(options.lanes.max(1)).min(count);
    let room = match (is_buffered, longest) {
        (true, longest) if longest > 0 => options.buffer_len_max / longest,
        _ => wanted,
    };
    usize::try_from(wanted.min(room).max(1)).unwrap_or(1).min(LANES_MAX)
}

fn lanes_wanted(options: &PutOptions) -> usize {
    usize::from(options.lanes.max(1))
}

fn of_account(options: &PutOptions, grant: &Grant) -> SizeOptions {
    SizeOptions { account: Some(grant.recommended_part_len), ..options.sizes }
}

/// Each buffer keeps a part in memory, so parts are as short as the limit of all wants them.
fn buffered(options: &PutOptions, grant: &Grant, buffers: usize) -> SizeOptions {
    let mut sizes = of_account(options, grant);
    if sizes.recommended.is_none() {
        let share = options.buffer_len_max / buffers as u64;
        let shortest = sizes.min.unwrap_or(grant.part_len_min);
        sizes.recommended = Some(share.clamp(shortest, grant.recommended_part_len.max(shortest)));
        sizes.min = Some(shortest);
    }
    sizes
}
