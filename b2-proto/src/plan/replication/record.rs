//! How far a replication is: pairs of versions by what is to be known about them.

use crate::model::{
    EncryptionMode, FileRetention, FileVersion, Guarded, LegalHold, ReplicationStatus,
};
use alloc::string::String;
use alloc::vec::Vec;

/// What is known about the newest versions of a name. `None` where the side has none, or, of what
/// compares both, where one is missing.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Record {
    /// How far the service is with the source's version; `None` also when no rule covers it.
    pub source_replication_status: Option<ReplicationStatus>,
    /// Whether the source's version is a hide marker.
    pub source_has_hide_marker: Option<bool>,
    /// How the source's version is encrypted; `None` inside when it is not.
    pub source_encryption_mode: Option<Option<EncryptionMode>>,
    /// Whether its name and file info need more room than files with encryption may have.
    pub source_has_large_metadata: Option<bool>,
    /// Whether it has retention, or may have one that the key cannot see.
    pub source_has_file_retention: Option<bool>,
    /// Whether it has a legal hold.
    pub source_has_legal_hold: Option<bool>,
    /// What the destination's version says about itself.
    pub destination_replication_status: Option<ReplicationStatus>,
    /// Whether the file info is different.
    pub metadata_differs: Option<bool>,
    /// Whether SHA-1 or MD5 are different.
    pub hash_differs: Option<bool>,
}

impl Record {
    /// The record of a pair.
    pub fn of(source: Option<&FileVersion>, destination: Option<&FileVersion>) -> Self {
        let both = source.zip(destination);
        Self {
            source_replication_status: source.and_then(|it| it.replication_status.clone()),
            source_has_hide_marker: source.map(FileVersion::is_hide_marker),
            source_encryption_mode: source.map(encryption_mode),
            source_has_large_metadata: source.map(FileVersion::has_large_headers),
            source_has_file_retention: source.map(has_retention),
            source_has_legal_hold: source.map(has_legal_hold),
            destination_replication_status: destination
                .and_then(|it| it.replication_status.clone()),
            metadata_differs: both.map(|(here, there)| here.file_info != there.file_info),
            hash_differs: both.map(|(here, there)| {
                here.content_sha1 != there.content_sha1 || here.content_md5 != there.content_md5
            }),
        }
    }
}

fn encryption_mode(file: &FileVersion) -> Option<EncryptionMode> {
    file.server_side_encryption.as_ref()?.mode.clone()
}

fn has_retention(file: &FileVersion) -> bool {
    match &file.file_retention {
        Some(Guarded::Readable(retention)) => *retention != FileRetention::NONE,
        Some(Guarded::Withheld) => true,
        None => false,
    }
}

fn has_legal_hold(file: &FileVersion) -> bool {
    matches!(&file.legal_hold, Some(Guarded::Readable(Some(LegalHold::On))))
}

/// Pairs that are alike.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Group {
    /// What is known about each.
    pub record: Record,
    /// How many there are.
    pub count: u64,
    /// The name of the first, for a look at it.
    pub first_name: String,
    /// The name of the last.
    pub last_name: String,
}

/// All pairs, by what is known about them, in the order in which each kind came first. There are
/// as many groups as kinds at most, whatever the number of files.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Report {
    /// The groups.
    pub groups: Vec<Group>,
}

impl Report {
    /// Counts a pair.
    pub fn add(&mut self, source: Option<&FileVersion>, destination: Option<&FileVersion>) {
        let Some(name) = source.or(destination).map(|file| &file.file_name) else { return };
        let record = Record::of(source, destination);
        match self.groups.iter_mut().find(|group| group.record == record) {
            Some(group) => {
                group.count += 1;
                group.last_name.clone_from(name);
            }
            None => self.groups.push(Group {
                record,
                count: 1,
                first_name: name.clone(),
                last_name: name.clone(),
            }),
        }
    }

    /// How many pairs were counted.
    pub fn total(&self) -> u64 {
        self.groups.iter().map(|group| group.count).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FileAction;

    fn file(name: &str) -> FileVersion {
        let mut file = FileVersion::new("a", "b", "4_z", name, FileAction::Upload);
        file.replication_status = Some(ReplicationStatus::Completed);
        file
    }

    #[test]
    fn pairs_that_are_alike_are_counted_together() {
        let mut report = Report::default();
        let mut other = file("b");
        other.content_md5 = Some("x".into());
        report.add(Some(&file("a")), Some(&file("a")));
        report.add(Some(&file("b")), Some(&other));
        report.add(Some(&file("c")), None);
        report.add(Some(&file("d")), Some(&file("d")));
        report.add(None, Some(&file("e")));
        report.add(None, None);
        let found: Vec<_> = report
            .groups
            .iter()
            .map(|it| (it.count, it.first_name.as_str(), it.last_name.as_str()))
            .collect();
        assert_eq!(found, [(2, "a", "d"), (1, "b", "b"), (1, "c", "c"), (1, "e", "e")]);
        assert_eq!(report.total(), 5);
        let [same, differs, missing, extra] = report.groups.as_slice() else { panic!("{found:?}") };
        assert_eq!(
            (same.record.hash_differs, differs.record.hash_differs),
            (Some(false), Some(true))
        );
        assert_eq!(missing.record.metadata_differs, None);
        assert_eq!(missing.record.source_has_hide_marker, Some(false));
        let only = Some(ReplicationStatus::Completed);
        let want = Record { destination_replication_status: only, ..Record::default() };
        assert_eq!(extra.record, want);
    }

    #[test]
    fn what_cannot_be_seen_counts_as_there() {
        let mut locked = file("a");
        locked.file_retention = Some(Guarded::Withheld);
        locked.legal_hold = Some(Guarded::Withheld);
        locked.file_info.insert("long".into(), "x".repeat(2_048));
        let record = Record::of(Some(&locked), None);
        assert_eq!(record.source_has_file_retention, Some(true));
        assert_eq!(record.source_has_legal_hold, Some(false));
        assert_eq!(record.source_has_large_metadata, Some(true));
        assert_eq!(record.source_encryption_mode, Some(None));
        locked.file_retention = Some(Guarded::Readable(FileRetention::NONE));
        locked.legal_hold = Some(Guarded::Readable(Some(LegalHold::On)));
        let record = Record::of(Some(&locked), None);
        assert_eq!(record.source_has_file_retention, Some(false));
        assert_eq!(record.source_has_legal_hold, Some(true));
    }
}
