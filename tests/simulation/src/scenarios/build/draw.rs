//! What a file is built of, drawn by chance.

use b2_proto::id::SourceId;
use b2_proto::machine::copy::CopySource;
use b2_proto::machine::large::Leftover;
use b2_proto::machine::put::Continue;
use b2_proto::machine::synthesis::{Planner, SynthesisOptions, WriteIntent};
use b2_proto::plan::sizes::SizeOptions;
use b2_proto::plan::synthesis::least::Weights;
use b2_proto::plan::synthesis::{Plan, Priority};
use b2_proto::rng::Rng;
use b2_proto::wire::text::Sha1;
use serde_json::json;

use super::{BuildJob, PART_LEN_MIN};
use crate::customer_key;
use crate::service::{BEGIN_MS, Side, YESTERDAY_MS};
use crate::source::range_of;
use crate::world::index;

/// Some bytes of the content in a row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment {
    /// Where they are in the new file, and in the content.
    pub(super) at: u64,
    pub(super) from: u64,
    pub(super) len: u64,
    /// In this local source, if in any.
    local: Option<u16>,
    /// In this stored file, if in any.
    remote: Option<usize>,
}

impl Segment {
    fn draw(at: u64, from: u64, len: u64, rng: &mut Rng) -> Self {
        let (is_local, is_remote) = match rng.below(5) {
            0 | 1 => (true, false),
            2 | 3 => (false, true),
            _ => (true, true),
        };
        let [local, remote] = [rng.below(2), rng.below(2)];
        Self {
            at,
            from,
            len,
            local: is_local.then_some(u16::from(local == 0)),
            remote: is_remote.then(|| index(remote)),
        }
    }

    /// What it wants, of which the second local source lacks the first bytes of the content.
    fn intents(self, stored: &[CopySource; 2], shift: u64) -> Vec<WriteIntent> {
        let Self { at, from, len, local, remote } = self;
        let local = local.map(|source| match (source, from.checked_sub(shift)) {
            (1, Some(from)) => WriteIntent::local(at, SourceId(1), from, len),
            _ => WriteIntent::local(at, SourceId(0), from, len),
        });
        let remote =
            remote.map(|file| WriteIntent::remote(at, stored[file].clone().range(from, len)));
        local.into_iter().chain(remote).collect()
    }
}

/// One to twelve segments in a row; in some files it is the whole content.
pub(super) fn segments(len: u64, rng: &mut Rng) -> Vec<Segment> {
    if rng.below(6) == 0 {
        return vec![Segment::draw(0, 0, len, rng)];
    }
    let mut segments = Vec::new();
    let mut at = 0;
    for _ in 0..1 + rng.below(12) {
        let from = rng.below(len);
        let len = 1 + rng.below((len - from).min(1_500));
        segments.push(Segment::draw(at, from, len, rng));
        at += len;
    }
    segments
}

/// Puts two files with the content there, with the customer's key or without; what the service
/// says about them is known or not.
pub(super) fn stored(
    (name, content): (&str, &[u8]),
    rng: &mut Rng,
    side: &Side,
) -> [CopySource; 2] {
    [0, 1].map(|number| {
        let name = format!("{name}-source-{number}");
        let is_encrypted = rng.below(3) == 0;
        let id = if is_encrypted {
            side.put_encrypted(BEGIN_MS, &name, content)
        } else {
            side.put(BEGIN_MS, &name, content)
        };
        let source = match rng.below(2) {
            0 => CopySource::of_version(&side.version(BEGIN_MS, &id)),
            _ => CopySource::new(id),
        };
        if is_encrypted { source.customer_key(customer_key::named()) } else { source }
    })
}

pub(super) fn options(rng: &mut Rng) -> SynthesisOptions {
    let recommended = PART_LEN_MIN << rng.below(5);
    let planner = match rng.below(5) {
        0 => Planner::Reference(Priority::Local),
        1 => Planner::Reference(Priority::Remote),
        2 => Planner::Reference(Priority::LocalVerification),
        3 => Planner::Least(Weights::default()),
        _ => Planner::default(),
    };
    SynthesisOptions {
        lanes: u16::try_from(1 + rng.below(6)).unwrap_or(1),
        sizes: SizeOptions {
            min: Some(PART_LEN_MIN),
            recommended: Some(recommended),
            max: Some(recommended << (1 + rng.below(3))),
            ..SizeOptions::default()
        },
        planner,
        verify_overlap: rng.below(3) == 0,
        one_pass: rng.below(4) == 0,
        leftover: if rng.below(2) == 0 { Leftover::Remove } else { Leftover::Keep },
        ..SynthesisOptions::default()
    }
}

