//! b2-blocking runs the suite.
#![cfg(test)]

use b2_blocking::{Cancel, Client, DownloadBuilder};
use b2_local::account::AccountStore;
use b2_proto::error::Error;
use conformance::Wire;
use conformance::face::{Face, Uploaded};
use conformance::settings::{Setting, Settings};
use conformance::stop::Stop;
use conformance::transfer::{Fetch, Fetched, Source, Target, Upload};
use std::sync::Arc;

#[test]
fn conforms() {
    conformance::run(&Blocking);
}

/// What a driver has no setting for is told, and does not fail.
#[test]
fn settings_that_are_missing_are_told() {
    let report = conformance::run_over(&Poor, Wire::Plain, "proxies::");
    assert!(report.is_ok() && report.passed() == 0);
    let told = "pending: b2-poor, Plain, proxies::a_proxy_that_is_gone: no setting Proxy";
    assert!(report.to_string().contains(told), "{report}");
    // The others are held to the transcripts of all.
    let report = conformance::run_over(&Poor, Wire::Plain, "leases::");
    assert!(report.is_ok() && report.passed() > 5, "{report}");
}

struct Blocking;

/// The same under another name, without the settings that a driver may lack.
struct Poor;

impl Face for Poor {
    type Client = BlockingClient;

    fn name(&self) -> &'static str {
        "b2-poor"
    }

    fn missing(&self) -> &'static [Setting] {
        const ALL: [Setting; 5] = [
            Setting::Proxy,
            Setting::Resolver,
            Setting::ConnectTimeout,
            Setting::IdleTimeout,
            Setting::SilenceTimeout,
        ];
        &ALL
    }

    fn client(&self, settings: Settings) -> Result<BlockingClient, Error> {
        Blocking.client(settings)
    }

    fn client_of_store(&self, store: Arc<dyn AccountStore>) -> Result<BlockingClient, Error> {
        Blocking.client_of_store(store)
    }
}

#[derive(Clone)]
struct BlockingClient {
    inner: Client,
}

#[derive(Clone)]
struct BlockingBucket {
    inner: b2_blocking::Bucket,
}

impl Face for Blocking {
    type Client = BlockingClient;

    fn name(&self) -> &'static str {
        "b2-blocking"
    }

    fn client(&self, settings: Settings) -> Result<BlockingClient, Error> {
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
        Ok(BlockingClient { inner: builder.build()? })
    }

    fn client_of_store(&self, store: Arc<dyn AccountStore>) -> Result<BlockingClient, Error> {
        Ok(BlockingClient { inner: Client::from_store(store)? })
    }
}

macro_rules! done {
    ($face:expr, $result:expr) => {
        $result
    };
}

macro_rules! download {
    ($face:expr, $builder:expr, $fetch:expr) => {
        download($builder, $fetch)
    };
}

macro_rules! sync {
    ($face:expr, $builder:expr, $give_up:expr) => {
        $builder.cancel_with(&cancel($give_up)).send()
    };
}

conformance::delegate! {
    driver: b2_blocking, client: BlockingClient, bucket: BlockingBucket, wait: done,
    wrap: wrap, upload: upload, download: download, sync: sync,
}

fn wrap(_: &BlockingClient, inner: b2_blocking::Bucket) -> BlockingBucket {
    BlockingBucket { inner }
}

fn upload(bucket: &BlockingBucket, name: &str, upload: Upload) -> Result<Uploaded, Error> {
    let source = match upload.source {
        Source::Bytes(bytes) => bytes.into(),
        Source::Path(path) => path.into(),
        Source::PartOf(path, range) => b2_blocking::Source::part_of(path, range),
        Source::Replay(len, open) => b2_blocking::Source::replay(len, open),
        Source::Reader(reader, len) => b2_blocking::Source::reader(reader, len),
        Source::Stream(reader) => b2_blocking::Source::stream(reader),
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
    let builder = builder.cancel_with(&cancel(upload.stop));
    if upload.by_blocks {
        return builder.by_blocks().send().map(|done| done.uploaded);
    }
    builder.send()
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
    let builder = builder.cancel_with(&cancel(fetch.stop));
    Ok(match fetch.to {
        Target::Bytes(max) => builder.to_bytes(max)?.into(),
        Target::Path(path) => builder.save_to(path)?.into(),
        Target::Sink(sink) => builder.to_sink(sink)?.into(),
        Target::Writer(mut writer) => builder.to_writer(&mut writer)?.into(),
    })
}

/// Cancels when it is to be stopped.
fn cancel(stop: Option<Stop>) -> Cancel {
    let cancel = Cancel::new();
    if let Some(stop) = stop {
        let cancel = cancel.clone();
        stop.on_stop(move || cancel.cancel());
    }
    cancel
}
