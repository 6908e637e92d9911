//! Files that are almost what the service already has, and what building them moves.

use b2_proto::plan::synthesis::Intent;

use super::shapes::Numbers;

const MB: u64 = 1_000_000;
const GB: u64 = 1_000 * MB;
const TB: u64 = 1_000 * GB;

/// A file whose earlier version the service has.
#[derive(Clone, Copy, Debug)]
pub struct Backup {
    /// What the table calls it.
    pub name: &'static str,
    /// Builds its intents: what is unchanged, and what is new.
    pub build: fn() -> Vec<Intent>,
}

/// All of them.
pub const BACKUPS: [Backup; 12] = [
    Backup { name: "1 TB, 0.1 % changed in blocks of 4 MB", build: || scattered(4 * MB, 1) },
    Backup { name: "1 TB, 1 % changed in blocks of 4 MB", build: || scattered(4 * MB, 10) },
    Backup { name: "1 TB, 10 % changed in blocks of 4 MB", build: || scattered(4 * MB, 100) },
    Backup { name: "1 TB, 0.1 % changed in blocks of 64 KB", build: || scattered(64_000, 1) },
    Backup { name: "1 TB, 1 % changed in blocks of 64 KB", build: || scattered(64_000, 10) },
    Backup { name: "1 TB, 10 % changed in blocks of 64 KB", build: || scattered(64_000, 100) },
    Backup { name: "100 GB, 1 GB appended", build: append },
    Backup { name: "the same appended, all of it at hand", build: || with_all(append()) },
    Backup { name: "100 GB, 1 MB inserted at 30 GB", build: insert },
    Backup { name: "the same insertion, all of it at hand", build: || with_all(insert()) },
    Backup { name: "20 GB of video, header of 2 MB written anew", build: header },
    Backup { name: "the same header, all of it at hand", build: || with_all(header()) },
];

/// The caller has the whole new file; so many thousandths of the blocks are not as they were.
fn scattered(block: u64, thousandths: u64) -> Vec<Intent> {
    let mut numbers = Numbers(block + thousandths);
    let mut intents = vec![Intent::local(0, TB)];
    let mut unchanged = 0;
    for at in (0..TB).step_by(usize::try_from(block).expect("a block")) {
        if numbers.below(1_000) < thousandths {
            if at > unchanged {
                intents.push(Intent::remote(unchanged, at - unchanged));
            }
            unchanged = at + block;
        }
    }
    if unchanged < TB {
        intents.push(Intent::remote(unchanged, TB - unchanged));
    }
    intents
}

fn append() -> Vec<Intent> {
    vec![Intent::remote(0, 100 * GB), Intent::local(100 * GB, GB)]
}

fn insert() -> Vec<Intent> {
    let (before, new) = (30 * GB, MB);
    vec![
        Intent::remote(0, before),
        Intent::local(before, new),
        Intent::remote(before + new, 70 * GB),
    ]
}

/// The caller has the whole new file, and not only what is new.
fn with_all(mut intents: Vec<Intent>) -> Vec<Intent> {
    let end = |intent: &Intent| intent.offset + intent.len.unwrap_or(0);
    let len = intents.iter().map(end).max().unwrap_or(0);
    intents.insert(0, Intent::local(0, len));
    intents
}

fn header() -> Vec<Intent> {
    vec![Intent::local(0, 2 * MB), Intent::remote(2 * MB, 20 * GB - 2 * MB)]
}
