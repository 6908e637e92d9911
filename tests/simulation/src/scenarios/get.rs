//! Downloads, whole and ranges of files, in one lane and in several, also while the file is
//! replaced.

use b2_proto::error::{Error, ErrorKind};
use b2_proto::machine::download::{Download, DownloadOptions, Downloaded, GrowingLanes};
use b2_proto::machine::engine::{AnyOutput, JobId};
use b2_proto::model::DownloadInfo;
use b2_proto::op::new_download::{KeptRanges, NewDownload};
use b2_proto::part_digests::PartDigests;
use b2_proto::plan::Span;
use b2_proto::rng::Rng;
use b2_proto::wire::range::ByteRange;
use b2_proto::wire::text::Sha1;
use serde_json::{Value, json};

use crate::checkers::downloads_are_whole::Expected;
use crate::checkers::repeats_have_reasons::Needs;
use crate::customer_key;
use crate::disk::Disk;
use crate::jobs::{After, Job, Replaced, Seat};
use crate::service::{BEGIN_MS, BUCKET, Side};
use crate::sink::Sink;
use crate::source::{bytes_of, range_of};
use crate::world::index;

/// A download.
#[derive(Clone, Debug)]
pub(crate) struct GetJob {
    pub(crate) name: String,
    /// The version that is there at the beginning.
    file_id: String,
    seed: u64,
    pub(crate) len: u64,
    /// Whether the service or the file info tells the SHA-1 of the whole, or of each part.
    has_sha1: bool,
    by_name: bool,
    range: Option<(u64, u64)>,
    lanes: usize,
    lane_len_min: u64,
    can_seek: bool,
    steal_len_min: u64,
    kept: Option<KeptRanges>,
    /// With the customer's key.
    pub(crate) is_encrypted: bool,
    /// A download authorization that is used in place of the account's token, by name.
    token: Option<String>,
}

impl GetJob {
    /// A download of a file that is put there now.
    pub(crate) fn draw(name: String, rng: &mut Rng, side: &Side) -> Self {
        let most = [40, 3_000, 400_000][index(rng.below(3))];
        let len = rng.below(most);
        let seed = rng.next_u64();
        let bytes = bytes_of(seed, index(len));
        let kind = if len < 200 { 0 } else { rng.below(4) };
        // Apart from the others, so that a seed draws the same of everything else.
        let mut own = Rng::from_seed(seed);
        let has_parts = kind == 3 && own.below(2) == 0;
        let is_encrypted = kind < 2 && own.below(4) == 0;
        let file_id = match kind {
            _ if is_encrypted => side.put_encrypted(BEGIN_MS, &name, &bytes),
            0 | 1 => side.put(BEGIN_MS, &name, &bytes),
            2 => side.put_large(BEGIN_MS, &name, &bytes, &whole_digest(&bytes)),
            _ if has_parts => side.put_large(BEGIN_MS, &name, &bytes, &part_digests(&bytes)),
            _ => side.put_large(BEGIN_MS, &name, &bytes, &json!({})),
        };
        let range = (len > 0 && rng.below(4) == 0).then(|| {
            let first = rng.below(len);
            (first, 1 + rng.below(len - first))
        });
        let kept = draw_kept(&mut own, &file_id, len, range);
        let by_name = rng.below(2) == 0;
        let is_authorized = by_name && own.below(4) == 0;
        let token = is_authorized.then(|| side.authorize_download(BEGIN_MS, &name));
        Self {
            name,
            file_id,
            seed,
            len,
            has_sha1: kind < 3 || has_parts,
            by_name,
            range,
            lanes: index(1 + rng.below(8)),
            lane_len_min: 1 + rng.below(50_000),
            can_seek: rng.below(4) > 0,
            steal_len_min: 1 + own.below(20_000),
            kept,
            is_encrypted,
            token,
        }
    }

    /// Puts into the sink what an earlier run has left.
    pub(crate) fn prepare(&self, sink: &Sink, disk: &mut Disk) {
        if let Some(kept) = &self.kept {
            let seed = if kept.file_id == self.file_id { self.seed } else { !self.seed };
            let bytes = range_of(seed, index(kept.span.offset), index(kept.span.len));
            sink.leave(disk, kept, &bytes);
        }
    }

    fn fetched(&self) -> u64 {
        self.range.map_or(self.len, |(_, len)| len)
    }
}

impl GetJob {
    /// The bytes a download of this version gives.
    fn cut<'a>(&self, version: &'a [u8]) -> Option<&'a [u8]> {
        let (from, len) = self.range.unwrap_or((0, version.len() as u64));
        version.get(index(from)..index(from + len))
    }
}

/// Ranges that runs before may have left, beyond those that are there from the beginning.
const GAPS_MAX: u64 = 100;

impl Job for GetJob {
    fn has_sink(&self) -> bool {
        true
    }

    /// By name there is no going on with a version that is not the newest any more.
    fn is_overtaken(&self, error: &Error) -> bool {
        self.token.is_some() && error.kind == ErrorKind::Conflict
    }

