//! The least transfer against everything that is possible, in files of a few bytes.

use b2_proto::plan::sizes::Sizes;
use b2_proto::plan::synthesis::least::Weights;
use b2_proto::plan::synthesis::{Intent, Synthesis};

use crate::oracle::{Legal, best, best_of_few, check_plan};
use crate::random::Random;

/// A file of a few bytes: its sizes and intents.
#[derive(Clone, Debug)]
struct Universe {
    sizes: [u64; 3],
    intents: Vec<Intent>,
    weights: Weights,
}

impl Universe {
    /// Fails unless the plan is legal, costs the least with the fewest calls, and is no worse than
    /// the reference's.
    fn check(&self) -> Result<(), String> {
        let [min, usual, max] = self.sizes;
        let sizes = Sizes::new(min, usual, max).map_err(|error| error.to_string())?;
        let synthesis = Synthesis::new(sizes);
        let plan = synthesis.least_transfer(&self.intents, &self.weights);
        let plan = plan.map_err(|error| format!("{self:?}: {error}"))?;
        let legal = Legal::of(min, usual, max);
        check_plan(&plan, &self.intents, legal).map_err(|why| format!("{self:?}: {why}"))?;
        let got = (self.weights.cost(&plan.totals()), plan.count() as usize);
        let wanted = best(&self.intents, legal, &self.weights);
        if Some(got) != wanted {
            return Err(format!("{self:?}: got {got:?}, not {wanted:?}: {plan:?}"));
        }
        let reference = synthesis.plan(&self.intents).map_err(|error| error.to_string())?;
        let cost = self.weights.cost(&reference.totals());
        if cost < got.0 { Err(format!("{self:?}: {cost} in {reference:?}")) } else { Ok(()) }
    }
}

/// Sizes, weights and intents by chance, nested ones too; no holes.
fn random(random: &mut Random, end_max: u64, min_from: u64) -> Universe {
    let end = random.between(1, end_max);
    let min = random.between(min_from, 5);
    let usual = min + random.below(2) * random.below(12);
    let max = usual + random.below(2) * random.below(16);
    let mut intents = Vec::new();
    for origin in [Intent::local, Intent::remote] {
        for _ in 0..random.below(6) {
            let from = random.below(end);
            intents.push(origin(from, random.between(1, end - from)));
        }
    }
    fill_holes(random, &mut intents, end);
    let weights = match random.below(3) {
        0 => Weights::default(),
        1 => Weights { sent: 1, fetched: 1, call: random.weight() },
        _ => Weights { sent: random.weight(), fetched: random.weight(), call: random.weight() },
    };
    Universe { sizes: [min, usual, max], intents, weights }
}

/// Lengthens or adds intents until every byte has one.
fn fill_holes(random: &mut Random, intents: &mut Vec<Intent>, end: u64) {
    let has = |intents: &[Intent], at: u64| {
        intents.iter().any(|i| i.offset <= at && at < i.offset + i.len.unwrap_or(0))
    };
    let mut at = 0;
    while at < end {
        if has(intents, at) {
            at += 1;
            continue;
        }
        let mut to = at + 1;
        while to < end && !has(intents, to) {
            to += 1;
        }
        let from = at - random.below(2) * random.below(at + 1);
        let intent = if random.below(2) == 0 { Intent::local } else { Intent::remote };
        intents.push(intent(from, to - from));
        at = to;
    }
}

fn check_random(seed: u64, count: u64, end_max: u64, min_from: u64) -> u64 {
    let mut source = Random(seed);
    for _ in 0..count {
        let universe = random(&mut source, end_max, min_from);
        universe.check().unwrap_or_else(|why| panic!("{why}"));
    }
    count
}

/// All files of `end` bytes with these sizes, but for intents that lie within another of their
/// kind, or local ones that touch: both make no difference to what is legal. Each `nth` is
/// checked; returns how many.
fn check_all(end: u64, sizes: [u64; 3], nth: u64) -> u64 {
    let (mut seen, mut checked) = (0, 0);
    each_chain(end, &mut Vec::new(), &mut |remotes| {
        for local in 0..1_u64 << end {
            let has_byte = |at: u64| {
                local >> at & 1 == 1 || remotes.iter().any(|(from, to)| (*from..*to).contains(&at))
            };
            if !(0..end).all(has_byte) {
                continue;
            }
            seen += 1;
            if seen % nth == 0 {
                checked += 1;
                let intents = intents(local, end, remotes);
                let universe = Universe { sizes, intents, weights: Weights::default() };
                universe.check().unwrap_or_else(|why| panic!("{why}"));
            }
        }
    });
    checked
}

/// Gives each list of ranges in which both ends rise.
fn each_chain(end: u64, chain: &mut Vec<(u64, u64)>, give: &mut impl FnMut(&[(u64, u64)])) {
    give(chain);
    let (after, beyond) = chain.last().map_or((0, 0), |(from, to)| (from + 1, *to));
    for from in after..end {
        for to in beyond.max(from) + 1..=end {
            chain.push((from, to));
            each_chain(end, chain, give);
            chain.pop();
        }
    }
}

