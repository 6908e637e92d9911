//! Whether a manifest may take the place of what has its name, when its file is there.

use super::Basis;
use crate::machine::incremental::{newest, visible};
use crate::machine::single::Single;
use crate::op::ListFileNames;
use crate::op::file_spec::DescribeFile as _;
use crate::op::list_file_names::FileNamesPage;
use crate::op::new_file::NewFile;
use crate::plan::blocks::{is_manifest, sidecar_name};

impl Basis {
    /// The call that shows what has the name of the manifest of `file` now: an upload may have
    /// taken hours since that was asked, and somebody may have stored a file there. Nothing if no
    /// manifest is kept.
    #[must_use]
    pub fn last_look(&self, file: &NewFile) -> Option<Single<ListFileNames>> {
        let name = sidecar_name(file.name()).filter(|_| self.takes_manifest)?;
        Some(Single::new(newest(file.spec().bucket_id, &name)))
    }

    /// Takes the answer to that: no manifest is kept over somebody's own file.
    pub fn looked_last(&mut self, file: &NewFile, page: FileNamesPage) {
        let name = sidecar_name(file.name()).unwrap_or_default();
        self.takes_manifest &= visible(page, &name).as_ref().is_none_or(is_manifest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{FileAction, FileVersion, ListEntry};
    use crate::plan::blocks::CONTENT_TYPE;

    #[test]
    fn only_a_manifest_or_nothing_is_replaced() {
        let file = NewFile::new("b", "disk");
        for (content_type, is_kept) in
            [(None, true), (Some(CONTENT_TYPE), true), (Some("text/plain"), false)]
        {
            let mut found = Basis { takes_manifest: true, ..Basis::NOTHING };
            assert!(found.last_look(&file).is_some());
            let rows = content_type.into_iter().map(|content_type| {
                let name = "disk.b2blocks";
                let mut version = FileVersion::new("a", "b", "f", name, FileAction::Upload);
                version.content_type = Some(content_type.into());
                ListEntry::File(version)
            });
            found.looked_last(&file, FileNamesPage::new(rows.collect(), None));
            assert_eq!(found.takes_manifest, is_kept, "{content_type:?}");
            assert_eq!(found.last_look(&file).is_some(), is_kept);
        }
    }
}
