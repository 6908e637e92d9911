//! What is done in a run.

use b2_proto::rng::Rng;

use crate::faults::Faults;
use crate::jobs::Job;
use crate::service::{BEGIN_MS, Side};
use crate::sink::Sink;
use crate::source::{Source, Trouble};
use crate::world::{Happening, World, index};

mod get;
mod list;
mod put;

pub(crate) use get::GetJob;
pub(crate) use list::ListJob;
pub(crate) use put::PutJob;

/// One to five jobs at once, as a seed draws them.
pub(crate) fn of_seed(seed: u64) -> World {
    let mut rng = Rng::from_seed(seed ^ 0x5157_0a11);
    let faults = Faults::of_seed(seed, &mut rng);
    // Tokens that live for a minute end in the middle of a run.
    let token_life_ms = if rng.below(3) == 0 { 60_000 } else { 86_400_000 };
    let side = Side::new(seed, token_life_ms);
    let in_flight = index(1 + rng.below(16));
    let jobs = 1 + rng.below(5);
    let mut world = World::new(seed, Rng::from_seed(seed), faults, side, in_flight);
    world.running.watch.secrets = (seed % 16 == 5).then(|| world.checks.secrets.clone());
    for number in 0..jobs {
        add(&mut world, number, &mut rng);
    }
    world
}

fn add(world: &mut World, number: u64, rng: &mut Rng) {
    let sink_trouble = world.faults.sink.hits(rng);
    match rng.below(5) {
        0 | 1 => {
            let job = PutJob::draw(format!("put-{number}"), rng);
            let trouble = draw_trouble(world, rng, job.len);
            let mut source = Source::new(job.seed, index(job.len), trouble);
            source.open = job.open.map(index);
            begin(world, rng, Box::new(job), source, Sink::new(None));
        }
        2 | 3 => {
            let job = GetJob::draw(format!("get-{number}"), rng, &world.side);
            let mut sink = Sink::new(sink_trouble.then(|| index(rng.below(job.len + 1))));
            job.prepare(&mut sink);
            if world.faults.replace.hits(rng) {
                let (seed, len) = (rng.next_u64(), index(job.len));
                let replace = Happening::Replace { name: job.name.clone(), seed, len };
                world.agenda.put(1_000 + rng.below(20_000), replace);
            }
            begin(world, rng, Box::new(job), Source::new(0, 0, Trouble::None), sink);
        }
        _ => {
            let job = ListJob::draw(format!("list-{number}/"), rng, &world.side);
            let source = Source::new(0, 0, Trouble::None);
            begin(world, rng, Box::new(job), source, Sink::new(None));
        }
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

fn begin(world: &mut World, rng: &mut Rng, job: Box<dyn Job>, source: Source, sink: Sink) {
    let index = world.add_job(job, source, sink);
    let delay_ms = rng.below(3) * rng.below(10_000);
    world.agenda.put(delay_ms, Happening::Start(index));
    if world.faults.cancel.hits(rng) {
        world.agenda.put(delay_ms + rng.below(30_000), Happening::Cancel(index));
    }
}
