//! Looking ahead changes nothing of what comes out.

use super::*;
use crate::walk::helpers::{Slot, Work};

/// All entries, with threads or without.
fn entries(root: &Path, pace: Pace, names_len_max: usize) -> Vec<Entry> {
    let options = WalkOptions::default();
    let mut walk = Walk::bounded(root, options, Everything, names_len_max).expect("walk");
    walk.pace = pace;
    walk.collect()
}

fn threads(count: usize) -> Pace {
    Pace::Ahead(Box::new(Ahead::new(Helpers::at_most(count))))
}

/// Many folders, some within others, with what is skipped among the files.
fn deep() -> tempfile::TempDir {
    let folder = many(0);
    for number in 0..3_000_u32 {
        let (a, b) = (number % 70, number % 7);
        let within = folder.path().join(format!("d{a}/e{b}"));
        fs::create_dir_all(&within).expect("folders");
        fs::write(within.join(format!("{number}")), "x").expect("file");
        if number.is_multiple_of(50) {
            fs::write(within.join("x".repeat(251)), "").expect("file");
        }
    }
    folder
}

#[test]
fn the_same_comes_out_in_the_same_order() {
    let folder = deep();
    let want = entries(folder.path(), Pace::InTurn, NAMES_LEN_MAX);
    assert!(want.len() > 3_000);
    for count in [0, 1, 16] {
        assert!(entries(folder.path(), threads(count), NAMES_LEN_MAX) == want, "{count} threads");
    }
    // The names of no folder find room at once.
    assert!(entries(folder.path(), threads(16), 100) == want);
    let watched = Pace::Watched(Slowness::default());
    assert!(entries(folder.path(), watched, NAMES_LEN_MAX) == want);
}

#[test]
fn a_folder_too_large_to_be_read_ahead_is_read_in_turn() {
    let folder = many(0);
    for number in 0..5_000 {
        let within = folder.path().join(format!("d{}", number % 2));
        fs::create_dir_all(&within).expect("folder");
        fs::write(within.join(format!("{number}-{}", "n".repeat(30))), "").expect("file");
    }
    let want = entries(folder.path(), Pace::InTurn, NAMES_LEN_MAX);
    assert_eq!(want.len(), 5_000);
    assert!(entries(folder.path(), threads(4), NAMES_LEN_MAX) == want);
}

#[test]
fn what_a_filter_leaves_out_is_not_read_ahead() {
    struct Odd;
    impl PathFilter for Odd {
        fn excludes_folder(&mut self, path: &str) -> bool {
            path.ends_with(['1', '3', '5', '7', '9'])
        }
        fn excludes_file(&mut self, _: &str) -> bool {
            panic!("files are for the plan to ask about")
        }
    }
    let folder = deep();
    let names = |look_ahead| {
        let options = WalkOptions { look_ahead, ..WalkOptions::default() };
        let walk = Walk::filtered(folder.path(), options, Odd).expect("walk");
        walk.collect::<Vec<Entry>>()
    };
    let want = names(LookAhead::Never);
    assert!(want.len() > 500);
    assert!(names(LookAhead::Always) == want);
}

#[test]
fn a_walk_that_is_dropped_ends_its_threads() {
    let folder = deep();
    let mut walk = Walk::new(folder.path(), Symlinks::Follow).expect("walk");
    walk.pace = threads(4);
    assert!(walk.by_ref().take(10).all(|entry| matches!(entry, Entry::File(_))));
    let Pace::Ahead(ahead) = &walk.pace else { panic!("it has threads") };
    let alive = ahead.helpers.watch();
    assert!(alive.upgrade().is_some());
    drop(walk);
    let ended = (0..2_000).any(|_| {
        std::thread::sleep(core::time::Duration::from_millis(5));
        alive.upgrade().is_none()
    });
    assert!(ended, "threads are left");
}

/// A question that breaks off the first time.
#[derive(Debug)]
struct Breaking(core::sync::atomic::AtomicBool);

impl Work for Breaking {
    type Answer = u32;

    fn answer(&self) -> u32 {
        let is_first = !self.0.swap(true, core::sync::atomic::Ordering::SeqCst);
        assert!(!is_first, "breaks off");
        7
    }
}

#[test]
fn a_thread_that_breaks_off_leaves_its_question_to_the_walk() {
    let slot = Slot::new(Breaking(false.into()));
    let mut helpers = Helpers::at_most(1);
    helpers.offer(&slot);
    while !slot.is_begun(|work| work.0.load(core::sync::atomic::Ordering::SeqCst)) {
        std::thread::yield_now();
    }
    assert_eq!(slot.wait(), 7);
}

/// A question that is answered when others are asked at the same time.
#[derive(Debug)]
struct Together(std::sync::Arc<std::sync::Barrier>);

impl Work for Together {
    type Answer = ();

    fn answer(&self) {
        self.0.wait();
    }
}

#[test]
fn many_questions_are_asked_at_the_same_time() {
    let barrier = std::sync::Arc::new(std::sync::Barrier::new(16));
    let slots: Vec<_> = (0..16).map(|_| Slot::new(Together(barrier.clone()))).collect();
    let mut helpers = Helpers::new();
    slots.iter().for_each(|slot| helpers.offer(slot));
    // The walk itself may be one of those who ask.
    slots.iter().for_each(|slot| slot.wait());
}