/// A local intent for each run of bits, and the remote ones.
fn intents(local: u64, end: u64, remotes: &[(u64, u64)]) -> Vec<Intent> {
    let mut intents = Vec::new();
    let mut at = 0;
    while at < end {
        let run = u64::from((local >> at).trailing_ones());
        if run > 0 {
            intents.push(Intent::local(at, run));
        }
        at += run + 1;
    }
    intents.extend(remotes.iter().map(|(from, to)| Intent::remote(*from, to - from)));
    intents
}

/// With short and long parts, and with no more room than the minimum needs.
fn sizes(min: u64) -> [[u64; 3]; 3] {
    [[min, min, 2 * min], [min, min + 1, 2 * min - 1 + min % 2], [min, 2 * min, 4 * min]]
}

#[test]
fn nothing_costs_less_in_universes_by_chance() {
    check_random(1, 20_000, 24, 3);
    check_random(2, 10_000, 40, 1);
}

#[test]
fn nothing_costs_less_in_a_sample_of_all_universes() {
    let mut checked = 0;
    for min in 1..=5 {
        for sizes in sizes(min) {
            checked += (1..=6).map(|end| check_all(end, sizes, 17)).sum::<u64>();
        }
    }
    assert!(checked > 10_000, "{checked}");
}

/// `cargo test --release -p b2-proto --test synthesis -- --ignored --nocapture universes` prints
/// how many there are.
#[test]
#[ignore = "takes minutes"]
fn nothing_costs_less_in_many_universes() {
    let mut all = 0;
    for min in 1..=5 {
        for sizes in sizes(min) {
            let checked = (1..=8).map(|end| check_all(end, sizes, 1)).sum::<u64>();
            println!("every universe of up to 8 bytes with sizes {sizes:?}: {checked}");
            all += checked;
        }
    }
    let checked = check_all(9, [2, 2, 4], 1) + check_all(9, [3, 4, 6], 1);
    println!("every universe of 9 bytes, two sizes: {checked}");
    let by_chance = check_random(3, 10_000_000, 24, 3) + check_random(4, 2_000_000, 60, 1);
    println!("by chance: {by_chance}");
    println!("in all: {}", all + checked + by_chance);
}

#[test]
fn few_parts_cost_the_least_for_their_number() {
    let mut source = Random(5);
    let (mut limited, mut exact) = (0, 0);
    for _ in 0..10_000 {
        let Universe { sizes: [min, usual, max], intents, weights } = random(&mut source, 24, 3);
        let sizes = Sizes::new(min, usual, max).expect("sizes in order");
        let legal = Legal::of(min, usual, max);
        let free = Synthesis::new(sizes).least_transfer(&intents, &weights).expect("a plan");
        let parts_max = free.count().saturating_sub(1).max(2);
        let synthesis = Synthesis::new(sizes).parts_max(parts_max).verify_overlap(true);
        let Ok(plan) = synthesis.least_transfer(&intents, &weights) else {
            let fewest = best_of_few(&intents, legal, &weights, parts_max as usize);
            assert_eq!(fewest, None, "{intents:?} {sizes:?} {parts_max}");
            continue;
        };
        if free.count() <= parts_max {
            continue;
        }
        limited += 1;
        assert!(plan.count() <= parts_max);
        let marks: Vec<u32> = plan.verifications().map(|(part, _)| part).collect();
        assert!(marks.is_sorted_by(|one, next| one < next), "compared twice: {marks:?}");
        let cost = weights.cost(&plan.totals());
        if let Ok(reference) = synthesis.plan(&intents) {
            assert!(cost <= weights.cost(&reference.totals()));
        }
        let least = best_of_few(&intents, legal, &weights, parts_max as usize);
        let (least, _) = least.expect("there is one");
        // Raised sizes allow longer uploaded parts than those that are tried.
        exact += u32::from(cost <= least);
    }
    // The price for parts cannot tell all plans apart, but nearly.
    println!("{exact} of {limited}");
    assert!(limited > 1_000 && exact * 100 > limited * 95, "{exact} of {limited}");
}

#[test]
fn no_part_is_longer_than_the_service_takes() {
    const MB: u64 = 1_000_000;
    let sizes = Sizes::new(5 * MB, 5_000 * MB, 5_000 * MB).expect("sizes");
    let plan =
        Synthesis::new(sizes).least_transfer(&[Intent::local(0, 5_002 * MB)], &Weights::default());
    let plan = plan.expect("two parts");
    assert_eq!((plan.count(), plan.totals().sent), (2, 5_002 * MB));
    let sizes = Sizes::new(5 * MB, 100 * MB, 9_000 * MB).expect("sizes");
    let plan =
        Synthesis::new(sizes).least_transfer(&[Intent::remote(0, 8_000 * MB)], &Weights::default());
    assert_eq!(plan.expect("two parts").count(), 2);
}
