//! One program and its lives.

use crate::Failure;
use crate::account::{Account, BUCKET, sha1_of};
use crate::count;
use crate::life::{LIFE_MAX, Life};
use crate::programs::Programs;
use crate::server::Server;
use crate::task::{Task, Way};
use b2_proto::rng::Rng;
use b2_proto::wire::text::Sha1;
use core::time::Duration;
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Which program transfers what, and how it is killed.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The driver.
    pub driver: &'static str,
    /// Which way.
    pub way: Way,
    /// How many bytes the file has.
    pub len: u64,
    /// How often the program is killed. When the file is complete before, it begins with another.
    pub kills: u32,
    /// A life that is cut short lasts up to twice this.
    pub life: Duration,
    /// Whether nothing is killed before something of its file is kept.
    pub is_patient: bool,
    /// About so many bytes pass in a second.
    pub bandwidth: u64,
    /// Most parts or ranges at the same time.
    pub lanes: u16,
    /// Length of a part.
    pub part_len: u64,
    /// What the file's bytes and the moments of the kills follow from.
    pub seed: u64,
    /// Where the files are.
    pub folder: PathBuf,
}

/// What it took.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Files that were transferred.
    pub files: u32,
    /// How often the program was killed.
    pub kills: u32,
    /// Kills after which the file was complete.
    pub late_kills: u32,
    /// Bytes of files that passed, per the simulator.
    pub moved: u64,
    /// How many of them had passed before.
    pub again: u64,
    /// Bytes of the last file that the life that completed it had from the ones before.
    pub kept: u64,
    /// How long it took.
    pub time: Duration,
}

/// Most files that are begun for each kill.
const FILES_PER_KILL: u32 = 8;

impl Plan {
    /// Runs until the kills are used up and the file is complete; checks each file, and that
    /// nothing is left beside it.
    ///
    /// # Errors
    /// When a program fails by itself, a byte is wrong, something is left, or more was sent again
    /// than a kill may cost.
    pub fn run(&self, programs: &Programs) -> Result<Outcome, Failure> {
        let began = Instant::now();
        let folder = tempfile::tempdir_in(&self.folder)?;
        let mut run = Run::begin(self, programs, folder.path())?;
        for number in 0..=FILES_PER_KILL.saturating_mul(self.kills) {
            run.transfer(number)?;
            if run.outcome.kills == self.kills {
                break;
            }
        }
        if run.outcome.kills < self.kills {
            return Err("hardly a life is cut short: lives are long enough for whole files".into());
        }
        let mut outcome = run.outcome;
        outcome.moved = count::moved(&run.server.transcript, self.way)?;
        outcome.again = outcome.moved.saturating_sub(u64::from(outcome.files) * self.len);
        outcome.time = began.elapsed();
        if outcome.again > u64::from(outcome.kills) * self.cost_max() {
            return Err(format!("too much was transferred again: {outcome:?}").into());
        }
        Ok(outcome)
    }

    /// Most bytes a kill may cost.
    fn cost_max(&self) -> u64 {
        let under_way = u64::from(self.lanes) * self.part_len;
        match self.way {
            Way::Up => under_way,
            // What comes before it is noted, and what the simulator had sent meanwhile.
            Way::Down => NOTED_LEN + under_way,
        }
    }

    fn source(&self, folder: &Path) -> Result<(PathBuf, Sha1), Failure> {
        let path = folder.join("source");
        let (mut out, mut rng) = (BufWriter::new(File::create(&path)?), Rng::from_seed(self.seed));
        for _ in 0..self.len / 8 {
            out.write_all(&rng.next_u64().to_le_bytes())?;
        }
        out.write_all(&vec![1; usize::try_from(self.len % 8)?])?;
        out.into_inner()?.sync_all()?;
        let sha1 = sha1_of(&path)?;
        Ok((path, sha1))
    }
}

/// What arrived is noted at the latest when it is so many bytes (`b2-local`).
const NOTED_LEN: u64 = 32 << 20;
/// The file that programs download.
const OFFERED: &str = "offered";

struct Run<'a> {
    plan: &'a Plan,
    program: PathBuf,
    folder: PathBuf,
    source: PathBuf,
    sha1: Sha1,
    server: Server,
    account: Account,
    rng: Rng,
    outcome: Outcome,
}

impl<'a> Run<'a> {
    fn begin(plan: &'a Plan, programs: &Programs, folder: &Path) -> Result<Self, Failure> {
        let (source, sha1) = plan.source(folder)?;
        let rate = match plan.way {
            Way::Up => None,
            Way::Down => Some(plan.bandwidth / u64::from(plan.lanes)),
        };
        let server = Server::start(programs, folder, rate)?;
        let account = Account::new(&server.access, folder)?;
        if plan.way == Way::Down {
            account.offer(OFFERED, &source, plan.len)?;
        }
        fs::create_dir(folder.join("target"))?;
        Ok(Self {
            plan,
            program: programs.of(plan.driver),
            folder: folder.to_owned(),
            source,
            sha1,
            server,
            account,
            rng: Rng::from_seed(!plan.seed),
            outcome: Outcome::default(),
        })
    }

