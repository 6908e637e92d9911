//! Transfers by the drivers, each beside a floor, against the simulator on loopback.
//!
//! ```text
//! transfer [--gib N] [--files N] [--file-len BYTES] [--folder-len N] [--rounds N] [--lanes N]
//!          [--no-verify] [--quick] [--only JOB[,JOB]] [--driver tokio|blocking|smol|all]
//!          [--client CLIENT[,CLIENT]] [--folder PATH] [--whole]
//! ```
//!
//! Jobs are `up`, `up-once` (read once only), `up-stream` (a reader of unknown length, whose bytes
//! are made up as they are read, so that they may be more than any disk has), `down`, `down-noted`
//! (with the digests that `up` notes), `up-small` and `down-small`, `sync-up`, `sync-down` and
//! `sync-again` (nothing has changed); clients `floor` and `ours` (tokio), `blocking-floor`,
//! `blocking`, `smol-floor` and `smol`. Floors upload and download the files of a sync.
//! With `--whole` a floor, too, names a small file only when it is complete and has its time.

use std::io::{self, Write as _};
use std::path::PathBuf;

use b2_benches::transfer::files::Small;
use b2_benches::transfer::run::Plan;
use b2_benches::transfer::{Client, Failure, Job, Task};

fn main() -> Result<(), Failure> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let mut out = io::stdout().lock();
    if let [child, task] = args.as_slice()
        && child == "--child"
    {
        let task: Task = serde_json::from_str(task)?;
        writeln!(out, "{}", serde_json::to_string(&task.perform()?)?)?;
        return Ok(());
    }
    let plan = plan(&args)?;
    let table = plan.run(|line| eprintln!("{line}"))?;
    writeln!(out, "{table}")?;
    Ok(())
}

const JOBS: [(&str, Job); 10] = [
    ("up", Job::UploadLarge),
    ("up-once", Job::UploadOnce),
    ("up-stream", Job::UploadStream),
    ("down", Job::DownloadLarge),
    ("down-noted", Job::DownloadNoted),
    ("up-small", Job::UploadSmall),
    ("down-small", Job::DownloadSmall),
    ("sync-up", Job::SyncUp),
    ("sync-down", Job::SyncDown),
    ("sync-again", Job::SyncAgain),
];

const CLIENTS: [(&str, Client); 6] = [
    ("floor", Client::Floor),
    ("ours", Client::Ours),
    ("smol-floor", Client::SmolFloor),
    ("smol", Client::Smol),
    ("blocking-floor", Client::BlockingFloor),
    ("blocking", Client::Blocking),
];

fn plan(args: &[String]) -> Result<Plan, Failure> {
    let mut plan = Plan {
        large_len: 4 << 30,
        small: Small::default(),
        rounds: 3,
        lanes: 8,
        verify: true,
        clients: CLIENTS.map(|(_, client)| client).to_vec(),
        jobs: JOBS.map(|(_, job)| job).to_vec(),
        parent: memory_folder(),
    };
    let mut args = args.iter().map(String::as_str);
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("{arg} needs a value"));
        match arg {
            "--gib" => plan.large_len = value()?.parse::<u64>()? << 30,
            "--files" => plan.small.count = value()?.parse()?,
            "--file-len" => plan.small.len = value()?.parse()?,
            "--folder-len" => plan.small.folder_len = Some(value()?.parse::<usize>()?.max(1)),
            "--rounds" => plan.rounds = value()?.parse::<usize>()?.max(1),
            "--lanes" => plan.lanes = value()?.parse::<usize>()?.max(1),
            "--folder" => plan.parent = value()?.into(),
            "--whole" => plan.small.is_whole = true,
            "--no-verify" => plan.verify = false,
            "--quick" => (plan.large_len, plan.small.count, plan.rounds) = (250_000_000, 200, 1),
            "--client" => {
                plan.clients = value()?.split(',').map(client).collect::<Result<_, _>>()?
            }
            "--driver" => plan.clients = driver(value()?)?,
            "--only" => plan.jobs = value()?.split(',').map(job).collect::<Result<_, _>>()?,
            // cargo bench adds this one.
            "--bench" => {}
            other => return Err(format!("there is no option {other}").into()),
        }
    }
    Ok(plan)
}

fn job(name: &str) -> Result<Job, Failure> {
    let found = JOBS.iter().find(|(each, _)| *each == name);
    found.map(|(_, job)| *job).ok_or_else(|| format!("there is no job {name}").into())
}

fn client(name: &str) -> Result<Client, Failure> {
    let found = CLIENTS.iter().find(|(each, _)| *each == name);
    found.map(|(_, client)| *client).ok_or_else(|| format!("there is no client {name}").into())
}

/// A driver and its floor.
fn driver(name: &str) -> Result<Vec<Client>, Failure> {
    match name {
        "tokio" => Ok(vec![Client::Floor, Client::Ours]),
        "blocking" => Ok(vec![Client::BlockingFloor, Client::Blocking]),
        "smol" => Ok(vec![Client::SmolFloor, Client::Smol]),
        "all" => Ok(CLIENTS.map(|(_, client)| client).to_vec()),
        other => Err(format!("there is no driver {other}").into()),
    }
}

/// A folder in memory where there is one, so that no disk is measured.
fn memory_folder() -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    if memory.is_dir() { memory } else { std::env::temp_dir() }
}
