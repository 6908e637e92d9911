//! What the service has of a file before it is uploaded by blocks.

use b2_proto::machine::basis::{Basis, NoBasis};
use b2_proto::plan::blocks::{CONTENT_TYPE, Matcher, sidecar_name};
use b2_proto::rng::Rng;
use b2_proto::wire::text::Sha1;
use serde_json::json;

use super::PART_LEN_MIN;
use crate::scenarios::Guard;
use crate::service::{BEGIN_MS, Side};
use crate::source::range_of;
use crate::world::index;

/// What is there.
#[derive(Debug)]
pub(super) struct State {
    /// The manifest says that the version has what it has not.
    pub(super) is_forged: bool,
    /// The file is so short that nobody looks.
    is_short: bool,
    has_version: bool,
    manifest: Sidecar,
}

/// What has the name of the manifest.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Sidecar {
    None,
    /// The manifest of the version.
    Right,
    /// One of the version that says something else.
    Forged,
    /// One of another version.
    Other,
    /// No manifest, but of its type.
    Damaged,
    /// Somebody's file.
    Foreign,
}

impl State {
    /// Puts a version there, or none, and a manifest, or none. The new file has `len` bytes that
    /// follow from `seed`.
    pub(super) fn draw(
        (name, guard): (&str, &Guard),
        (seed, len): (u64, u64),
        rng: &mut Rng,
        side: &Side,
    ) -> Self {
        let new = range_of(seed, 0, index(len));
        let old = changed(&new, rng);
        let manifest = match rng.below(10) {
            0 => Sidecar::None,
            1 | 2 => Sidecar::Forged,
            3 => Sidecar::Other,
            4 => Sidecar::Damaged,
            5 => Sidecar::Foreign,
            _ => Sidecar::Right,
        };
        let (has_version, is_large, knows_sha1) =
            (rng.below(6) > 0, rng.below(2) == 0, rng.below(3) > 0);
        let is_short = len <= PART_LEN_MIN;
        let sha1 = Sha1::of(&old);
        let file_id = if !has_version {
            "4_zgone".to_owned()
        } else if is_large && old.len() as u64 >= 2 * PART_LEN_MIN {
            let info =
                if knows_sha1 { json!({ "large_file_sha1": sha1.to_string() }) } else { json!({}) };
            side.put_large(BEGIN_MS, guard.place(name), &old, &info)
        } else {
            side.put(BEGIN_MS, guard.place(name), &old)
        };
        let manifest = if old.is_empty() { Sidecar::None } else { manifest };
        let is_forged = manifest == Sidecar::Forged && has_version;
        if let Some((bytes, kind)) = sidecar(manifest, (&old, &new), &file_id, sha1) {
            let name = sidecar_name(name).expect("a short name");
            side.put_as(BEGIN_MS, (guard.place(&name), kind), &bytes);
        }
        Self { is_forged, is_short, has_version, manifest }
    }

    /// Compares with what was found.
    pub(super) fn check(&self, basis: &Basis) -> Result<(), String> {
        let fits = match basis.lacks {
            // A manifest that says the same length is taken at its word.
            None => {
                let is_there = matches!(self.manifest, Sidecar::Right | Sidecar::Forged);
                self.has_version && is_there && basis.manifest.is_some()
            }
            Some(NoBasis::TooShort) => self.is_short,
            Some(NoBasis::NoVersion) => !self.has_version && self.manifest != Sidecar::Foreign,
            Some(NoBasis::NoManifest) => self.has_version && self.manifest == Sidecar::None,
            Some(NoBasis::NameTaken) => self.manifest == Sidecar::Foreign,
            Some(NoBasis::OtherVersion) => self.has_version && self.manifest == Sidecar::Other,
            Some(NoBasis::Unreadable(_)) => self.has_version && self.manifest == Sidecar::Damaged,
            // Only where it failed, which is another checker's.
            Some(NoBasis::Unreachable(_)) => true,
            Some(_) => false,
        };
        let takes = self.is_short || basis.takes_manifest == (self.manifest != Sidecar::Foreign);
        if fits && takes { Ok(()) } else { Err(format!("{:?} of {self:?}", basis.lacks)) }
    }
}

/// A version of before: the same, unrelated, or with up to three changes.
fn changed(new: &[u8], rng: &mut Rng) -> Vec<u8> {
    let mut old = new.to_vec();
    match rng.below(8) {
        0 => return old,
        1 => return range_of(rng.next_u64(), 0, index(rng.below(6_000))),
        _ => {}
    }
    for _ in 0..1 + rng.below(3) {
        let at = index(rng.below(old.len() as u64 + 1));
        let len = index(rng.below(500)).min(old.len() - at);
        let other = range_of(rng.next_u64(), 0, index(rng.below(500)));
        match rng.below(3) {
            0 => drop(old.drain(at..at + len)),
            1 => drop(old.splice(at..at, other)),
            _ => drop(old.splice(at..at + len, other)),
        }
    }
    old
}

/// The bytes of a manifest, and its content type.
fn sidecar(
    which: Sidecar,
    (old, new): (&[u8], &[u8]),
    file_id: &str,
    sha1: Sha1,
) -> Option<(Vec<u8>, &'static str)> {
    let manifest = |content: &[u8], file_id: &str| {
        let mut matcher = Matcher::new(content.len() as u64, PART_LEN_MIN, None);
        matcher.update(content);
        matcher.finish().draft.and_then(|draft| draft.finish(file_id, sha1)).expect("few blocks")
    };
    let bytes = match which {
        Sidecar::None => return None,
        Sidecar::Foreign => return Some((b"mine".to_vec(), "text/plain")),
        Sidecar::Right => manifest(old, file_id),
        Sidecar::Other => manifest(old, "4_zother"),
        Sidecar::Damaged => b"b2blocks and then nothing".to_vec(),
        Sidecar::Forged => {
            let mut forged = new.to_vec();
            forged.resize(old.len(), 7);
            manifest(&forged, file_id)
        }
    };
    Some((bytes, CONTENT_TYPE))
}
