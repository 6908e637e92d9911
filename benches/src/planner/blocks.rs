//! Files of a GiB and what became of them, and what uploading them by blocks moves.
//!
//! A version is a list of extents of endless streams without a pattern, so that nothing is kept of
//! it and every run has the same bytes.

use b2_proto::limits::PART_LEN_MIN;
use b2_proto::plan::blocks::{Manifest, Matched, Matcher};

use super::shapes::Numbers;

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;
/// The stream that is empty space.
const ZEROS: u64 = 0;
const ID: &str = "4_z8d625eb63be2775577c70e1a";

/// Some bytes of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Extent {
    stream: u64,
    from: u64,
    len: u64,
}

/// One version of a file.
#[derive(Clone, Debug, Default)]
pub struct Version(Vec<Extent>);

/// A file and its next version.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// What the table calls it.
    pub name: &'static str,
    /// Both versions.
    pub versions: fn() -> [Version; 2],
}

/// All of them.
pub const CASES: [Case; 10] = [
    Case { name: "unchanged", versions: || [noise(), noise()] },
    Case { name: "10 MiB appended", versions: || [noise(), noise().then(2, 10 * MIB)] },
    Case { name: "1 byte inserted at the front", versions: insert },
    Case { name: "1 MiB removed in the middle", versions: remove },
    Case { name: "1 % changed, in runs of 1 MiB", versions: || scattered(MIB) },
    Case { name: "1 % changed, in runs of 64 KiB", versions: || scattered(64 * KIB) },
    Case { name: "1 % changed, in runs of 4 KiB", versions: || scattered(4 * KIB) },
    Case { name: "tar sorted anew, files of 1 to 64 MiB", versions: || tar(MIB, 64 * MIB) },
    Case { name: "tar sorted anew, files of 4 KiB to 4 MiB", versions: || tar(4 * KIB, 4 * MIB) },
    Case { name: "image, half of it empty, 20 runs of 64 KiB written", versions: image },
];

impl Version {
    /// Adds the first bytes of a stream.
    #[must_use]
    pub fn then(mut self, stream: u64, len: u64) -> Self {
        self.0.push(Extent { stream, from: 0, len });
        self
    }

    /// Its length, in bytes.
    pub fn len(&self) -> u64 {
        self.0.iter().map(|extent| extent.len).sum()
    }

    /// Whether it has no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes from one place to another.
    fn slice(&self, from: u64, to: u64) -> Self {
        let mut at = 0;
        let cut = self.0.iter().filter_map(|extent| {
            let begin = at;
            at += extent.len;
            let (first, end) = (from.max(begin), to.min(at));
            let cut = Extent {
                from: extent.from + (first.max(begin) - begin),
                len: end.saturating_sub(first),
                ..*extent
            };
            (cut.len > 0).then_some(cut)
        });
        Self(cut.collect())
    }

    fn concat(parts: impl IntoIterator<Item = Self>) -> Self {
        Self(parts.into_iter().flat_map(|part| part.0).collect())
    }

    /// This version with runs of new bytes at these places, which are in order.
    fn written(&self, places: &[u64], len: u64) -> Self {
        let mut parts = Vec::new();
        let mut end = 0;
        for (place, stream) in places.iter().zip(1_000..) {
            parts.extend([self.slice(end, *place), Self::default().then(stream, len)]);
            end = place + len;
        }
        parts.push(self.slice(end, self.len()));
        Self::concat(parts)
    }

    /// Gives all its bytes away, in pieces.
    pub fn read(&self, mut give: impl FnMut(&[u8])) {
        let mut bytes = vec![0; 256 << 10];
        for extent in &self.0 {
            let (mut from, end) = (extent.from, extent.from + extent.len);
            while from < end {
                let len = usize::try_from(end - from).unwrap_or(usize::MAX).min(bytes.len());
                fill(extent.stream, from, &mut bytes[..len]);
                give(&bytes[..len]);
                from += len as u64;
            }
        }
    }

    /// How many bytes both begin with, if that is all of `base`.
    pub fn grown_from(&self, base: &Self) -> Option<u64> {
        let same = self.0.iter().zip(&base.0).all(|(ours, theirs)| ours == theirs);
        (same && self.0.len() >= base.0.len()).then(|| base.len())
    }

    /// Its manifest.
    ///
    /// # Panics
    /// Never: a GiB has few blocks.
    pub fn manifest(&self) -> Vec<u8> {
        let matched = self.matched(None);
        matched.draft.and_then(|draft| draft.finish(ID, matched.sha1)).expect("few blocks")
    }

    /// What it has of the version with this manifest.
    pub fn matched(&self, base: Option<Manifest>) -> Matched {
        let mut matcher = Matcher::new(self.len(), PART_LEN_MIN, base);
        self.read(|bytes| matcher.update(bytes));
        matcher.finish()
    }
}

