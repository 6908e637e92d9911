//! The engine: a job is a box and its texts; requests take next to nothing.

use b2_proto::id::{ReqId, SourceId};
use b2_proto::machine::engine::{Engine, JobId};
use b2_proto::machine::large::{Lane, LargeUpload};
use b2_proto::machine::upload::Payload;
use b2_proto::machine::{Action, Input};
use b2_proto::op::new_file::NewFile;
use b2_proto::op::receipt::FileRef;
use b2_proto::plan::parts::PartPlan;
use b2_proto::time::Instant;
use b2_proto::wire::reply::Reply;
use b2_proto::wire::text::Text;

use crate::allocations;
use crate::canned::{SHA1, answer, session, write};

const PARTS: usize = 1_000;
const LEN: u64 = 5_000_000 * PARTS as u64;
/// Most allocations for a job of a thousand requests and for the login.
const ALLOCATIONS_MAX: usize = 32;

#[test]
fn the_requests_of_a_job_take_next_to_nothing_from_the_heap() {
    let mut requests = 0;
    let counted = allocations(|| requests = run());
    assert!(requests > PARTS, "{requests} requests");
    assert!(counted > 0, "the counter counts");
    assert!(counted <= ALLOCATIONS_MAX, "{counted} allocations for {requests} requests");
}

/// Uploads a file of a thousand parts; the number of requests.
fn run() -> usize {
    let plan = PartPlan::equal(LEN, 5_000_000).expect("is a plan");
    let payload = Payload::seekable(SourceId(0), LEN);
    let lanes = [const { Lane::new() }; 4];
    let job = LargeUpload::<_, _, _, FileRef>::new(
        NewFile::new("bucket", "a"),
        payload,
        plan,
        vec![None; PARTS],
        lanes,
    );
    let mut engine = Engine::new(session(), 4);
    engine.add(job);
    let now = Instant::from_ms(1);
    let mut flights = heapless::Vec::<(JobId, ReqId, Text<512>), 8>::new();
    for landed in 0..10 * PARTS {
        while let Some((job, action)) = engine.poll_action(now) {
            let Action::Send(request) = action else { panic!("{action:?}") };
            write(&request);
            let flight = (job, request.id, answer(&request));
            assert!(flights.push(flight).is_ok(), "few requests at a time");
        }
        while engine.poll_event().is_some() {}
        if let Some((_, outcome)) = engine.take_outcome() {
            assert!(outcome.is_ok(), "{:?}", outcome.err());
            return landed;
        }
        let (job, id, body) = flights.pop().expect("something is in flight");
        let headers = &[("Content-Type", "application/json")];
        let reply = Reply { status: 200, headers, body: body.as_bytes() };
        engine.handle_input(job, now, Input::Response { id, reply, sent: Some(SHA1) });
    }
    panic!("no end");
}
