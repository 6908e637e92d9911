//! What is done in a run: each seed draws which kinds of jobs, sizes and limits there are at all.

use b2_proto::policy::meter::Budget;
use b2_proto::rng::Rng;

use crate::faults::Faults;
use crate::jobs::Job;
use crate::service::{BEGIN_MS, Side};
use crate::source::{Source, Trouble};
use crate::world::{Happening, World, index};

mod blocks;
mod build;
mod clean;
mod copy;
mod delete;
mod get;
mod go_on;
mod grow;
mod guard;
mod hide;
mod list;
mod lock;
mod make_bucket;
mod make_key;
mod manner;
mod put;

pub(crate) use blocks::{BlocksJob, check_manifest};
pub(crate) use build::BuildJob;
pub(crate) use clean::CleanJob;
pub(crate) use copy::CopyJob;
pub(crate) use delete::DeleteJob;
pub(crate) use get::GetJob;
pub(crate) use go_on::GoOnJob;
pub(crate) use grow::GrowJob;
pub(crate) use guard::Guard;
pub(crate) use hide::HideJob;
pub(crate) use list::ListJob;
pub(crate) use lock::LockJob;
pub(crate) use make_bucket::MakeBucketJob;
pub(crate) use make_key::MakeKeyJob;
pub(crate) use manner::Manner;
pub(crate) use put::PutJob;

/// A version that is older than a lost upload by so much is not taken for it.
const TWIN_AGE_MS: u64 = 60_000;

/// Once in so many seeds a sync has more names to remove than a plan can hold back at once.
const MANY_EACH: u64 = 256;
const MANY_AT: u64 = 13;

/// A kind of job.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Put,
    /// The same upload twice at a time: two versions that nobody can tell apart by their looks.
    Twins,
    Get,
    List,
    Copy,
    Hide,
    Build,
    /// A file that has changed since its newest version, of whose blocks a manifest may be there.
    Blocks,
    /// A file that has grown since its newest version.
    Grow,
    Delete,
    /// A version is locked, or freed.
    Lock,
    MakeBucket,
    MakeKey,
    /// An upload that goes on with an unfinished file of yesterday.
    GoOn,
    /// All unfinished files of yesterday are cancelled.
    Clean,
}

const KINDS: [Kind; 15] = [
    Kind::Put,
    Kind::Twins,
    Kind::Get,
    Kind::List,
    Kind::Copy,
    Kind::Hide,
    Kind::Build,
    Kind::Grow,
    Kind::Blocks,
    Kind::Delete,
    Kind::Lock,
    Kind::MakeBucket,
    Kind::MakeKey,
    Kind::GoOn,
    Kind::Clean,
];

/// One to six jobs at once, as a seed draws them.
pub(crate) fn of_seed(seed: u64) -> World {
    let mut rng = Rng::from_seed(seed ^ 0x5157_0a11);
    let faults = Faults::of_seed(seed, &mut rng);
    // Tokens that live for a minute end in the middle of a run.
    let token_life_ms = if rng.below(3) == 0 { 60_000 } else { 86_400_000 };
    let side = Side::new(seed, token_life_ms);
    let in_flight = index(1 + rng.below(16));
    let jobs = 1 + rng.below(6);
    let mut world = World::new(seed, Rng::from_seed(seed), faults, side, in_flight);
    if !is_sync(seed) {
        // A client that can do nothing at all has no sync to play.
        set_clock(&mut world, &mut rng);
        set_limits(&mut world, &mut rng);
    }
    set_rates(&mut world, &mut rng);
    world.engine = world.life.engine();
    world.pace = world.life.pace(BEGIN_MS);
    world.running.watch.secrets = (seed % 16 == 5).then(|| world.checks.secrets.clone());
    if is_sync(seed) {
        crate::sync::of_seed(&mut world, &mut rng, seed % MANY_EACH == MANY_AT);
        break_disk(&mut world, &mut rng);
        die_sometimes(&mut world, &mut rng);
        return world;
    }
    // Half of the kinds each; those that are left get in each other's way more often.
    let kinds: Vec<Kind> = KINDS.into_iter().filter(|_| rng.below(2) == 0).collect();
    for number in 0..jobs {
        let drawn = rng.next_u64();
        let kinds = if kinds.is_empty() { &KINDS[..] } else { &kinds };
        add(&mut world, kinds[index(drawn % kinds.len() as u64)], number, &mut rng);
    }
    break_disk(&mut world, &mut rng);
    die_sometimes(&mut world, &mut rng);
    world
}

/// Whether a seed plays a sync and not single jobs: four of sixteen, one of each strength of
/// faults.
const fn is_sync(seed: u64) -> bool {
    seed / 4 % 4 == 3
}