/// Bytes of a stream, eight for each number.
fn fill(stream: u64, from: u64, bytes: &mut [u8]) {
    if stream == ZEROS {
        return bytes.fill(0);
    }
    let mut at = 0;
    while at < bytes.len() {
        let place = from + at as u64;
        let word = Numbers(stream.wrapping_mul(0xd134_2543_de82_ef95).wrapping_add(place / 8));
        let word = { word }.below(u64::MAX).to_le_bytes();
        let word = &word[usize::try_from(place % 8).expect("less than eight")..];
        let len = word.len().min(bytes.len() - at);
        bytes[at..at + len].copy_from_slice(&word[..len]);
        at += len;
    }
}

/// A GiB without a pattern.
fn noise() -> Version {
    Version::default().then(1, GIB)
}

fn insert() -> [Version; 2] {
    [noise(), Version::concat([Version::default().then(2, 1), noise()])]
}

fn remove() -> [Version; 2] {
    let half = GIB / 2;
    [noise(), Version::concat([noise().slice(0, half), noise().slice(half + MIB, GIB)])]
}

/// A hundredth of the runs is new.
fn scattered(run: u64) -> [Version; 2] {
    let mut numbers = Numbers(run);
    let places: Vec<_> = (0..GIB / run).filter(|_| numbers.below(100) == 0).collect();
    let places: Vec<_> = places.into_iter().map(|place| place * run).collect();
    [noise(), noise().written(&places, run)]
}

/// A GiB of files, as many of them shorter than a length as longer than twice that, in an archive:
/// heads of 512 bytes, and content that is filled up to as many.
fn tar(shortest: u64, longest: u64) -> [Version; 2] {
    let mut numbers = Numbers(longest);
    let (mut files, mut len) = (Vec::new(), 0);
    while len < GIB {
        let doublings = numbers.below(u64::from((longest / shortest).ilog2()));
        let file = (shortest << doublings) + numbers.below(shortest << doublings);
        let stream = 100_000 + 2 * files.len() as u64;
        let member = Version::default().then(stream, 512).then(stream + 1, file);
        files.push(member.then(ZEROS, file.next_multiple_of(512) - file));
        len += file;
    }
    let before = Version::concat(files.clone());
    for at in (1..files.len()).rev() {
        files.swap(at, usize::try_from(numbers.below(at as u64 + 1)).expect("an index"));
    }
    [before, Version::concat(files)]
}

/// The image of a disk: 32 MiB that are used, then 32 MiB that are not, and so on.
fn image() -> [Version; 2] {
    let area = |at| Version::default().then(at % 2 * (at + 10), 32 * MIB);
    let before = Version::concat((0..GIB / (32 * MIB)).map(area));
    let mut numbers = Numbers(20);
    let mut places: Vec<_> = (0..20).map(|_| numbers.below(GIB / (64 * KIB))).collect();
    places.sort_unstable();
    places.dedup();
    let places: Vec<_> = places.into_iter().map(|place| place * 64 * KIB).collect();
    let after = before.written(&places, 64 * KIB);
    [before, after]
}

#[cfg(test)]
mod tests {
    use super::*;
    use b2_proto::wire::text::Sha1;

    fn bytes(version: &Version) -> Vec<u8> {
        let mut all = Vec::new();
        version.read(|bytes| all.extend(bytes));
        all
    }

    #[test]
    fn extents_are_the_same_bytes_however_they_are_cut() {
        let whole = Version::default().then(7, 10_000).then(ZEROS, 10).then(8, 700_000);
        let cut = Version::concat([whole.slice(0, 3), whole.slice(3, 10_003)]);
        assert_eq!(bytes(&cut), bytes(&whole)[..10_003]);
        assert_eq!(whole.slice(10_009, 10_011).len(), 2);
        assert_ne!(bytes(&whole)[..8], bytes(&whole)[8..16]);

        let written = bytes(&whole.written(&[5, 600_000], 100));
        let same = written.iter().zip(bytes(&whole)).filter(|(ours, theirs)| *ours == theirs);
        assert!((written.len() - 202..=written.len() - 190).contains(&same.count()));
    }

    #[test]
    fn versions_are_matched() {
        let base = Version::default().then(7, 12_000_000);
        let manifest = Manifest::read(base.manifest()).unwrap();
        let next = Version::default().then(8, 1_000).then(7, 12_000_000);
        let matched = next.matched(Some(manifest));
        assert_eq!(matched.sha1, Sha1::of(&bytes(&next)));
        assert!(matched.matches[0].span.len > 11_000_000);
        assert_eq!((next.grown_from(&base), base.grown_from(&base)), (None, Some(12_000_000)));
        assert_eq!(base.clone().then(9, 1).grown_from(&base), Some(12_000_000));
    }
}
