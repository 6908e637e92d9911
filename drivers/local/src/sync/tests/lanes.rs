//! Lanes that are threads, and lanes that break off.

use core::panic::AssertUnwindSafe;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use std::panic::catch_unwind;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

use b2_proto::op::new_file::NewFile;

use super::*;

/// What becomes of a job; a lane whose job comes to nothing breaks off.
type Hand = Box<dyn Fn(Job) -> Option<Ended> + Send + Sync>;

struct Crew {
    lanes: Arc<Lanes>,
    hand: Hand,
    /// Whether further lanes are begun, or dropped.
    has_threads: bool,
}

impl Crew {
    fn new(setup: Setup, onlooker: Onlooker, hand: Hand) -> (Self, Receiver<()>) {
        let (caller, called) = sync_channel(1);
        let run = Run::new(setup).expect("it can be run");
        let lanes = Lanes::new(run, onlooker, move || {
            let _ = caller.try_send(());
        });
        (Self { lanes: Arc::new(lanes), hand, has_threads: true }, called)
    }

    fn begin(self: &Arc<Self>, count: usize) {
        for _ in 0..count {
            let (crew, lane) = (self.clone(), Lane::new(self.lanes.clone()));
            if self.has_threads {
                thread::spawn(move || crew.work(lane));
            }
        }
    }

    fn work(self: &Arc<Self>, mut lane: Lane) {
        let mut ended = None;
        loop {
            let turn = lane.next(ended);
            self.begin(turn.begin);
            ended = match turn.job.map(|job| (self.hand)(job)) {
                Some(Some(done)) => Some(done),
                Some(None) | None => return,
            };
        }
    }
}

fn run(crew: Crew, called: &Receiver<()>) -> Summary {
    let crew = Arc::new(crew);
    crew.begin(crew.lanes.begin());
    loop {
        called.recv().expect("somebody calls");
        if let Some(result) = crew.lanes.result() {
            return result.expect("it runs");
        }
        crew.begin(crew.lanes.begin());
        if crew.lanes.is_short() {
            crew.work(Lane::new(crew.lanes.clone()));
        }
    }
}

fn hands() -> Arc<Mutex<Hands>> {
    Arc::new(Mutex::new(Hands::new(&[])))
}

fn hand_of(hands: &Arc<Mutex<Hands>>) -> Hand {
    let hands = hands.clone();
    Box::new(move |job| Some(hands.lock().expect("no panic").carry_out(job)))
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("{number:04}")).collect()
}

fn tree(count: usize) -> TempDir {
    folder(&names(count).iter().map(String::as_str).collect::<Vec<_>>())
}

#[test]
fn all_is_done_by_as_many_at_a_time_as_may_be_and_told_in_order() {
    const COUNT: usize = 300;
    let (folder, hands) = (tree(COUNT), hands());
    let flying = Arc::new(AtomicUsize::new(0));
    let (carry_out, in_hand) = (hand_of(&hands), flying.clone());
    let hand = move |job: Job| {
        let is_upload = matches!(job, Job::Upload(_));
        if is_upload {
            assert!(in_hand.fetch_add(1, Ordering::SeqCst) < 3);
            thread::yield_now();
        }
        let ended = carry_out(job);
        in_hand.fetch_sub(usize::from(is_upload), Ordering::SeqCst);
        ended
    };
    let told = Arc::new(Mutex::new((0_usize, 0_usize)));
    let counts = told.clone();
    let onlooker = move |event: &Event| {
        let mut counts = counts.lock().expect("no panic");
        counts.0 += usize::from(matches!(event, Event::Begun { .. }));
        counts.1 += usize::from(matches!(event, Event::Done(_)));
        assert!((counts.1..=counts.1 + 3).contains(&counts.0));
    };
    let (crew, called) = Crew::new(up(&folder), Box::new(onlooker), Box::new(hand));
    let summary = run(crew, &called);
    assert!(summary.is_complete() && summary.transferred == COUNT as u64, "{summary:?}");
    assert_eq!(*told.lock().expect("no panic"), (COUNT, COUNT));
    assert_eq!(hands.lock().expect("no panic").bucket.len(), COUNT);
}