fn die_sometimes(world: &mut World, rng: &mut Rng) {
    if world.faults.crash.hits(rng) {
        world.life.die_sometimes(rng);
    }
}

/// Whether the client looks at its clock, and how wrong that is.
fn set_clock(world: &mut World, rng: &mut Rng) {
    let skew_ms = rng.below(1_800_000).cast_signed() - 900_000;
    world.life.skew_ms = match (rng.below(2) == 0, world.faults.skew.hits(rng)) {
        (_, true) => Some(skew_ms),
        (true, false) => Some(0),
        (false, false) => None,
    };
    world.checks.is_skewed = world.life.is_skewed();
}

/// How much memory the client has, and how much it may ask of the service.
fn set_limits(world: &mut World, rng: &mut Rng) {
    let (is_limited, few, many) = (rng.below(2) == 0, rng.below(20_000), rng.below(200_000));
    let (which, count) = (rng.below(5), rng.below(30));
    if is_limited {
        // Enough for two of the longest parts there are here, so that nobody must fail.
        world.life.buffers_len = Some(60_000 + many);
    }
    if world.faults.limits.hits(rng) {
        world.life.buffers_len = Some(few);
        let count = Some(count);
        world.life.budget = match which {
            0 => Some(Budget { class_a: count, ..Budget::default() }),
            1 => Some(Budget { class_b: count, ..Budget::default() }),
            2 => Some(Budget { class_c: count, ..Budget::default() }),
            3 => Some(Budget { bytes_down: Some(many), ..Budget::default() }),
            _ => Some(Budget { bytes_up: Some(many), ..Budget::default() }),
        };
    }
    world.checks.buffers.len_max = world.life.buffers_len;
    world.checks.bill.budget = world.life.budget;
}

/// How many bytes may pass in a second, in a quarter of the seeds each way.
fn set_rates(world: &mut World, rng: &mut Rng) {
    let mut rate = || {
        let (is_limited, rate) = (rng.below(4) == 0, 500 << rng.below(10));
        is_limited.then_some(rate)
    };
    world.life.rates = (rate(), rate());
}

fn add(world: &mut World, kind: Kind, number: u64, rng: &mut Rng) {
    match kind {
        Kind::Put => {
            let job = PutJob::draw(format!("put-{number}"), rng, &world.side);
            add_put(world, rng, job);
        }
        Kind::Twins => add_twins(world, rng, number),
        Kind::Get => add_get(world, rng, number),
        Kind::List => {
            let job = ListJob::draw(format!("list-{number}/"), rng, &world.side);
            begin(world, rng, Box::new(job), Source::none());
        }
        Kind::Copy => {
            let job = CopyJob::draw(format!("copy-{number}"), rng, &world.side);
            begin(world, rng, Box::new(job), Source::none());
        }
        Kind::Build => {
            let job = BuildJob::draw(format!("build-{number}"), rng, &world.side);
            let source = (job.seed, job.len);
            begin_reading(world, rng, Box::new(job), source);
        }
        Kind::Hide => {
            let job = HideJob::draw(format!("hide-{number}"), &world.side);
            begin(world, rng, Box::new(job), Source::none());
        }
        Kind::Delete => {
            let job = DeleteJob::draw(format!("delete-{number}"), &world.side);
            begin(world, rng, Box::new(job), Source::none());
        }
        Kind::Lock => {
            let job = LockJob::draw(format!("lock-{number}"), rng, &world.side);
            begin(world, rng, Box::new(job), Source::none());
        }
        Kind::MakeBucket => {
            let job = MakeBucketJob::draw(format!("bucket-{number}"), rng, &world.side);
            begin(world, rng, Box::new(job), Source::none());
        }
        Kind::MakeKey => {
            let job = MakeKeyJob::draw(format!("key-{number}"), rng);
            begin(world, rng, Box::new(job), Source::none());
        }
        Kind::GoOn => {
            let job = GoOnJob::draw(format!("go-on-{number}"), rng, &world.side);
            let source = (job.put.seed, job.put.len);
            begin_reading(world, rng, Box::new(job), source);
        }
        Kind::Clean => {
            world.running.cleaners += 1;
            let job = CleanJob::draw(&format!("clean-{number}"), rng, &world.side);
            begin(world, rng, Box::new(job), Source::none());
        }
        Kind::Blocks => {
            let job = BlocksJob::draw(format!("blocks-{number}"), rng, &world.side);
            let trouble = draw_trouble(world, rng, job.len());
            let source = Source::new(job.seed(), index(job.len()), trouble);
            begin_after(world, rng, Box::new(job), (source, TWIN_AGE_MS));
        }
        Kind::Grow => {
            let mut job = GrowJob::draw(format!("grow-{number}"), rng, &world.side);
            job.vanishes = world.faults.replace.hits(rng) && job.may_vanish();
            if job.vanishes {
                let at_ms = TWIN_AGE_MS + rng.below(20_000);
                world.agenda.put(at_ms, job.vanishing());
            }
            let trouble = draw_trouble(world, rng, job.len);
            let source = Source::new(job.seed, index(job.len), trouble);
            begin_after(world, rng, Box::new(job), (source, TWIN_AGE_MS));
        }
    }
}

