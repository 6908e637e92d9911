//! Kills transfers of each driver at random moments and prints what that cost.

use clap::{Parser, ValueEnum};
use core::time::Duration;
use kill::task::Way;
use kill::{Failure, Outcome, Plan, Programs, table};
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::thread;

/// Kills transfers of each driver at random moments, until they are complete all the same.
#[derive(Parser)]
#[command(name = "kill", version)]
struct Args {
    /// How often each transfer is killed.
    #[arg(long, default_value_t = 50)]
    kills: u32,
    /// Length of the file in millions of bytes.
    #[arg(long, default_value_t = 300)]
    mb: u64,
    /// Which driver.
    #[arg(long, value_enum, default_value_t = Driver::All)]
    driver: Driver,
    /// Which way.
    #[arg(long, value_enum, default_value_t = Ways::Both)]
    way: Ways,
    /// What all random choices follow from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How long an upload lasts on average before it is killed, in milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 2_500)]
    up_life: u64,
    /// The same of a download: what came in the last two seconds is not noted yet.
    #[arg(long, value_name = "MS", default_value_t = 6_000)]
    down_life: u64,
    /// How many thousand bytes pass in a second, in place of what makes one file last.
    #[arg(long, value_name = "KB")]
    kb_per_s: Option<u64>,
    /// Parts or ranges at the same time.
    #[arg(long, default_value_t = 4)]
    lanes: u16,
    /// Length of an upload's parts in KiB.
    #[arg(long, default_value_t = 256)]
    part_kib: u64,
    /// Where the files are; the system's folder for temporary ones unless set.
    #[arg(long)]
    folder: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Driver {
    Tokio,
    Smol,
    Blocking,
    All,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Ways {
    Up,
    Down,
    Both,
}

fn main() -> Result<(), Failure> {
    let args = Args::parse();
    let programs = Programs::build()?;
    // They wait for their bandwidth most of the time, so they can run beside each other.
    let results: Vec<(Plan, Result<Outcome, Failure>)> = thread::scope(|scope| {
        let start = |plan: Plan| {
            let programs = &programs;
            scope.spawn(move || {
                let outcome = plan.run(programs);
                (plan, outcome)
            })
        };
        let running: Vec<_> = args.plans().into_iter().map(start).collect();
        running.into_iter().filter_map(|run| run.join().ok()).collect()
    });
    let (mut done, mut failed) = (Vec::new(), 0);
    for (plan, result) in results {
        match result {
            Ok(outcome) => done.push((plan, outcome)),
            Err(error) => {
                failed += 1;
                eprintln!("b2-{} {:?}: {error}", plan.driver, plan.way);
            }
        }
    }
    write!(io::stdout().lock(), "{}", table(&done))?;
    if failed == 0 { Ok(()) } else { Err(format!("{failed} runs failed").into()) }
}

impl Args {
    fn plans(&self) -> Vec<Plan> {
        let drivers: &[&str] = match self.driver {
            Driver::Tokio => &["tokio"],
            Driver::Smol => &["smol"],
            Driver::Blocking => &["blocking"],
            Driver::All => &["tokio", "smol", "blocking"],
        };
        let ways: &[Way] = match self.way {
            Ways::Up => &[Way::Up],
            Ways::Down => &[Way::Down],
            Ways::Both => &[Way::Up, Way::Down],
        };
        let of = |way: Way| drivers.iter().map(move |driver| self.plan(driver, way));
        ways.iter().copied().flat_map(of).collect()
    }

    fn plan(&self, driver: &'static str, way: Way) -> Plan {
        let len = self.mb * 1_000_000;
        let (life, part_len) = match way {
            Way::Up => (self.up_life, self.part_kib << 10),
            Way::Down => (self.down_life, len.div_ceil(u64::from(self.lanes) * 4)),
        };
        // Before a life moves bytes that count it logs in, reads and looks; of what it moves some
        // is lost. So most of the file takes as long as all lives that are cut short.
        let useful_ms = (life * 3 / 4).max(1) * u64::from(self.kills.max(1));
        Plan {
            driver,
            way,
            len,
            kills: self.kills,
            life: Duration::from_millis(life),
            is_patient: false,
            bandwidth: self.kb_per_s.map_or(len * 4 / 5 * 1_000 / useful_ms, |kb| kb * 1_000),
            lanes: self.lanes,
            part_len,
            seed: self.seed,
            folder: self.folder.clone().unwrap_or_else(std::env::temp_dir),
        }
    }
}