    fn gives(&self, bytes: &[u8], sink: &Sink, replaced: &[Replaced]) -> bool {
        let first = bytes_of(self.seed, index(self.len));
        let others = replaced.iter().filter(|each| each.name == self.name);
        let mut versions = others.map(|each| &each.bytes).chain([&first]);
        let is_proven = self.has_sha1 && self.range.is_none();
        versions.any(|version| {
            let wanted = self.cut(version);
            wanted.is_some_and(|wanted| match is_proven {
                true => wanted == bytes,
                false => sink.is_like(bytes, wanted),
            })
        })
    }

    fn add(&self, seat: &mut Seat<'_>) -> JobId {
        let request = if self.by_name {
            NewDownload::by_name(BUCKET, self.name.as_str())
        } else {
            NewDownload::by_id(self.file_id.as_str())
        };
        let mut request = request;
        if self.is_encrypted {
            request = request.customer_key(customer_key::text());
        }
        if let Some(token) = &self.token {
            request = request.token(token.as_str().into());
        }
        let request = request.kept(seat.kept.clone().filter(|_| self.can_seek));
        let options = DownloadOptions {
            can_seek: self.can_seek,
            range: self.range.and_then(|(first, len)| ByteRange::of(first, len)),
            lane_len_min: self.lane_len_min,
            steal_len_min: self.steal_len_min,
            ..DownloadOptions::whole(seat.sink)
        };
        let lanes = GrowingLanes::up_to(u16::try_from(self.lanes).expect("few lanes"));
        seat.add(Download::<_, _, DownloadInfo>::new(request, options, lanes))
    }

    fn needs(&self) -> Needs {
        // A lane that is done before another could begin takes a part of that one's share; no
        // share is shorter than a lane is worth.
        let shares = (self.fetched() / self.lane_len_min).max(self.lanes as u64);
        // What is taken over is at least so long, and so is what is left of it; and there is one
        // gap more than ranges that are there.
        let gaps = self.kept.as_ref().map_or(GAPS_MAX, |kept| kept.ranges.len() as u64 + GAPS_MAX);
        let shares = shares + self.fetched() / self.steal_len_min + gaps;
        // What is there may be of another version, and the first request is made again. A token of
        // the caller's is good for names only.
        let by_name = if self.token.is_some() { 2 + shares } else { 2 };
        Needs::from([("b2_download_file_by_name", by_name), ("b2_download_file_by_id", 2 + shares)])
    }

    fn check(&self, outcome: &Result<AnyOutput, Error>, after: &After<'_>) -> Result<(), String> {
        let Ok(output) = outcome else { return Ok(()) };
        let done = output.downcast_ref::<Downloaded<DownloadInfo>>().expect("a download");
        let id = done.file.file_id.as_str();
        let first = bytes_of(self.seed, index(self.len));
        let others = after.replaced.iter().filter(|each| each.name == self.name);
        let mut versions = others.map(|each| (each.file_id.as_str(), &each.bytes));
        let is_first = id == self.file_id;
        let version =
            if is_first { Some(&first) } else { versions.find(|it| it.0 == id).map(|it| it.1) };
        let expected = Expected {
            bytes: version.and_then(|version| self.cut(version)),
            has_sha1: (is_first && self.range.is_none()).then_some(self.has_sha1),
            can_seek: self.can_seek,
        };
        expected.check(done, after)
    }
}

fn whole_digest(bytes: &[u8]) -> Value {
    json!({ "large_file_sha1": Sha1::of(bytes).to_string() })
}

/// Those of the two halves.
fn part_digests(bytes: &[u8]) -> Value {
    let (first, second) = bytes.split_at(bytes.len() / 2);
    let digests = vec![Sha1::of(first), Sha1::of(second)];
    let digests = PartDigests::new(bytes.len() as u64, first.len() as u64, digests);
    json!({ "part_sha1s": digests.expect("they cover the file").to_string() })
}

/// What an earlier run has left for some jobs: ranges of the version that is there, or of one that
/// is not there any more.
fn draw_kept(
    rng: &mut Rng,
    file_id: &str,
    len: u64,
    range: Option<(u64, u64)>,
) -> Option<KeptRanges> {
    if rng.below(3) > 0 || len == 0 {
        return None;
    }
    let (file_id, len) = match rng.below(4) {
        0 => ("4_gone".to_owned(), 1 + rng.below(2 * len)),
        _ => (file_id.to_owned(), len),
    };
    let (offset, count) = range.filter(|(from, count)| from + count <= len).unwrap_or((0, len));
    let mut ranges = Vec::new();
    let mut at = rng.below(count);
    while at < count {
        let span = Span { offset: at, len: 1 + rng.below(count - at) };
        at = span.end() + 1 + rng.below(count);
        ranges.push(span);
    }
    Some(KeptRanges { file_id, len, span: Span { offset, len: count }, ranges })
}
