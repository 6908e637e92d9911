//! The bucket, as somebody sees it who is not killed.

use crate::Failure;
use crate::task::Access;
use b2_blocking::{Bucket, Client};
use b2_proto::model::BucketType;
use b2_proto::op::CreateBucket;
use b2_proto::wire::text::Sha1;
use sha1::Digest as _;
use std::io;
use std::path::Path;

pub(crate) const BUCKET: &str = "killed";
/// Most rows that are looked at.
const ROWS_MAX: usize = 1_000;
/// Parts of the file that is downloaded: few enough that their digests are noted with it.
const PARTS: u64 = 60;

/// A bucket of its own.
pub(crate) struct Account(Bucket);

impl Account {
    /// Makes the bucket. `folder` is for the client's state.
    pub(crate) fn new(access: &Access, folder: &Path) -> Result<Self, Failure> {
        let client = Client::builder()
            .credentials(&access.application_key_id, &access.application_key)
            .realm(&access.url)
            .lock_files_in(folder.join("claims"))
            .build()?;
        Ok(Self(client.create_bucket(CreateBucket::new(BUCKET, BucketType::AllPrivate))?))
    }

    /// Uploads the file that programs download.
    pub(crate) fn offer(&self, name: &str, path: &Path, len: u64) -> Result<(), Failure> {
        let part_len = len.div_ceil(PARTS);
        self.0.upload(name, path).part_len(part_len).send()?;
        Ok(())
    }

    /// How many versions of the file there are.
    pub(crate) fn versions(&self, name: &str) -> Result<usize, Failure> {
        let rows = self
            .0
            .list_versions(self.0.versions_options().prefix(name))
            .collect_at_most(ROWS_MAX)?;
        Ok(rows.len())
    }

    /// What was started and not finished.
    pub(crate) fn unfinished(&self) -> Result<usize, Failure> {
        Ok(self.0.unfinished().collect_at_most(ROWS_MAX)?.len())
    }

    pub(crate) fn sha1(&self, name: &str) -> Result<Sha1, Failure> {
        let mut hash = Hash(sha1::Sha1::new());
        self.0.download(name).to_writer(&mut hash)?;
        Ok(Sha1(hash.0.finalize().into()))
    }
}

struct Hash(sha1::Sha1);

impl io::Write for Hash {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The SHA-1 of a file here.
pub(crate) fn sha1_of(path: &Path) -> Result<Sha1, Failure> {
    let mut hash = Hash(sha1::Sha1::new());
    io::copy(&mut std::fs::File::open(path)?, &mut hash)?;
    Ok(Sha1(hash.0.finalize().into()))
}
