//! Where the bytes of an upload come from, as a job's requests share it.

use core::ops::Range;
use core::pin::Pin;
use std::path::PathBuf;
use std::sync::Arc;

use async_lock::Mutex;
use b2_proto::error::{Error, ErrorKind};
use futures_io::AsyncRead;

use super::Driver;
use crate::job;
use crate::sync::Way;

/// A reader that can be read once.
pub type BoxedReader = Pin<Box<dyn AsyncRead + Send>>;

/// The same for a job's requests. Its own type, so that the compiler sees futures with it as
/// [`Send`].
#[derive(Clone)]
pub struct Reader(pub(super) Arc<Mutex<BoxedReader>>);

/// A source of a job.
pub type SourceHandle = job::SourceHandle<Reader>;

/// A source that is ready to be read.
pub type Opened = job::Opened<Reader>;

impl Reader {
    /// A reader for several requests.
    pub fn new(reader: impl AsyncRead + Send + 'static) -> Self {
        Self(Arc::new(Mutex::new(Box::pin(reader))))
    }
}

impl Opened {
    /// The bytes `range` of the file at `path`.
    ///
    /// # Errors
    /// [`Source`](ErrorKind::Source) when it is not a file that can be read, or ends before.
    pub async fn part<D: Driver>(
        driver: &D,
        path: PathBuf,
        range: Range<u64>,
    ) -> Result<Self, Error> {
        let opened = driver.unblock(|| Self::open_part(path, range));
        Ok(opened.await.ok_or_else(broke_off)??)
    }

    /// The file at `path`; a short one is read at once, as it is at this moment.
    ///
    /// # Errors
    /// [`Source`](ErrorKind::Source) when it is not a file that can be read.
    pub async fn path<D: Driver>(driver: &D, path: PathBuf) -> Result<Self, Error> {
        if let Some(opened) = Self::short_at_hand(&path) {
            return Ok(opened);
        }
        Ok(driver.unblock(|| Self::open_file(path)).await.ok_or_else(broke_off)??)
    }

    /// A file of a folder in which links are not followed; a short one is read at once.
    ///
    /// # Errors
    /// As those of [`path`](Self::path).
    pub async fn way<D: Driver>(driver: &D, way: Way) -> Result<Self, Error> {
        Ok(driver.unblock(move || Self::open_way(&way)).await.ok_or_else(broke_off)??)
    }
}

fn broke_off() -> Error {
    Error::new(ErrorKind::Source, "opening the source broke off")
}