    /// One file, in as many lives as it takes.
    fn transfer(&mut self, number: u32) -> Result<(), Failure> {
        let task = self.task(number);
        loop {
            let time = self.time();
            let mut life = Life::start(&self.program, &task, &self.state())?;
            if self.plan.is_patient {
                life.wait_until(|| self.is_kept(&task))?;
            }
            let ended = life.end_within(time)?;
            if let Some(done) = ended {
                self.outcome.kept = done.kept;
                break;
            }
            if self.outcome.kills == self.plan.kills {
                return Err("the program does not come to an end".into());
            }
            self.outcome.kills += 1;
            if self.is_there(&task)? {
                self.outcome.late_kills += 1;
                break;
            }
        }
        self.outcome.files += 1;
        self.check(&task)
    }

    fn task(&self, number: u32) -> Task {
        let (name, path) = match self.plan.way {
            Way::Up => (format!("file-{number}"), self.source.clone()),
            Way::Down => (OFFERED.to_owned(), self.targets().join(format!("file-{number}"))),
        };
        Task {
            way: self.plan.way,
            access: self.server.access.clone(),
            bucket: BUCKET.to_owned(),
            name,
            path,
            lanes: self.plan.lanes,
            part_len: self.plan.part_len,
            bandwidth_up: self.plan.bandwidth,
        }
    }

    /// How long the next life may last.
    fn time(&mut self) -> Duration {
        if self.outcome.kills == self.plan.kills {
            return LIFE_MAX;
        }
        let micros = u64::try_from(self.plan.life.as_micros()).unwrap_or(u64::MAX);
        Duration::from_micros(self.rng.below(micros.saturating_mul(2)))
    }

    /// Whether another life would find something to go on with.
    fn is_kept(&self, task: &Task) -> Result<bool, Failure> {
        match self.plan.way {
            Way::Up => count::has_part(&self.server.transcript),
            Way::Down => {
                let name = task.path.file_name().unwrap_or_default().to_string_lossy();
                let journal = self.targets().join(format!(".{name}.0.b2done"));
                // Behind what it is of, and of what, it says what is there.
                Ok(fs::read_to_string(journal).is_ok_and(|lines| lines.lines().count() > 2))
            }
        }
    }

    /// Whether the file is complete, whatever became of who did it.
    fn is_there(&self, task: &Task) -> Result<bool, Failure> {
        match self.plan.way {
            Way::Up => {
                Ok(self.account.versions(&task.name)? > 0 && self.account.unfinished()? == 0)
            }
            Way::Down => Ok(task.path.exists()),
        }
    }

    /// The bytes are right, and nothing else is there.
    fn check(&self, task: &Task) -> Result<(), Failure> {
        let sha1 = match self.plan.way {
            Way::Up => self.account.sha1(&task.name)?,
            Way::Down => sha1_of(&task.path)?,
        };
        if sha1 != self.sha1 {
            return Err(format!("{}: the bytes are wrong", task.name).into());
        }
        if self.plan.way == Way::Down {
            fs::remove_file(&task.path)?;
        }
        let versions = self.account.versions(&task.name)?;
        let unfinished = self.account.unfinished()?;
        let (files, claims) = (names(&self.targets())?, names(&self.state().join("b2/claims"))?);
        // Who was killed after its file was complete could not remove its claim; nobody needs it.
        let are_few = claims.len() <= usize::try_from(self.outcome.late_kills)?;
        if (versions, unfinished, files.len(), are_few) != (1, 0, 0, true) {
            let left =
                format!("{versions} versions, {unfinished} unfinished, {files:?}, {claims:?}");
            return Err(format!("{}: {left} after {:?}", task.name, self.outcome).into());
        }
        Ok(())
    }

    fn targets(&self) -> PathBuf {
        self.folder.join("target")
    }

    fn state(&self) -> PathBuf {
        self.folder.join("state")
    }
}

/// The names in a folder; none if there is no such folder.
fn names(folder: &Path) -> Result<Vec<String>, Failure> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let name = |entry: std::io::Result<fs::DirEntry>| entry.map(|it| it.file_name());
    let names = fs::read_dir(folder)?.map(name).collect::<Result<Vec<_>, _>>()?;
    Ok(names.iter().map(|name| name.to_string_lossy().into_owned()).collect())
}
