//! The face of b2-tokio.

use b2_local::account::AccountStore;
use b2_proto::error::{Error, ErrorKind};
use b2_tokio::{Client, ClientBuilder, DownloadBuilder};
use conformance::face::{Face, Uploaded};
use conformance::settings::{Setting, Settings};
use conformance::stop::Stop;
use conformance::transfer::{Fetch, Fetched, Source, Target, Upload};
use core::pin::Pin;
use core::task::{Context, Poll};
use std::io::{Read, Write};
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::runtime::Runtime;
use tokio::sync::Notify;

/// Puts the settings into a builder that the connections are made by.
type Connect = fn(ClientBuilder, Settings) -> ClientBuilder;

pub(crate) struct Tokio {
    missing: &'static [Setting],
    runtime: Arc<Runtime>,
    connect: Connect,
}

impl Tokio {
    pub(crate) fn new(missing: &'static [Setting], connect: Connect) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        Self { missing, runtime: Arc::new(runtime.expect("a runtime")), connect }
    }
}

#[derive(Clone)]
pub(crate) struct TokioClient {
    inner: Client,
    runtime: Arc<Runtime>,
}

#[derive(Clone)]
pub(crate) struct TokioBucket {
    inner: b2_tokio::Bucket,
    runtime: Arc<Runtime>,
}

impl Face for Tokio {
    type Client = TokioClient;

    fn name(&self) -> &'static str {
        "b2-tokio"
    }

    fn missing(&self) -> &'static [Setting] {
        self.missing
    }

    fn client(&self, settings: Settings) -> Result<TokioClient, Error> {
        let connection = settings.clone();
        let mut builder = Client::builder()
            .credentials(settings.key_id, settings.key)
            .realm(settings.realm)
            .connections(settings.connections)
            .lanes(settings.lanes)
            .retry_policy(settings.policy)
            .check_clock(settings.check_clock);
        conformance::apply!(
            builder, settings: user_agent, buffer_bytes, bandwidth_up, bandwidth_down, budget,
            test_mode, connect_timeout, silence_timeout, lock_files_in, store, resume, login,
            observer,
        );
        let inner = (self.connect)(builder, connection).build()?;
        Ok(TokioClient { inner, runtime: self.runtime.clone() })
    }

    fn client_of_store(&self, store: Arc<dyn AccountStore>) -> Result<TokioClient, Error> {
        Ok(TokioClient { inner: Client::from_store(store)?, runtime: self.runtime.clone() })
    }
}

macro_rules! wait {
    ($face:expr, $work:expr) => {
        $face.runtime.block_on($work)
    };
}

macro_rules! download {
    ($face:expr, $builder:expr, $fetch:expr) => {
        download(&$face.runtime, $builder, $fetch)
    };
}

macro_rules! sync {
    ($face:expr, $builder:expr, $give_up:expr) => {
        finish(&$face.runtime, $give_up, $builder.send())
    };
}

conformance::delegate! {
    driver: b2_tokio, client: TokioClient, bucket: TokioBucket, wait: wait,
    wrap: wrap, upload: upload, download: download, sync: sync,
}

fn wrap(client: &TokioClient, inner: b2_tokio::Bucket) -> TokioBucket {
    TokioBucket { inner, runtime: client.runtime.clone() }
}

fn upload(bucket: &TokioBucket, name: &str, upload: Upload) -> Result<Uploaded, Error> {
    let source = match upload.source {
        Source::Bytes(bytes) => bytes.into(),
        Source::Path(path) => path.into(),
        Source::PartOf(path, range) => b2_tokio::Source::part_of(path, range),
        Source::Replay(len, open) => b2_tokio::Source::replay(len, open),
        Source::Reader(reader, len) => b2_tokio::Source::reader(Reader(reader), len),
        Source::Stream(reader) => b2_tokio::Source::stream(Reader(reader)),
    };
    let mut builder = bucket.inner.upload(name, source).leftover(upload.leftover);
    for (key, value) in upload.info {
        builder = builder.info(key, value);
    }
    if let Some(setting) = upload.encryption {
        builder = builder.encryption(setting);
    }
    if let Some(retention) = upload.retention {
        builder = builder.retention(retention);
    }
    conformance::apply!(
        builder, upload: content_type, cache_control, content_disposition, content_encoding,
        content_language, expires, upload_timestamp_ms, sha1, modified_ms, legal_hold, part_len,
        lanes, continue_from, progress,
    );
    if upload.no_continue {
        builder = builder.no_continue();
    }
    if upload.one_pass {
        builder = builder.one_pass();
    }
    if upload.incremental {
        builder = builder.incremental();
    }
    if upload.by_blocks {
        let done = finish(&bucket.runtime, upload.stop, builder.by_blocks().into_future());
        return done.map(|done| done.uploaded);
    }
    finish(&bucket.runtime, upload.stop, builder.into_future())
}

fn download(
    runtime: &Runtime,
    mut builder: DownloadBuilder,
    fetch: Fetch,
) -> Result<Fetched, Error> {
    if let Some(key) = fetch.customer_key {
        builder = builder.customer_key(&key);
    }
    if let Some((header, value)) = fetch.override_header {
        builder = builder.override_header(header, value);
    }
    if fetch.no_continue {
        builder = builder.no_continue();
    }
    conformance::apply!(
        builder, fetch: range, lanes, lane_len_min, token, expect_sha1, progress,
    );
    finish(runtime, fetch.stop, async {
        Ok(match fetch.to {
            Target::Bytes(max) => builder.to_bytes(max).await?.into(),
            Target::Path(path) => builder.save_to(path).await?.into(),
            Target::Sink(sink) => builder.to_sink(sink).await?.into(),
            Target::Writer(writer) => builder.to_writer(&mut Writer(writer)).await?.into(),
        })
    })
}

/// Waits for a transfer, or drops it when it is to be stopped.
fn finish<T>(
    runtime: &Runtime,
    stop: Option<Stop>,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let stopped = Arc::new(Notify::new());
    if let Some(stop) = stop {
        let stopped = stopped.clone();
        stop.on_stop(move || stopped.notify_one());
    }
    runtime.block_on(async {
        tokio::select! {
            result = work => result,
            () = stopped.notified() => Err(Error::new(ErrorKind::Cancelled, "dropped")),
        }
    })
}

/// A reader that never waits.
struct Reader(Box<dyn Read + Send>);

impl AsyncRead for Reader {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let count = self.0.read(buffer.initialize_unfilled())?;
        buffer.advance(count);
        Poll::Ready(Ok(()))
    }
}

/// A writer that never waits.
struct Writer(Box<dyn Write + Send>);

impl AsyncWrite for Writer {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Poll::Ready(self.0.write(data))
    }

    fn poll_flush(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(self.0.flush())
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        self.poll_flush(cx)
    }
}
