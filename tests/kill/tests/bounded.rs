//! A few kills of short transfers. The whole is run by hand; see `README.md`.

use core::time::Duration;
use kill::task::Way;
use kill::{DRIVERS, Outcome, Plan, Programs};
use std::thread;

fn plan(driver: &'static str, way: Way) -> Plan {
    let (len, kills, life, part_len) = match way {
        Way::Up => (8_000_000, 3, 700, 64 << 10),
        // Shorter ones are not kept. What comes in two seconds is noted.
        Way::Down => (20_000_000, 2, 500, 2_000_000),
    };
    Plan {
        driver,
        way,
        len,
        kills,
        life: Duration::from_millis(life),
        is_patient: true,
        bandwidth: len / 5,
        lanes: 3,
        part_len,
        seed: 8,
        folder: std::env::temp_dir(),
    }
}

#[test]
fn what_is_killed_goes_on_and_leaves_nothing() {
    let programs = Programs::find().expect("programs");
    thread::scope(|scope| {
        let all = DRIVERS.iter().flat_map(|driver| [(*driver, Way::Up), (*driver, Way::Down)]);
        let run = |(driver, way)| {
            let programs = &programs;
            scope.spawn(move || (driver, way, plan(driver, way).run(programs)))
        };
        let running: Vec<_> = all.map(run).collect();
        for run in running {
            let (driver, way, outcome) = run.join().expect("no panic");
            let outcome: Outcome = outcome.unwrap_or_else(|e| panic!("{driver} {way:?}: {e}"));
            assert_eq!(outcome.files, 1, "{driver} {way:?}: {outcome:?}");
            assert!(outcome.kills > 1 && outcome.kept > 0, "{driver} {way:?}: {outcome:?}");
        }
    });
}
