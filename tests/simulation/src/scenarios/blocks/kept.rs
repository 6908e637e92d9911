//! The manifest of what was uploaded: it is kept, and takes the place of the one before.

use b2_local::face::BlocksRead;
use b2_proto::error::{Error, ErrorKind};
use b2_proto::machine::engine::{AnyOutput, JobId};
use b2_proto::machine::single::Single;
use b2_proto::model::FileVersion;
use b2_proto::op::DeleteFileVersion;
use b2_proto::plan::blocks::{BlockDigest, Manifest, sidecar_name};

use super::{Plan, makes, sent};
use crate::checkers::repeats_have_reasons::Needs;
use crate::checkers::versions_match_outcomes::Makes;
use crate::jobs::{After, Job, Reading, Seat, Step};
use crate::source::Source;
use crate::world::index;

/// Keeping the manifest of a version.
#[derive(Clone, Debug)]
pub(super) struct Keep {
    name: String,
    read: Box<BlocksRead>,
    version: FileVersion,
    /// Its bucket retains all files.
    is_retained: bool,
}

/// Deleting the one before.
#[derive(Clone, Debug)]
struct Replace {
    name: String,
    file_id: String,
    is_retained: bool,
}

const DELETE: &str = "b2_delete_file_version";

impl Keep {
    /// What follows when `version` was stored.
    pub(super) fn of(plan: &Plan, read: &BlocksRead, version: &FileVersion) -> Option<Step> {
        let (_, bytes) = read.clone().manifest(version)?;
        let keep = Self {
            name: sidecar_name(&plan.name)?,
            read: Box::new(read.clone()),
            version: version.clone(),
            is_retained: plan.guard.is_default_of_bucket(),
        };
        Some((Box::new(keep), Source::literal(bytes)))
    }
}

impl Job for Keep {
    fn add(&self, seat: &mut Seat<'_>) -> JobId {
        let (put, _) = self.read.clone().manifest(&self.version).expect("as before");
        seat.add_unseen(put)
    }

    fn needs(&self) -> Needs {
        Needs::from([
            ("b2_start_large_file", 1),
            ("b2_get_upload_url", 1),
            ("b2_upload_file", 1),
            ("b2_get_upload_part_url", 64),
            ("b2_upload_part", 100),
            ("b2_finish_large_file", 1),
            ("b2_get_file_info", 3),
            ("b2_cancel_large_file", 1),
            (DELETE, 1),
        ])
    }

    fn next(&self, outcome: &Result<AnyOutput, Error>, _now: Reading<'_>) -> Option<Step> {
        outcome.as_ref().ok()?;
        let old = self.read.replaced()?;
        let (name, is_retained) = (self.name.clone(), self.is_retained);
        let replace = Replace { name, file_id: old.file_id, is_retained };
        Some((Box::new(replace), Source::none()))
    }

    fn makes(&self, outcome: &Result<AnyOutput, Error>, after: &After<'_>) -> Option<Makes> {
        let told = match outcome {
            Ok(output) => {
                let sent = sent(output);
                Ok((sent.file.file_id.as_str().to_owned(), sent.may_be_duplicate))
            }
            Err(error) => {
                let is_of_version = error.operation != "b2_start_large_file";
                Err(error.may_have_taken_effect && is_of_version)
            }
        };
        Some(makes(self.name.clone(), told, false, after))
    }

    /// Each manifest that was made says the truth about a version that is there.
    fn check(&self, _outcome: &Result<AnyOutput, Error>, after: &After<'_>) -> Result<(), String> {
        for made in after.held.iter().filter(|held| held.is_made && held.name == self.name) {
            let of = |file_id: &str| {
                let described = after.held.iter().find(|held| held.file_id == file_id);
                described.map(|held| &held.bytes[..])
            };
            if !check_manifest(&made.bytes, of)? {
                return Err("a manifest of a version that is not there".to_owned());
            }
        }
        Ok(())
    }
}

impl Job for Replace {
    fn add(&self, seat: &mut Seat<'_>) -> JobId {
        seat.add(Single::new(DeleteFileVersion::new(self.file_id.clone(), self.name.clone())))
    }

    fn needs(&self) -> Needs {
        Needs::from([(DELETE, 1)])
    }

    /// A bucket that retains its files keeps the old one, too.
    fn is_overtaken(&self, error: &Error) -> bool {
        self.is_retained && error.kind == ErrorKind::AccessDenied
    }

    fn is_done_before(&self, error: &Error) -> bool {
        error.kind == ErrorKind::NotFound && error.operation == DELETE
    }

    /// The new one is there whatever came of it.
    fn check(&self, _outcome: &Result<AnyOutput, Error>, after: &After<'_>) -> Result<(), String> {
        let mut made = after.held.iter().filter(|held| held.is_made && held.name == self.name);
        made.next().map(|_| ()).ok_or_else(|| "S1: no manifest is left".to_owned())
    }
}

/// Compares a manifest with the bytes of the version that it is of; whether that is there.
pub(crate) fn check_manifest<'a>(
    bytes: &[u8],
    version: impl Fn(&str) -> Option<&'a [u8]>,
) -> Result<bool, String> {
    let read = Manifest::read(bytes.to_vec());
    let manifest = read.map_err(|error| format!("a manifest was kept that is {error}"))?;
    let Some(mut rest) = version(manifest.file_id()) else { return Ok(false) };
    for block in manifest.blocks() {
        let (bytes, behind) = rest.split_at(index(block.len.into()).min(rest.len()));
        if BlockDigest::of(bytes) != block.digest {
            return Err("a manifest that says what is not so".to_owned());
        }
        rest = behind;
    }
    if rest.is_empty() { Ok(true) } else { Err("a manifest of a part of its version".to_owned()) }
}
