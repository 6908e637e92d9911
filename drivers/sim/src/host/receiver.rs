//! Receives the body of an upload.

use std::io;
use std::sync::Arc;

use md5::Md5;
use sha1::{Digest, Sha1};

use super::{Answer, Host};
use crate::service::{Received, Refusal, Upload};
use crate::store::BlobWriter;

/// Takes the body of an upload. Dropped before [`finish`](Self::finish), the upload has no effect.
pub struct Receiver {
    host: Arc<Host>,
    began_ms: u64,
    /// Taken by the finish.
    upload: Option<Upload>,
    writer: Option<Box<dyn BlobWriter>>,
    content_left: u64,
    trailer_left: u64,
    sha1: Option<Sha1>,
    md5: Option<Md5>,
    trailer: Vec<u8>,
}

impl core::fmt::Debug for Receiver {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Receiver").field("content_left", &self.content_left).finish_non_exhaustive()
    }
}

impl Receiver {
    pub(super) fn new(host: Arc<Host>, began_ms: u64, upload: Upload) -> Self {
        Self {
            host,
            began_ms,
            writer: None,
            content_left: upload.content_len(),
            trailer_left: upload.trailer_len(),
            sha1: upload.wants_sha1().then(Sha1::new),
            md5: upload.wants_md5().then(Md5::new),
            trailer: Vec::new(),
            upload: Some(upload),
        }
    }

    /// Bytes of the body still to come.
    pub fn missing(&self) -> u64 {
        self.content_left + self.trailer_left
    }

    /// Takes a piece of the body. Fails when the store does, or when there is more than was
    /// declared.
    pub fn write(&mut self, data: &[u8]) -> io::Result<()> {
        let content_len = usize::try_from(self.content_left).unwrap_or(usize::MAX).min(data.len());
        let (content, trailer) = data.split_at(content_len);
        if !content.is_empty() {
            self.store(content)?;
            self.content_left -= content_len as u64;
        }
        let trailer_len = trailer.len() as u64;
        if trailer_len > self.trailer_left {
            return Err(io::ErrorKind::InvalidData.into());
        }
        self.trailer.extend_from_slice(trailer);
        self.trailer_left -= trailer_len;
        Ok(())
    }

    /// Answers the upload once its whole body is there.
    pub fn finish(mut self, now_ms: u64) -> Answer {
        let Some(upload) = self.upload.take() else { return Answer::broken() };
        if self.missing() > 0 {
            let message = "The body is shorter than its Content-Length";
            self.upload = Some(upload);
            return Answer::from_refusal(Refusal {
                status: 400,
                code: "bad_request",
                message: message.to_owned(),
            });
        }
        let Ok(blob) = self.writer.take().map(|writer| writer.commit()).transpose() else {
            self.upload = Some(upload);
            return Answer::broken();
        };
        let received = Received {
            blob,
            sha1: self.sha1.take().map(|hash| hash.finalize().into()),
            md5: self.md5.take().map(|hash| hash.finalize().into()),
            trailer: core::mem::take(&mut self.trailer),
        };
        let mut inner = self.host.lock();
        let finished =
            self.host.run(&mut inner, |service| service.finish(now_ms, upload, &received));
        if let Some(blob) = blob.filter(|blob| !inner.service.state().is_referenced(*blob)) {
            // Refused, so nothing will ever name the blob.
            let _ = self.host.store.remove(blob);
        }
        finished.map_or_else(|_| Answer::broken(), |reply| self.host.answer(&mut inner, reply))
    }

    fn store(&mut self, content: &[u8]) -> io::Result<()> {
        if let Some(hash) = &mut self.sha1 {
            hash.update(content);
        }
        if let Some(hash) = &mut self.md5 {
            hash.update(content);
        }
        let writer = match &mut self.writer {
            Some(writer) => writer,
            None => self.writer.insert(self.host.store.create()?),
        };
        writer.write(content)
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        if let Some(upload) = self.upload.take() {
            let mut inner = self.host.lock();
            inner.service.abandon(self.began_ms, &upload);
        }
    }
}