#[test]
fn a_lane_that_breaks_off_is_one_failed_file() {
    let (folder, hands) = (tree(40), hands());
    let carry_out = hand_of(&hands);
    let is_lost = |job: &Job| matches!(job, Job::Upload(it) if it.file.name().ends_with('7'));
    let hand = move |job: Job| if is_lost(&job) { None } else { carry_out(job) };
    let (crew, called) = Crew::new(up(&folder), Box::new(|_| {}), Box::new(hand));
    let summary = run(crew, &called);
    assert_eq!((summary.failed, summary.transferred), (4, 36));
}

#[test]
fn where_no_lane_can_be_begun_whoever_waits_does_it_all() {
    let (folder, hands) = (tree(40), hands());
    let (mut crew, called) = Crew::new(up(&folder), Box::new(|_| {}), hand_of(&hands));
    crew.has_threads = false;
    assert_eq!(run(crew, &called).transferred, 40);
}

#[test]
fn a_panic_of_the_onlooker_comes_up_where_the_run_is_waited_for() {
    let (folder, hands) = (tree(9), hands());
    let onlooker = |event: &Event| assert!(!matches!(event, Event::Done(_)), "it looks away");
    let (crew, called) = Crew::new(up(&folder), Box::new(onlooker), hand_of(&hands));
    let ended = catch_unwind(AssertUnwindSafe(|| run(crew, &called)));
    let payload = ended.expect_err("the onlooker panicked");
    assert_eq!(payload.downcast_ref::<&str>(), Some(&"it looks away"));
}

#[test]
fn a_panic_of_a_provider_comes_up_there_too() {
    struct Fails;
    impl Provider for Fails {
        fn upload(&self, file: NewFile) -> NewFile {
            assert!(!file.name().ends_with('5'), "it has no key");
            file
        }
    }
    let (folder, hands) = (tree(9), hands());
    let setup = Setup { provider: Arc::new(Fails), ..up(&folder) };
    let (crew, called) = Crew::new(setup, Box::new(|_| {}), hand_of(&hands));
    let ended = catch_unwind(AssertUnwindSafe(|| run(crew, &called)));
    let payload = ended.expect_err("the provider panicked");
    assert_eq!(payload.downcast_ref::<&str>(), Some(&"it has no key"));
}

/// Lanes that have not ended keep nothing that somebody waits for.
#[test]
fn whoever_looks_on_is_let_go_when_the_run_is_over() {
    let (folder, hands) = (tree(9), hands());
    let kept = Arc::new(());
    let held = kept.clone();
    let onlooker = move |_: &Event| assert!(Arc::strong_count(&held) > 0);
    let (crew, called) = Crew::new(up(&folder), Box::new(onlooker), hand_of(&hands));
    let lanes = crew.lanes.clone();
    assert!(run(crew, &called).is_complete());
    assert_eq!(Arc::strong_count(&kept), 1);
    drop(lanes);
}

#[test]
fn nothing_begins_after_it_was_given_up() {
    let (folder, hands) = (tree(9), hands());
    let kept = Arc::new(());
    let held = kept.clone();
    let onlooker = move |_: &Event| assert!(Arc::strong_count(&held) > 0);
    let (crew, called) = Crew::new(up(&folder), Box::new(onlooker), hand_of(&hands));
    let lanes = crew.lanes.clone();
    let mut lane = Lane::new(lanes.clone());
    assert_eq!(lanes.begin(), 2, "both sides are listed");
    assert!(lane.next(None).job.is_some());
    lanes.give_up();
    assert_eq!(Arc::strong_count(&kept), 1, "nobody looks on any more");
    let turn = lane.next(Some(Ended::Walked(Err(Error::invalid("not read")))));
    assert!(turn.job.is_none() && turn.begin == 0);
    assert!(lanes.result().is_none() && called.recv_timeout(Duration::ZERO).is_err());
}
