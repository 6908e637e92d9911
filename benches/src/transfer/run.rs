//! Measurements in turn, each in a process of its own.

use super::files::Small;
use super::server::Server;
use super::{Client, Failure, Figures, Job, Task, files};
use crate::measure::median;
use crate::report::Table;
use b2_local::sync::Place;
use b2_proto::model::BucketType;
use b2_proto::op::CreateBucket;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// How much is moved, and how often.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Plan {
    /// Length of the large file, in bytes.
    pub large_len: u64,
    /// The small files.
    pub small: Small,
    /// How often each is measured; the medians count.
    pub rounds: usize,
    /// Requests at the same time.
    pub lanes: usize,
    /// Whether the service hashes what it receives.
    pub verify: bool,
    /// Who is measured.
    pub clients: Vec<Client>,
    /// What is measured. A download needs the upload before it.
    pub jobs: Vec<Job>,
    /// Where files are made, best in memory.
    pub parent: PathBuf,
}

const BUCKET: &str = "benchmarks";
/// The folder of the bucket that is in step with the small files.
const TREE: &str = "tree";
/// Bytes of a file from which on what a GiB costs is of interest.
const BULK_LEN: u64 = 1 << 20;
const GIB: f64 = (1_u64 << 30) as f64;

/// What was measured of one client and job, in all rounds.
#[derive(Clone, Debug, Default)]
struct Samples {
    own: Vec<Figures>,
    server_cpu_s: Vec<f64>,
}

impl Plan {
    /// Measures everything; `notice` gets a line for each measurement.
    ///
    /// # Errors
    /// When one of them fails.
    pub fn run(&self, mut notice: impl FnMut(&str)) -> Result<Table, Failure> {
        let folder = tempfile::tempdir_in(&self.parent)?;
        let is_needed = self.jobs.iter().any(|job| job.needs_file());
        let large_len = if is_needed { self.large_len } else { 0 };
        files::make(folder.path(), large_len, &self.small)?;
        let server = Server::start(self.verify)?;
        self.prepare(&server, folder.path())?;
        let mut table = Table::new(&[
            "job",
            "client",
            "MB/s",
            "files/s",
            "wall s",
            "CPU s",
            "CPU s/GiB",
            "peak MiB",
            "server CPU s/GiB",
            "CPU : floor",
            "wall : floor",
            "first file after s",
        ]);
        for job in &self.jobs {
            let mut samples = vec![Samples::default(); self.clients.len()];
            for round in 0..self.rounds {
                let clients = self.clients.iter().zip(&mut samples);
                for (client, samples) in clients.filter(|(client, _)| client.does(*job)) {
                    files::clear_back(folder.path(), &self.small)?;
                    let task = self.task(*client, *job, round, &server, folder.path());
                    let before = server.usage()?.cpu_s;
                    let figures = in_child(&task)?;
                    let server_cpu_s = server.usage()?.cpu_s - before;
                    notice(&format!(
                        "{job:?} {client:?} {}: {figures:?}, server {server_cpu_s:.2} s",
                        round + 1
                    ));
                    samples.own.push(figures);
                    samples.server_cpu_s.push(server_cpu_s);
                }
            }
            self.rows(&mut table, *job, &samples);
        }
        Ok(table)
    }