impl BuildJob {
    /// What the file is to be built of, by the numbers of local sources.
    pub(super) fn all_intents(&self) -> Vec<WriteIntent> {
        let intents = |segment: &Segment| segment.intents(&self.stored, self.shift);
        self.segments.iter().flat_map(intents).collect()
    }

    /// The bytes of the new file.
    pub(super) fn wanted(&self) -> Vec<u8> {
        let bytes = |it: &Segment| range_of(self.seed, index(it.from), index(it.len));
        self.segments.iter().flat_map(bytes).collect()
    }

    /// Where its intents are in stored files.
    fn places(&self, segment: Segment) -> impl Iterator<Item = (&str, u64)> {
        let local = segment.local.map(|_| ("", 0));
        let remote =
            segment.remote.map(|file| (self.stored[file].file_id().as_str(), segment.from));
        local.into_iter().chain(remote)
    }

    /// Whether all bytes are read before anything is sent.
    fn is_read(&self, plan: &Plan) -> bool {
        let totals = plan.totals();
        let is_known = totals.copies as usize == plan.verifications().len() && totals.fetched == 0;
        is_known && plan.is_large() && !self.options.one_pass && !self.is_stream
    }

    /// Tells the SHA-1 of the new file, or of another one where that shows in time.
    pub(super) fn draw_sha1(&mut self, rng: &mut Rng) {
        let plan = self.plan();
        self.is_told_wrong = self.is_read(&plan) && rng.below(8) == 0;
        if self.is_told_wrong {
            self.options.sha1 = Some(Sha1::of(b"another file"));
        } else if rng.below(3) == 0 {
            self.options.sha1 = Some(Sha1::of(&self.wanted()));
        }
    }

    /// Names an unfinished file of the same plan, which has half of the parts.
    pub(super) fn draw_unfinished(&mut self, rng: &mut Rng, side: &Side) {
        let plan = self.plan();
        let can_go_on = plan.is_large() && !self.options.one_pass && !self.is_stream;
        if !can_go_on || self.is_encrypted || self.is_told_wrong || rng.below(4) > 0 {
            return;
        }
        // By this a job that cleans up knows what is of yesterday.
        self.name = format!("go-on-{}", self.name);
        let (wanted, intents) = (self.wanted(), self.all_intents());
        let digests = plan.plan_id_ranges().map(|range| {
            let bytes = range.pieces().iter().flat_map(|piece| {
                let from = index(intents[piece.intent as usize].offset + piece.offset);
                &wanted[from..from + index(piece.len)]
            });
            Sha1::of(&bytes.copied().collect::<Vec<u8>>())
        });
        let places: Vec<(&str, u64)> =
            self.segments.iter().flat_map(|it| self.places(*it)).collect();
        let source = |intent: u32| places[intent as usize];
        let mut info = serde_json::Map::new();
        if let Some(id) = plan.plan_id_of(source, digests) {
            info.insert("plan_id".to_owned(), json!(id.to_string()));
        }
        if let Some(sha1) = self.options.sha1 {
            info.insert("large_file_sha1".to_owned(), json!(sha1.to_string()));
        }
        let mut rest = &wanted[..];
        let mut parts = Vec::new();
        for (number, part) in (1..).zip(plan.parts()) {
            let (bytes, behind) = rest.split_at(index(part.len()));
            rest = behind;
            if rng.below(2) == 0 {
                parts.push((number, bytes.to_vec()));
            }
        }
        let mut more = self.guard.locks();
        more["fileInfo"] = info.into();
        let what = (self.guard.place(&self.name), &more);
        let file_id = side.start_with(YESTERDAY_MS, what, &parts);
        self.options.resume = Continue::File(file_id.into());
        self.there = Some(parts.len() as u64);
    }
}
