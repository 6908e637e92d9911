//! How a download begins: what is there already, and what the first answer says about the file.

use super::proof::Proof;
use super::{Download, FromHeaders, Lanes, Pinned, RangeLane, Stage, check};
use crate::error::Error;
use crate::machine::LANES_MAX;
use crate::op::download::{DescribeDownload, DownloadRef, Kept, Object};
use crate::plan::{Span, gaps};
use crate::wire::reply::Headers;

impl<T, L, H> Download<T, L, H>
where
    T: DescribeDownload,
    L: Lanes,
    H: FromHeaders,
{
    pub(super) fn begin(&mut self) {
        let spec = self.request.0.request().spec();
        if let Err(error) = self.check() {
            return self.end(Err(error.in_operation(spec.name)));
        }
        let lane_at = self.lane_at();
        for (slot, lane) in self.lanes.as_mut().iter_mut().enumerate() {
            *lane = lane_at(slot);
        }
        self.uses_kept = self.is_kept_of_use();
        let first = match self.kept() {
            Some(kept) => self.first_missing(kept),
            None => self.all(),
        };
        if let Some(lane) = self.lanes.as_mut().first_mut() {
            lane.begin(first);
        }
        self.stage = Stage::Opening;
    }

    /// Makes a lane for its place.
    fn lane_at(&self) -> impl Fn(usize) -> RangeLane + use<T, L, H> {
        let request = self.request.0.request();
        let (spec, has_own_token) = (request.spec(), request.token.is_some());
        move |slot| RangeLane::at(spec, u16::try_from(slot).unwrap_or(u16::MAX), has_own_token)
    }

    fn check(&self) -> Result<(), Error> {
        if self.lanes.as_ref().is_empty() {
            return Err(Error::invalid("a download needs a lane"));
        }
        if self.lanes.count_max() > LANES_MAX {
            return Err(Error::invalid("that many lanes are not supported"));
        }
        if self.options.range.is_some_and(|range| !range.is_valid()) {
            return Err(Error::invalid("the range is none"));
        }
        if self.options.lane_len_min == 0 || self.options.steal_len_min == 0 {
            return Err(Error::invalid("a lane must have a length"));
        }
        if self.options.range.is_some() && self.options.expected_sha1.is_some() {
            return Err(Error::invalid("the SHA-1 of a whole file does not prove a range of it"));
        }
        self.request.0.request().check()
    }

    /// What is there already, as long as it counts.
    pub(super) fn kept(&self) -> Option<Kept<'_>> {
        if self.uses_kept { self.request.0.request().kept } else { None }
    }

    /// Whether what is there is of this job, and makes sense; of which version the file is now,
    /// only the service knows.
    fn is_kept_of_use(&self) -> bool {
        let request = self.request.0.request();
        let Some(kept) = request.kept else { return false };
        let is_of_version = match request.object {
            Object::Id(id) => id == kept.file_id,
            Object::Name { .. } => true,
        };
        let job = match self.options.range {
            Some(range) => Span { offset: range.first, len: range.len() },
            None => Span { offset: 0, len: kept.len },
        };
        let is_file = crate::op::check_id("file", kept.file_id).is_ok() && job.len > 0;
        let are_ranges = !kept.ranges.is_empty() && gaps::are_ranges(kept.ranges, job.len);
        self.options.can_seek && is_of_version && is_file && job == kept.span && are_ranges
    }

    /// The range the first request asks for when others are there. The head of an answer is
    /// needed in any case, so when all are there the last byte is asked for.
    fn first_missing(&self, kept: Kept<'_>) -> Span {
        let all = Span { offset: 0, len: kept.span.len };
        let Some(gap) = gaps::first(kept.ranges, all) else {
            return Span { offset: all.len - 1, len: 1 };
        };
        let missing = gaps::missing(kept.ranges, all);
        Span { len: gap.len.min(missing / self.lane_count(missing)).max(1), ..gap }
    }

    /// The range of a first request that is for all; the length of a whole file is not known.
    fn all(&self) -> Span {
        Span { offset: 0, len: self.options.range.map_or(0, |range| range.len()) }
    }

    /// The first answer: learns what is to be fetched, and shares it out between the lanes. Whether
    /// what is there already is of the same version; else nothing is learnt.
    pub(super) fn pin(&mut self, status: u16, headers: &dyn Headers) -> Result<bool, Error> {
        let file = DownloadRef::read(status, headers)?;
        let kept = self.kept();
        if kept.is_some_and(|kept| file.file_id.as_str() != kept.file_id || file.len != kept.len) {
            return Ok(false);
        }
        // Each gap is fetched by itself, however short it is.
        let gaps_max = kept.map_or(1, |kept| kept.ranges.len() + 1);
        let asked = self.lanes.as_ref().first().map(RangeLane::asked);
        let (span, missing, asked) = match (kept, asked) {
            (Some(kept), Some(asked)) => {
                check::is_range(&file, kept.span, asked)?;
                let all = Span { offset: 0, len: kept.span.len };
                (kept.span, gaps::missing(kept.ranges, all).max(1), Some(asked))
            }
            (Some(_) | None, _) => {
                let span = check::job_span(&file, self.options.range)?;
                (span, span.len, None)
            }
        };
        let info = H::read(headers)?;
        let proof = Proof::find(&file, &info, &self.options, span);
        let count = self.lane_count(missing);
        let first = asked.unwrap_or_else(|| {
            let len = proof.pieces.cut(0, span.len / count);
            Span { offset: 0, len }
        });
        if let (None, Some(lane)) = (asked, self.lanes.as_mut().first_mut()) {
            lane.begin_again(first);
        }
        let lane_at = self.lane_at();
        self.lanes.grow(usize::try_from(count).unwrap_or(usize::MAX).max(gaps_max), lane_at);
        self.rest = Span { offset: first.end(), len: span.len - first.end() };
        self.lanes_worth = count;
        self.kept_len = span.len - missing;
        self.bytes_done = self.kept_len;
        self.pinned = Some(Pinned { file, info, span, proof });
        self.stage = Stage::Ranges;
        self.events.update(|progress| {
            progress.bytes_done = span.len - missing;
            progress.bytes_total = Some(span.len);
            progress.parts_total = u32::try_from(count).ok();
        });
        Ok(true)
    }

    /// Begins anew, because what is there is of another version than the file is now.
    pub(super) fn start_over(&mut self) {
        self.uses_kept = false;
        let all = self.all();
        if let Some(lane) = self.lanes.as_mut().first_mut() {
            lane.settle();
            lane.begin(all);
        }
    }
}
