//! The body of a request, counted while it is read.

use core::future::poll_fn;
use core::pin::Pin;
use core::time::Duration;

use bytes::Bytes;
use http_body::Body;
use tokio::sync::oneshot;

use super::transcript::Entry;
use crate::service::JSON_BODY_LEN_MAX;

/// How much of an unwanted body is read, and for how long, so that the client sees the answer
/// before its connection closes: one on a busy machine may send for a while before it looks.
const DRAIN_LEN_MAX: u64 = 32 << 20;
const DRAIN_MS: u64 = 2_000;

/// Why a connection is broken off instead of answered.
#[derive(Debug, thiserror::Error)]
#[error("connection broken by the fault plan or by the peer")]
pub(super) struct Broken;

/// Why a body did not come to its end.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// The connection broke.
    Broken,
    /// Nothing came for too long.
    Stalled,
}

/// The body of one request.
pub(super) struct Intake<B> {
    body: B,
    entry: Option<Entry>,
    /// How long the next bytes may take.
    stall_max: Duration,
}

impl<B: Body<Data = Bytes> + Unpin> Intake<B> {
    pub(super) const fn new(body: B, entry: Option<Entry>, stall_max: Duration) -> Self {
        Self { body, entry, stall_max }
    }

    /// Where the request is recorded.
    pub(super) fn entry(&self) -> Option<Entry> {
        self.entry.clone()
    }

    /// Whether all of it was read.
    pub(super) fn is_over(&self) -> bool {
        self.body.is_end_stream()
    }

    /// The next bytes.
    pub(super) async fn next(&mut self) -> Option<Result<Bytes, Cut>> {
        loop {
            let body = &mut self.body;
            let frame = poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx));
            match tokio::time::timeout(self.stall_max, frame).await {
                Ok(Some(Ok(frame))) => {
                    let Ok(data) = frame.into_data() else { continue };
                    if let Some(entry) = &self.entry {
                        entry.received(data.len());
                    }
                    return Some(Ok(data));
                }
                Ok(Some(Err(_))) => return Some(Err(Cut::Broken)),
                Ok(None) => return None,
                Err(_) => return Some(Err(Cut::Stalled)),
            }
        }
    }

    /// All of it; `None` when it is longer than a call may be.
    pub(super) async fn read_json(&mut self) -> Result<Option<Vec<u8>>, Cut> {
        let mut bytes = Vec::new();
        while let Some(data) = self.next().await {
            bytes.extend_from_slice(&data?);
            if bytes.len() > JSON_BODY_LEN_MAX {
                return Ok(None);
            }
        }
        Ok(Some(bytes))
    }

    /// All of it, however long it is.
    pub(super) async fn read_whole(&mut self) -> Result<Vec<u8>, Cut> {
        let mut bytes = Vec::new();
        while let Some(data) = self.next().await {
            bytes.extend_from_slice(&data?);
        }
        Ok(bytes)
    }

    /// Reads on for a while after the answer.
    pub(super) async fn drain(mut self) {
        let reading = async {
            let mut drained = 0;
            while let Some(Ok(data)) = self.next().await {
                drained += data.len() as u64;
                if drained > DRAIN_LEN_MAX {
                    return;
                }
            }
        };
        // When the time is up the connection closes all the same.
        let _ = tokio::time::timeout(Duration::from_millis(DRAIN_MS), reading).await;
    }

    /// Reads on until the body ends or, which is told, the peer has gone: nobody else looks while
    /// an answer stops.
    pub(super) async fn drain_until_gone(mut self, gone: oneshot::Sender<()>) {
        while let Some(data) = self.next().await {
            if matches!(data, Err(Cut::Broken)) {
                // An answer that has ended meanwhile need not know.
                let _ = gone.send(());
                return;
            }
        }
    }
}
