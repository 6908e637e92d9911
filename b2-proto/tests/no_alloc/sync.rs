//! Plans of a sync: nothing for a pair, changed or not, and nothing for a version that is deleted.

use b2_proto::plan::sync::{
    DeleteLimit, Direction, Entry, Everything, Input, Keep, Options, Planner, Step,
};

use crate::allocations;

const FILES: u32 = 10_000;
/// Names grow to their full length at first.
const ALLOCATIONS_MAX: usize = 8;

/// An entry whose name is its number.
#[derive(Clone)]
struct Numbered {
    name: [u8; 8],
    modified_ms: i64,
}

impl Numbered {
    fn new(mut number: u32, modified_ms: i64) -> Self {
        let mut name = [b'0'; 8];
        for digit in name.iter_mut().rev() {
            *digit += u8::try_from(number % 10).expect("a digit");
            number /= 10;
        }
        Self { name, modified_ms }
    }
}

impl Entry for Numbered {
    fn path(&self) -> &str {
        core::str::from_utf8(&self.name).expect("digits")
    }

    fn content_len(&self) -> u64 {
        1
    }

    fn modified_ms(&self) -> i64 {
        self.modified_ms
    }
}

#[test]
fn a_pair_takes_nothing_from_the_heap() {
    for versions in [1, 3] {
        let mut actions = 0;
        let counted = allocations(|| actions = run(versions));
        // One file in ten is newer; with several versions all but the newest is deleted.
        let replaced = FILES / 10;
        let deleted = if versions > 1 { FILES * (versions - 1) + replaced } else { 0 };
        assert_eq!(actions, replaced + deleted);
        assert!(counted <= ALLOCATIONS_MAX, "{counted} allocations for {FILES} files");
    }
}

/// Plans as many files on both sides; the number of actions.
fn run(versions: u32) -> u32 {
    let mut options = Options::new(Direction::Up, 100);
    options.delete_limit = DeleteLimit::Unlimited;
    options.keep = if versions > 1 { Keep::Newest } else { Keep::All };
    let mut planner = Planner::new(options, Everything).expect("options");
    let source = |number: u32| Numbered::new(number, 5 + i64::from(number.is_multiple_of(10)));
    let mut sources = (0..FILES).map(source);
    let mut there = (0..FILES * versions).map(|index| Numbered::new(index / versions, 5));
    let mut actions = 0;
    loop {
        match planner.step() {
            Step::NeedSource => planner.source(sources.next().map_or(Input::End, Input::Entry)),
            Step::NeedDestination => {
                planner.destination(there.next().map_or(Input::End, Input::Entry));
            }
            Step::Act(_) => actions += 1,
            Step::NeedSha1(_) | Step::Tell(_) => panic!("nothing is asked or told"),
            Step::Done(_) => return actions,
        }
    }
}
