//! A target that is not there yet.

use std::fs;
use std::path::Path;

use super::folder::check_folder;
use super::{FileSink, Way};
use crate::Error;
use crate::sink::beside::{Beside, TargetIs};
use crate::temp::folder_of;
use crate::unnamed::Unnamed;
use crate::volume::{self, Volume};

impl FileSink {
    /// A file that is not there yet. In memory it is made at once, which shows as well as a look at
    /// the folder whether files can be made there.
    pub(super) fn missing(
        path: &Path,
        folder: Option<Volume>,
        is_kept: bool,
    ) -> Result<Beside, Error> {
        let volume = folder.unwrap_or(Volume::Disk);
        let unnamed = (volume == Volume::Memory).then(|| Unnamed::create(path)).flatten();
        if unnamed.is_none() {
            check_folder(path, folder)?;
        }
        Ok(Beside::new(path.to_owned(), TargetIs::New(unnamed), volume, is_kept))
    }

    /// A new file in the folder in memory that was looked at last, if it still is one: most files
    /// follow others into the same folder, and the first look at it costs more than the rest.
    pub(super) fn after_another(path: &Path, is_kept: bool) -> Option<Self> {
        if !volume::was_in_memory(folder_of(path)) || fs::symlink_metadata(path).is_ok() {
            return None;
        }
        let unnamed = Unnamed::create(path).filter(Unnamed::is_in_memory)?;
        let target_is = TargetIs::New(Some(unnamed));
        let beside = Beside::new(path.to_owned(), target_is, Volume::Memory, is_kept);
        Some(Self { way: Way::Beside(Box::new(beside)), path: path.to_owned() })
    }
}
