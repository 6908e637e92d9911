//! Whole jobs on the bare core, with every third request failing.

use b2_proto::error::Cause;
use b2_proto::id::{ReqId, SinkId, SourceId};
use b2_proto::machine::download::{Download, DownloadOptions, RangeLane};
use b2_proto::machine::large::{Lane, LargeUpload};
use b2_proto::machine::session::Session;
use b2_proto::machine::single::Single;
use b2_proto::machine::solo::Solo;
use b2_proto::machine::upload::{Payload, Upload};
use b2_proto::machine::{Accept, Action, Input, Machine, ReplyTo, Request};
use b2_proto::op::download::{DownloadRequest, Object};
use b2_proto::op::file_spec::FileSpec;
use b2_proto::op::hide_file::HideFile;
use b2_proto::op::receipt::FileRef;
use b2_proto::plan::parts::PartPlan;
use b2_proto::time::Instant;
use b2_proto::wire::reply::Reply;
use b2_proto::wire::text::Text;

use crate::allocations;
use crate::canned::{SHA1, answer, session, write};

const TURNS_MAX: usize = 1_000;
const LEN: u64 = 16_000_000;
const BUSY: &[u8] = br#"{"status":503,"code":"service_unavailable","message":"busy"}"#;

#[test]
fn jobs_take_nothing_from_the_heap() {
    let file = || FileSpec::new("bucket", "a/\u{17c}.txt");
    for (name, job) in [
        ("upload", (&|| run(Upload::<_, FileRef>::new(file(), payload(9)))) as &dyn Fn()),
        ("stream", &|| run(Upload::<_, FileRef>::new(file(), Payload::stream(SourceId(0), 9)))),
        ("large upload", &|| run(large(file()))),
        ("download", &|| run(download())),
        ("call", &|| run(Single::new(HideFile::<_, FileRef>::new("bucket", "a")))),
    ] {
        assert_eq!(allocations(job), 0, "{name}");
    }
    // The counter counts, or the above proves nothing.
    assert!(allocations(|| drop(core::hint::black_box(Box::new(1)))) > 0);
}

const fn payload(len: u64) -> Payload {
    Payload::seekable(SourceId(0), len)
}

fn large(file: FileSpec<'_>) -> impl Machine + use<'_> {
    let plan = PartPlan::equal(LEN, 5_000_000).expect("makes three parts");
    let lanes = [const { Lane::new() }; 2];
    LargeUpload::<_, _, _, FileRef>::new(file, payload(LEN), plan, [None; 3], lanes)
}

fn download() -> impl Machine {
    let object = Object::Name { bucket: "photos", name: "a b" };
    let options = DownloadOptions::whole(SinkId(0));
    Download::<_, _, ()>::new(DownloadRequest::new(object), options, [RangeLane::new()])
}

/// Drives a job to its good end.
fn run<M: Machine>(machine: M) {
    let mut session = session();
    let mut solo = Solo::new(machine);
    let mut wire = Wire::default();
    let mut now = Instant::from_ms(1);
    for _ in 0..TURNS_MAX {
        while let Some(action) = solo.poll_action(&mut session, now) {
            wire.start(&action);
        }
        while solo.poll_event().is_some() {}
        if let Some(outcome) = solo.outcome() {
            assert!(outcome.is_ok(), "{:?}", outcome.err());
            assert!(wire.failures > 0, "the path of failures is counted too");
            return;
        }
        match wire.flights.pop() {
            Some(flight) => flight.land(&mut solo, &mut session, now),
            None => now = solo.poll_deadline(&session).expect("waits for something").at,
        }
    }
    panic!("no end");
}

/// Requests in flight.
#[derive(Default)]
struct Wire {
    flights: heapless::Vec<Flight, 4>,
    started: usize,
    failures: usize,
}

struct Flight {
    id: ReqId,
    kind: Kind,
}

enum Kind {
    Answered(Text<512>),
    Stored,
    Busy { is_download: bool },
    Reset,
    Filled(u64),
    Digested,
}

impl Wire {
    fn start(&mut self, action: &Action<'_>) {
        let (id, kind) = match action {
            Action::Send(request) => (request.id, self.send(request)),
            Action::Fill { id, len, .. } => (*id, Kind::Filled(*len)),
            Action::Digest { id, .. } => (*id, Kind::Digested),
            Action::Release(slot) => panic!("{slot:?} is released"),
            Action::Shorten { id, .. } => panic!("{id:?} is shortened"),
            Action::Abort(id)
            | Action::Hash { id, .. }
            | Action::HashJoined { id, .. }
            | Action::Take { id, .. }
            | Action::Claim { id, .. } => {
                panic!("{id:?} is aborted, or of no machine of the bare core")
            }
        };
        assert!(self.flights.push(Flight { id, kind }).is_ok(), "few requests at a time");
    }

    fn send(&mut self, request: &Request<'_>) -> Kind {
        write(request);
        let is_download = request.reply == ReplyTo::Sink;
        self.started += 1;
        self.failures += usize::from(self.started % 3 == 1);
        match (self.started % 3, self.started % 2) {
            (1, 0) => Kind::Reset,
            (1, _) => Kind::Busy { is_download },
            _ if is_download => Kind::Stored,
            _ => Kind::Answered(answer(request)),
        }
    }
}

impl Flight {
    fn land<M: Machine>(self, solo: &mut Solo<M>, cx: &mut Session, now: Instant) {
        let Self { id, kind } = self;
        let headers = &[("Content-Length", "3"), ("X-Bz-File-Id", "4_z"), SHA1_HEADER];
        let reply = |status, body| Reply { status, headers, body };
        let input = match &kind {
            Kind::Answered(body) => {
                let reply = reply(200, body.as_bytes());
                Input::Response { id, reply, sent: Some(SHA1) }
            }
            Kind::Stored => {
                let accepted = solo.accept(cx, now, id, 200, headers);
                assert!(matches!(accepted, Accept::Store { len: 3, .. }));
                Input::Stored { id }
            }
            Kind::Busy { is_download } => {
                if *is_download {
                    let accepted = solo.accept(cx, now, id, 503, headers);
                    assert!(matches!(accepted, Accept::Collect { .. }));
                }
                Input::Response { id, reply: reply(503, BUSY), sent: None }
            }
            Kind::Reset => {
                Input::Failed { id, cause: Cause::Reset, detail: "reset", stored: 0, sent: None }
            }
            Kind::Filled(len) => Input::Filled { id, len: *len, digest: SHA1 },
            Kind::Digested => Input::Digested { id, digest: SHA1 },
        };
        solo.handle_input(cx, now, input);
    }
}

const SHA1_HEADER: (&str, &str) = ("X-Bz-Content-Sha1", "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a");