    /// Creates the bucket and what jobs download that did not upload it.
    fn prepare(&self, server: &Server, folder: &Path) -> Result<(), Failure> {
        let access = &server.access;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let client = b2_tokio::Client::builder()
                .credentials(access.application_key_id.as_str(), access.application_key.as_str())
                .realm(access.url.as_str())
                .build()?;
            let bucket = CreateBucket::new(BUCKET, BucketType::AllPrivate);
            let bucket = client.create_bucket(bucket).await?;
            let upload = |job| bucket.upload(files::large_name(job), files::large(folder));
            if self.jobs.contains(&Job::DownloadLarge) {
                upload(Job::DownloadLarge).one_pass().await?;
            }
            if self.jobs.contains(&Job::DownloadNoted) {
                upload(Job::DownloadNoted).await?;
            }
            if self.jobs.iter().any(|job| job.needs_tree()) {
                let tree = Place::in_bucket(BUCKET, TREE);
                client.sync(files::all_small(folder), tree).await?;
            }
            Ok(())
        })
    }

    fn task(&self, client: Client, job: Job, round: usize, server: &Server, folder: &Path) -> Task {
        let access = server.access.clone();
        let prefix = if job == Job::SyncUp {
            // Nothing of an earlier round may be there.
            format!("{client:?}-{round}")
        } else {
            (if job.needs_tree() { TREE } else { "small" }).to_owned()
        };
        Task {
            client,
            job,
            url: access.url,
            key_id: access.application_key_id,
            key: access.application_key,
            bucket: BUCKET.to_owned(),
            folder: folder.to_owned(),
            large_len: self.large_len,
            small: self.small,
            prefix,
            lanes: self.lanes,
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    fn rows(&self, table: &mut Table, job: Job, all: &[Samples]) {
        let is_large = job.is_large();
        let bytes = if is_large { self.large_len } else { self.small.bytes() } as f64;
        let is_bulk = is_large || self.small.len >= BULK_LEN;
        let all_of = |client: Client| {
            let at = self.clients.iter().position(|it| *it == client)?;
            all.get(at).filter(|samples| !samples.own.is_empty())
        };
        for client in &self.clients {
            let Some(samples) = all_of(*client) else { continue };
            let row = Row::of(samples);
            let floor = Some(client.floor()).filter(|floor| floor != client);
            let floor = floor.and_then(all_of).map(Row::of);
            let ratio = |of: fn(&Row) -> f64| {
                floor
                    .as_ref()
                    .map_or_else(String::new, |floor| format!("{:.2}", of(&row) / of(floor)))
            };
            let rate = self.small.count as f64 / row.wall_s;
            table.row([
                format!("{job:?}"),
                format!("{client:?}"),
                format!("{:.0}", bytes / row.wall_s / 1e6),
                if is_large { String::new() } else { format!("{rate:.0}") },
                format!("{:.2}", row.wall_s),
                format!("{:.2}", row.cpu_s),
                if is_bulk { format!("{:.2}", row.cpu_s / bytes * GIB) } else { String::new() },
                format!("{:.0}", row.rss_mib),
                if is_bulk { format!("{:.2}", row.server_s / bytes * GIB) } else { String::new() },
                ratio(|row| row.cpu_s),
                ratio(|row| row.wall_s),
                row.first_s.map_or_else(String::new, |first| format!("{first:.3}")),
            ]);
        }
    }
}

/// Medians, but for memory, of which the most counts.
struct Row {
    wall_s: f64,
    cpu_s: f64,
    rss_mib: f64,
    server_s: f64,
    first_s: Option<f64>,
}

impl Row {
    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    fn of(samples: &Samples) -> Self {
        let middle =
            |of: fn(&Figures) -> f64| median(&mut samples.own.iter().map(of).collect::<Vec<f64>>());
        let most = samples.own.iter().map(|each| each.rss_bytes_max).max().unwrap_or(0);
        let mut first_s: Vec<_> = samples.own.iter().filter_map(|each| each.first_s).collect();
        Self {
            wall_s: middle(|each| each.wall_s),
            cpu_s: middle(|each| each.cpu_s),
            rss_mib: most as f64 / (1 << 20) as f64,
            server_s: median(&mut samples.server_cpu_s.clone()),
            first_s: (!first_s.is_empty()).then(|| median(&mut first_s)),
        }
    }
}

/// Performs `task` in a new process of this program.
fn in_child(task: &Task) -> Result<Figures, Failure> {
    let child = Command::new(std::env::current_exe()?)
        .args(["--child", &serde_json::to_string(task)?])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()?;
    if !child.status.success() {
        return Err(format!("{:?} by {:?} failed", task.job, task.client).into());
    }
    Ok(serde_json::from_slice(&child.stdout)?)
}
