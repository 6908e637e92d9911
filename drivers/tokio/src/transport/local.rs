//! What a machine asks for that needs no connection.

use super::cause;
use super::meter::Trouble;
use super::outcome::Outcome;
use super::sink::SinkHandle;
use super::source::SourceHandle;
use crate::job::JobIo;
use b2_proto::error::Cause;
use b2_proto::id::BufferId;
use b2_proto::wire::body::{BodyHasher, DigestMode};
use bytes::BytesMut;
use std::sync::Arc;
use tokio::io::AsyncReadExt as _;
use tokio::task::spawn_blocking;

/// Reads the next bytes of a source that cannot be read again.
pub(crate) async fn fill(
    io: Arc<JobIo>,
    slot: BufferId,
    source: Option<SourceHandle>,
    len: u64,
) -> Outcome {
    io.set_buffer(slot, None);
    let Some(SourceHandle::Reader(reader)) = source else {
        return Outcome::failed(Cause::SourceUnreadable, "no source that is read once");
    };
    let mut reader = reader.lock().await;
    let mut from = reader.as_mut().take(len);
    let mut buffer = BytesMut::new();
    let mut hasher = BodyHasher::new(DigestMode::AtEnd);
    loop {
        let before = buffer.len();
        match from.read_buf(&mut buffer).await {
            Ok(0) => break,
            Ok(_) => hasher.update(buffer.get(before..).unwrap_or_default()),
            Err(error) => {
                let (cause, detail) = cause::of_source(&error);
                return Outcome::failed(cause, detail);
            }
        }
    }
    let filled = buffer.len() as u64;
    io.set_buffer(slot, Some(buffer.freeze()));
    Outcome::Filled { len: filled, digest: hasher.finish().0 }
}

/// Tells the digest of what was stored.
pub(crate) async fn digest(sink: Option<SinkHandle>, len: u64) -> Outcome {
    let Some(sink) = sink else {
        return Outcome::failed(Cause::SinkFailed, "the target is not there");
    };
    let digest = if sink.may_wait(len) {
        spawn_blocking(move || sink.digest(len)).await.unwrap_or_else(|_| {
            let detail = "reading the target back broke off".to_owned();
            Err(Trouble { cause: Cause::SinkFailed, detail })
        })
    } else {
        sink.digest(len)
    };
    match digest {
        Ok(digest) => Outcome::Digested { digest },
        Err(trouble) => trouble.into(),
    }
}
