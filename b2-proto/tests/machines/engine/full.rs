//! What goes on while as many requests are in flight as may be.

use super::*;
use b2_proto::machine::engine::JobId;
use b2_proto::machine::put::{Put, PutOptions};
use b2_proto::machine::session::Session;
use b2_proto::machine::{Action, Event, Input, Machine};
use b2_proto::time::{Deadline, Instant};
use core::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;

const START: &str = "b2_start_large_file";

/// An upload of a source of which nobody knows the length.
fn stream(all: &mut Scenario<Engine>) -> JobId {
    let options = PutOptions { lanes: 2, ..PutOptions::default() };
    let payload = Payload::unbounded(SourceId(0));
    all.add(Put::<FileRef>::new(NewFile::new("b", "n"), payload, options))
}

fn fill(all: &mut Scenario<Engine>) {
    let fill = all.take(FILL);
    let len = fill.body.split(' ').next().and_then(|len| len.parse().ok()).expect("a length");
    all.input(&fill, Input::Filled { id: fill.id, len, digest: SHA1 });
}

#[test]
fn a_source_is_read_while_no_connection_is_free() {
    let mut all = Scenario::engine(logged_in(), 1);
    let busy = all.add(hide("a"));
    let upload = stream(&mut all);
    assert_eq!(all.names(), [HIDE, FILL]);
    fill(&mut all);
    assert_eq!(all.names(), [HIDE, FILL], "the second buffer");
    fill(&mut all);
    assert_eq!(all.names(), [HIDE], "what follows needs a connection");
    all.serve(HIDE, 200, &hidden());
    assert_eq!(all.ended::<FileVersion>().0, busy);
    assert_eq!((all.flights[0].job, all.names()), (upload, vec![START]));
}

#[test]
fn who_works_without_a_connection_takes_no_turn_of_those_who_wait_for_one() {
    let mut all = Scenario::engine(logged_in(), 1);
    let first = all.add(hide("a"));
    let mut waiting: Vec<_> = (0..2).map(|_| all.add(hide("b"))).collect();
    let upload = stream(&mut all);
    waiting.extend((0..2).map(|_| all.add(hide("c"))));
    let mut served = Vec::new();
    while let Some(flight) = all.flights.iter().find(|flight| flight.name == HIDE) {
        served.push(flight.job);
        if all.names().contains(&FILL) {
            fill(&mut all);
        }
        all.serve(HIDE, 200, &hidden());
        if all.names().contains(&START) {
            served.push(upload);
            all.serve(START, 400, REFUSED);
        }
    }
    // The upload has asked for a place when its buffers were full, after all the others.
    let expected = [&[first][..], &waiting, &[upload]].concat();
    assert_eq!(served, expected);
}

/// Says how often it was asked, and never does anything.
#[derive(Debug, Default)]
struct Idle(Arc<AtomicUsize>);

impl Machine for Idle {
    type Output = ();

    fn decide(&mut self, _cx: &mut Session, _now: Instant) -> bool {
        self.0.fetch_add(1, Ordering::Relaxed);
        false
    }

    fn action<'a>(&'a mut self, _cx: &'a Session) -> Option<Action<'a>> {
        None
    }

    fn handle_input(&mut self, _cx: &mut Session, _now: Instant, _input: Input<'_>) {}

    fn poll_deadline(&self, _cx: &Session) -> Option<Deadline> {
        Some(Deadline { at: Instant::from_ms(1_000_000), why: "it only waits" })
    }

    fn waits_for_login(&self, _cx: &Session) -> bool {
        false
    }

    fn poll_event(&mut self) -> Option<Event> {
        None
    }

    fn cancel(&mut self, _now: Instant) {}

    fn outcome(&mut self) -> Option<Result<(), Error>> {
        None
    }
}

#[test]
fn nobody_is_asked_again_before_something_happens() {
    let mut all = Scenario::engine(logged_in(), 1);
    for _ in 0..20 {
        all.add(hide("n"));
    }
    let asked = Arc::new(AtomicUsize::new(0));
    all.add(Idle(Arc::clone(&asked)));
    for _ in 0..20 {
        all.serve(HIDE, 200, &hidden());
    }
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}

#[test]
fn who_waits_for_a_place_can_be_given_up_and_leaves_its_turn() {
    let mut all = Scenario::engine(logged_in(), 1);
    let jobs: Vec<_> = (0..4).map(|_| all.add(hide("n"))).collect();
    all.driven.cancel(jobs[1]);
    all.drain();
    let (job, result) = all.ended::<FileVersion>();
    assert_eq!((job, result.map_err(|e| e.kind).err()), (jobs[1], Some(ErrorKind::Cancelled)));
    let last = all.add(hide("n"));
    for job in [jobs[0], jobs[2], jobs[3], last] {
        assert_eq!(all.flights[0].job, job);
        all.serve(HIDE, 200, &hidden());
    }
    assert!(all.driven.is_empty());
}

/// Serves `patient` with a token that is refused, and makes it wait for another job with the next.
fn refuse(all: &mut Scenario<Engine>, patient: JobId, token: &str) {
    // It has the place of a job that has ended, and is woken first.
    let other = all.add(hide("b"));
    all.serve(HIDE, 401, BAD_TOKEN);
    all.log_in(token);
    assert_eq!((all.flights[0].job, all.flights.len()), (other, 1));
    all.serve(HIDE, 200, &hidden());
    assert_eq!(all.ended::<FileVersion>().0, other);
    assert_eq!(all.flights[0].job, patient);
}

/// A job whose request is in flight, in a slot behind that of a job that has ended.
fn patient(all: &mut Scenario<Engine>) -> JobId {
    all.add(hide("a"));
    let patient = all.add(hide("p"));
    all.serve(HIDE, 200, &hidden());
    assert_ne!(all.ended::<FileVersion>().0, patient);
    patient
}

#[test]
fn a_token_that_grows_old_before_a_request_has_its_turn_is_renewed_again() {
    let mut all = Scenario::engine(logged_in(), 1);
    let patient = patient(&mut all);
    for token in ["token-2", "token-3", "token-4"] {
        refuse(&mut all, patient, token);
    }
    all.serve(HIDE, 200, &hidden());
    let (job, result) = all.ended::<FileVersion>();
    assert!(job == patient && result.is_ok());
}

#[test]
fn a_token_that_is_always_refused_is_not_renewed_for_ever() {
    let mut all = Scenario::engine(logged_in(), 1);
    let patient = patient(&mut all);
    for token in ["2", "3", "4", "5", "6"] {
        refuse(&mut all, patient, token);
    }
    all.add(hide("b"));
    all.serve(HIDE, 401, BAD_TOKEN);
    let (job, result) = all.ended::<FileVersion>();
    assert_eq!((job, result.map_err(|e| e.kind).err()), (patient, Some(ErrorKind::BadKey)));
}