/// Adds a job that reads so many bytes of a seed.
fn begin_reading(world: &mut World, rng: &mut Rng, job: Box<dyn Job>, (seed, len): (u64, u64)) {
    let trouble = draw_trouble(world, rng, len);
    begin(world, rng, job, Source::new(seed, index(len), trouble));
}

fn add_put(world: &mut World, rng: &mut Rng, job: PutJob) {
    let trouble = draw_trouble(world, rng, job.len);
    let mut source = Source::new(job.seed, index(job.len), trouble);
    source.open = job.open.map(index);
    begin(world, rng, Box::new(job), source);
}

/// The same upload twice.
fn add_twins(world: &mut World, rng: &mut Rng, number: u64) {
    let drawn = PutJob::draw(format!("twin-{number}"), rng, &world.side);
    let job = PutJob { is_twin: true, ..drawn };
    let mut twin = job.clone();
    if rng.below(2) == 0 {
        // Alike in all that can be seen from outside, but locked in another way.
        twin.manner.guard = job.manner.guard.draw_other(rng);
    }
    add_put(world, rng, job);
    add_put(world, rng, twin);
}

fn add_get(world: &mut World, rng: &mut Rng, number: u64) {
    let job = GetJob::draw(format!("get-{number}"), rng, &world.side);
    if world.faults.replace.hits(rng) && !job.is_encrypted {
        let (seed, len) = (rng.next_u64(), index(job.len));
        let replace = Happening::Replace { name: job.name.clone(), seed, len };
        world.agenda.put(1_000 + rng.below(20_000), replace);
    }
    let index = begin(world, rng, Box::new(job.clone()), Source::none());
    job.prepare(&world.store.sinks[index], &mut world.disk);
    if rng.below(2) == 0 {
        put_old_target(world, index);
    }
}

fn draw_trouble(world: &World, rng: &mut Rng, len: u64) -> Trouble {
    let hits = world.faults.source.hits(rng);
    let (is_short, end, at_ms) = (rng.below(2) == 0, rng.below(len + 1), rng.below(60_000));
    match (hits, is_short) {
        (false, _) => Trouble::None,
        (true, true) => Trouble::Short { len: index(end) },
        (true, false) => Trouble::Changes { at_ms: BEGIN_MS + at_ms },
    }
}

/// Something is at the target of a download already.
fn put_old_target(world: &mut World, index: usize) {
    let target = world.store.sinks[index].target.clone();
    let bytes = b"what was there before".to_vec();
    world.disk.create(&target);
    world.disk.write(&target, 0, &bytes).and_then(|()| world.disk.sync(&target)).expect("a disk");
    world.checks.old_or_new.was_there(&target, bytes);
}

/// What is wrong with the disk, from now on.
fn break_disk(world: &mut World, rng: &mut Rng) {
    let (what, bytes, syncs) = (rng.below(3), index(rng.below(200_000)), rng.below(3));
    if world.faults.disk.hits(rng) {
        match what {
            0 => world.disk.room = Some(bytes),
            1 => world.disk.breaks_in = Some(bytes),
            _ => world.disk.sync_fails_in = u32::try_from(syncs).ok(),
        }
    }
}

/// Adds a job that begins some time, and is cancelled some time if it is; gives its number.
fn begin(world: &mut World, rng: &mut Rng, job: Box<dyn Job>, source: Source) -> usize {
    begin_after(world, rng, job, (source, 0))
}

/// The same when so much time has passed.
fn begin_after(
    world: &mut World,
    rng: &mut Rng,
    job: Box<dyn Job>,
    (source, after_ms): (Source, u64),
) -> usize {
    let index = world.add_job(job, source);
    let delay_ms = after_ms + rng.below(3) * rng.below(10_000);
    world.agenda.put(delay_ms, Happening::Start(index));
    if world.faults.cancel.hits(rng) {
        world.agenda.put(delay_ms + rng.below(30_000), Happening::Cancel(index));
    }
    index
}
