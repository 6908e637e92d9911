//! b2-smol runs the suite.
#![cfg(test)]

use b2_local::account::AccountStore;
use b2_proto::error::{Error, ErrorKind};
use b2_smol::{Client, DownloadBuilder};
use conformance::face::{Face, Uploaded};
use conformance::settings::Settings;
use conformance::stop::Stop;
use conformance::transfer::{Fetch, Fetched, Source, Target, Upload};
use smol::io::AssertAsync;
use std::sync::Arc;

#[test]
fn conforms() {
    conformance::run(&Smol);
}

struct Smol;

#[derive(Clone)]
struct SmolClient {
    inner: Client,
}

#[derive(Clone)]
struct SmolBucket {
    inner: b2_smol::Bucket,
}

impl Face for Smol {
    type Client = SmolClient;

    fn name(&self) -> &'static str {
        "b2-smol"
    }

    fn client(&self, settings: Settings) -> Result<SmolClient, Error> {
        let mut builder = Client::builder()
            .credentials(settings.key_id, settings.key)
            .realm(settings.realm)
            .connections(settings.connections)
            .lanes(settings.lanes)
            .retry_policy(settings.policy)
            .check_clock(settings.check_clock);
        conformance::apply!(
            builder, settings: ca_pem, proxy, resolver, user_agent, buffer_bytes, bandwidth_up,
            bandwidth_down, budget, test_mode, connect_timeout, idle_timeout, silence_timeout,
            lock_files_in, store, resume, login, observer,
        );
        Ok(SmolClient { inner: builder.build()? })
    }

    fn client_of_store(&self, store: Arc<dyn AccountStore>) -> Result<SmolClient, Error> {
        Ok(SmolClient { inner: Client::from_store(store)? })
    }
}

macro_rules! wait {
    ($face:expr, $work:expr) => {
        smol::block_on($work)
    };
}

macro_rules! download {
    ($face:expr, $builder:expr, $fetch:expr) => {
        download($builder, $fetch)
    };
}

macro_rules! sync {
    ($face:expr, $builder:expr, $give_up:expr) => {
        finish($give_up, $builder.send())
    };
}

conformance::delegate! {
    driver: b2_smol, client: SmolClient, bucket: SmolBucket, wait: wait,
    wrap: wrap, upload: upload, download: download, sync: sync,
}

fn wrap(_: &SmolClient, inner: b2_smol::Bucket) -> SmolBucket {
    SmolBucket { inner }
}

fn upload(bucket: &SmolBucket, name: &str, upload: Upload) -> Result<Uploaded, Error> {
    let source = match upload.source {
        Source::Bytes(bytes) => bytes.into(),
        Source::Path(path) => path.into(),
        Source::PartOf(path, range) => b2_smol::Source::part_of(path, range),
        Source::Replay(len, open) => b2_smol::Source::replay(len, open),
        Source::Reader(reader, len) => b2_smol::Source::reader(AssertAsync::new(reader), len),
        Source::Stream(reader) => b2_smol::Source::stream(AssertAsync::new(reader)),
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
        let done = finish(upload.stop, builder.by_blocks().into_future());
        return done.map(|done| done.uploaded);
    }
    finish(upload.stop, builder.into_future())
}

fn download(mut builder: DownloadBuilder, fetch: Fetch) -> Result<Fetched, Error> {
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
    finish(fetch.stop, async {
        Ok(match fetch.to {
            Target::Bytes(max) => builder.to_bytes(max).await?.into(),
            Target::Path(path) => builder.save_to(path).await?.into(),
            Target::Sink(sink) => builder.to_sink(sink).await?.into(),
            Target::Writer(writer) => {
                builder.to_writer(&mut AssertAsync::new(writer)).await?.into()
            }
        })
    })
}

/// Waits for a transfer, or drops it when it is to be stopped.
fn finish<T>(stop: Option<Stop>, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let (stopping, stopped) = smol::channel::bounded(1);
    let kept = stopping.clone();
    if let Some(stop) = stop {
        stop.on_stop(move || {
            let _ = stopping.try_send(());
        });
    }
    let result = smol::block_on(smol::future::or(work, async {
        let _ = stopped.recv().await;
        Err(Error::new(ErrorKind::Cancelled, "dropped"))
    }));
    drop(kept);
    result
}
