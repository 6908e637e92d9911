//! `b2-sim`: the simulated service as a program.

use core::net::SocketAddr;
use core::time::Duration;
use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use b2_sim::Config;
use b2_sim::fault::FaultPlan;
#[cfg(feature = "tls")]
use b2_sim::server::tls_config;
use b2_sim::server::{Server, ServerConfig, StoreKind, Transcript};
use clap::{Parser, Subcommand, ValueEnum};

/// A simulated Backblaze B2 service.
#[derive(Parser)]
#[command(name = "b2-sim", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves the native API over HTTP/1.1; prints one line of JSON when it is ready.
    Serve(Serve),
}

#[derive(clap::Args)]
struct Serve {
    /// Address to listen on; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// `memory`, `none` (content is hashed and dropped) or a folder that survives restarts.
    #[arg(long, default_value = "memory")]
    store: String,
    /// Key ID of the master key.
    #[arg(long, requires = "key")]
    key_id: Option<String>,
    /// The master key.
    #[arg(long, requires = "key_id")]
    key: Option<String>,
    /// Parts of at least 100 bytes, 200 recommended.
    #[arg(long)]
    small_limits: bool,
    /// What identifiers, tokens and faults follow from.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// JSON file with a fault plan.
    #[arg(long)]
    faults: Option<PathBuf>,
    /// Default encryption of new buckets.
    #[arg(long, value_enum, default_value_t = DefaultSse::None)]
    default_sse: DefaultSse,
    /// Believe the SHA-1 a client sends instead of hashing what arrives.
    #[arg(long)]
    no_verify: bool,
    /// Compute MD5 digests too.
    #[arg(long)]
    md5: bool,
    /// Allow custom upload timestamps.
    #[arg(long)]
    custom_timestamps: bool,
    /// Threads that serve connections.
    #[arg(long)]
    threads: Option<usize>,
    /// Closes connections without a request for so many milliseconds.
    #[arg(long, value_name = "MS")]
    idle_max_ms: Option<u64>,
    /// Answers 408 when the next bytes of a body take more than so many milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 60_000)]
    stall_max_ms: u64,
    /// Writes a line of JSON for each request to this file, which is replaced.
    #[arg(long, value_name = "FILE")]
    transcript: Option<PathBuf>,
    /// Serves https with the certificates in this PEM file, the server's own first.
    #[cfg(feature = "tls")]
    #[arg(long, value_name = "PEM", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The private key that goes with them, in PEM.
    #[cfg(feature = "tls")]
    #[arg(long, value_name = "PEM", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum DefaultSse {
    #[value(name = "none")]
    None,
    #[value(name = "SSE-B2")]
    B2,
}

fn main() -> ExitCode {
    let Command::Serve(serve) = Cli::parse().command;
    match run(serve) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("b2-sim: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(serve: Serve) -> Result<(), Box<dyn core::error::Error>> {
    let mut service = Config {
        seed: serve.seed,
        key_id: serve.key_id,
        key: serve.key,
        default_sse_b2: serve.default_sse == DefaultSse::B2,
        verify: !serve.no_verify,
        md5: serve.md5,
        custom_timestamps: serve.custom_timestamps,
        ..Config::default()
    };
    if serve.small_limits {
        service = service.with_small_limits();
    }
    let faults = match &serve.faults {
        Some(path) => FaultPlan::parse(serve.seed, &std::fs::read(path)?)?,
        None => FaultPlan::none(),
    };
    let store = match serve.store.as_str() {
        "memory" => StoreKind::Memory,
        "none" => StoreKind::None,
        folder => StoreKind::Folder(PathBuf::from(folder)),
    };
    let transcript = match &serve.transcript {
        Some(path) => Some(Transcript::to_writer(File::create(path)?)),
        None => None,
    };
    let server = Server::start(ServerConfig {
        listen: serve.listen,
        store,
        service,
        faults,
        threads: serve.threads,
        idle_max: serve.idle_max_ms.map(Duration::from_millis),
        stall_max: Duration::from_millis(serve.stall_max_ms),
        transcript,
        #[cfg(feature = "tls")]
        tls: match serve.tls_cert.zip(serve.tls_key) {
            Some((cert, key)) => Some(tls_config(&std::fs::read(cert)?, &std::fs::read(key)?)?),
            None => None,
        },
    })?;
    let ready = serde_json::json!({
        "url": server.url(),
        "applicationKeyId": server.key_id(),
        "applicationKey": server.key(),
    });
    let mut out = std::io::stdout().lock();
    writeln!(out, "{ready}")?;
    out.flush()?;
    drop(out);
    server.wait();
    Ok(())
}
