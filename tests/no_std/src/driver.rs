//! The run loop of a driver, with answers that are written down instead of a network.

use b2_proto::error::{Cause, Error};
use b2_proto::id::ReqId;
use b2_proto::machine::session::Credentials;
use b2_proto::machine::solo::Solo;
use b2_proto::machine::{Accept, Action, Input, Machine, ReplyTo, Request, Session};
use b2_proto::time::{Deadline, Instant};
use b2_proto::wire::body::{Body, BodyHasher};
use b2_proto::wire::reply::{Headers, Reply};
use b2_proto::wire::text::Sha1;

use crate::sink::Sink;
use crate::transcript;

/// Most turns of a job's loop.
const TURNS_MAX: u32 = 100;
/// Most requests at the same time.
const IN_FLIGHT_MAX: usize = 4;

/// A request and what is answered. Answers are given in the order of the requests.
pub(crate) struct Exchange {
    pub(crate) request: &'static str,
    pub(crate) answer: Answer,
}

/// What is answered.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: &'static [(&'static str, &'static str)],
    pub(crate) body: &'static str,
}

impl Answer {
    pub(crate) const fn new(status: u16, body: &'static str) -> Self {
        Self { status, headers: &[], body }
    }
}

/// How a step failed; the second digit of the exit code.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A request is not the one that is expected next.
    OtherRequest = 1,
    /// The job ended before all requests were made.
    TooFewRequests = 2,
    /// The job ended with an error.
    Failed = 3,
    /// The outcome is not the expected one.
    OtherOutcome = 4,
    /// The job neither ended nor had anything to wait for.
    Stuck = 5,
    /// The driver was asked for something this one cannot do.
    Unsupported = 6,
}

/// `Ok` when `is_so`.
pub(crate) fn expect(is_so: bool) -> Result<(), Fault> {
    if is_so { Ok(()) } else { Err(Fault::OtherOutcome) }
}

/// A job of any kind.
type Job<'a, T> = Solo<&'a mut dyn Machine<Output = T>>;

/// What outlives a job.
pub(crate) struct World {
    session: Session,
    now: Instant,
    pub(crate) sink: Sink,
    /// Milliseconds that jobs have waited.
    pub(crate) waited_ms: u64,
    /// Most requests that were in flight at the same time.
    pub(crate) most_in_flight: usize,
}

impl World {
    pub(crate) fn new() -> Result<Self, Error> {
        let credentials = Credentials::new("0012key", "K001secret", "https://b2.test")?;
        Ok(Self {
            session: Session::new(credentials, 1),
            now: Instant::from_ms(0),
            sink: Sink::new(),
            waited_ms: 0,
            most_in_flight: 0,
        })
    }

    /// Runs a job to its end: every request must be the next of `script`, and none may be left.
    pub(crate) fn run<T>(
        &mut self,
        machine: &mut dyn Machine<Output = T>,
        script: &'static [Exchange],
    ) -> Result<T, Fault> {
        let mut machine = Solo::new(machine);
        let mut wire = Wire { script: script.iter(), flights: [NOTHING; IN_FLIGHT_MAX], count: 0 };
        for _ in 0..TURNS_MAX {
            while let Some(action) = machine.poll_action(&mut self.session, self.now) {
                wire.start(&action, &self.sink)?;
            }
            self.most_in_flight = self.most_in_flight.max(wire.count);
            if let Some(outcome) = machine.outcome() {
                return match outcome {
                    Err(error) => {
                        transcript::failed(&error);
                        Err(Fault::Failed)
                    }
                    Ok(_) if !wire.is_done() => Err(Fault::TooFewRequests),
                    Ok(output) => Ok(output),
                };
            }
            match wire.next() {
                Some(flight) => self.land(&mut machine, &flight),
                None => self.wait(machine.poll_deadline(&self.session))?,
            }
        }
        Err(Fault::Stuck)
    }

    /// Tells the job how a request has ended.
    fn land<T>(&mut self, machine: &mut Job<'_, T>, flight: &Flight) {
        let Flight { id, answer, sent, digest, is_download } = *flight;
        let Answer { status, headers, body } = answer;
        let (headers, body) = (&Fields(headers), body.as_bytes());
        let mut input =
            Input::Response { id, reply: Reply { status: *status, headers, body }, sent };
        if let Some(digest) = digest {
            input = Input::Digested { id, digest };
        } else if is_download
            && let Accept::Store { offset, len, .. } =
                machine.accept(&mut self.session, self.now, id, *status, headers)
        {
            // A body that is too short is a connection that broke.
            let stored = self.sink.store(offset, len, body);
            input = match stored == len {
                true => Input::Stored { id },
                false => Input::Failed { id, cause: Cause::Reset, detail: "", stored, sent: None },
            };
        }
        machine.handle_input(&mut self.session, self.now, input);
    }

    fn wait(&mut self, deadline: Option<Deadline>) -> Result<(), Fault> {
        let Deadline { at, .. } = deadline.ok_or(Fault::Stuck)?;
        self.waited_ms += at.since_ms(self.now);
        self.now = at;
        Ok(())
    }
}

/// A request in flight.
#[derive(Clone, Copy)]
struct Flight {
    id: ReqId,
    answer: &'static Answer,
    sent: Option<Sha1>,
    /// The digest of the sink, when that was asked for.
    digest: Option<Sha1>,
    is_download: bool,
}

static NO_ANSWER: Answer = Answer::new(0, "");

const NOTHING: Flight = Flight {
    id: ReqId { slot: 0, generation: 0 },
    answer: &NO_ANSWER,
    sent: None,
    digest: None,
    is_download: false,
};

/// The requests of one job.
struct Wire {
    script: core::slice::Iter<'static, Exchange>,
    /// In the order they were made.
    flights: [Flight; IN_FLIGHT_MAX],
    /// How many there are.
    count: usize,
}

impl Wire {
    fn is_done(&self) -> bool {
        self.script.as_slice().is_empty() && self.count == 0
    }

    fn next(&mut self) -> Option<Flight> {
        self.count = self.count.checked_sub(1)?;
        let first = self.flights[0];
        self.flights.copy_within(1.., 0);
        Some(first)
    }

    fn start(&mut self, action: &Action<'_>, sink: &Sink) -> Result<(), Fault> {
        let flight = match action {
            Action::Send(request) => self.send(request)?,
            Action::Digest { id, offset: 0, len, .. } => {
                let digest = Some(sink.digest(*len).ok_or(Fault::Unsupported)?);
                Flight { id: *id, digest, ..NOTHING }
            }
            Action::Abort(_)
            | Action::Fill { .. }
            | Action::Release(_)
            | Action::Hash { .. }
            | Action::HashJoined { .. }
            | Action::Take { .. }
            | Action::Claim { .. }
            | Action::Digest { .. }
            | Action::Shorten { .. } => {
                return Err(Fault::Unsupported);
            }
        };
        *self.flights.get_mut(self.count).ok_or(Fault::Unsupported)? = flight;
        self.count += 1;
        Ok(())
    }

    fn send(&mut self, request: &Request<'_>) -> Result<Flight, Fault> {
        let Exchange { request: expected, answer } =
            self.script.next().ok_or(Fault::OtherRequest)?;
        if !transcript::is_as(request, expected) {
            return Err(Fault::OtherRequest);
        }
        let is_download = request.reply == ReplyTo::Sink;
        Ok(Flight {
            id: request.id,
            answer,
            sent: digest_of(&request.body),
            is_download,
            ..NOTHING
        })
    }
}

/// Reads a payload as a driver does while it sends it.
fn digest_of(body: &Body<'_>) -> Option<Sha1> {
    let Body::Range { offset, len, digest, .. } = *body else { return None };
    let mut hasher = BodyHasher::new(digest);
    for at in offset..offset + len {
        hasher.update(&[source_byte(at)]);
    }
    Some(hasher.finish().0)
}

/// The source: bytes that depend on their place alone.
fn source_byte(at: u64) -> u8 {
    (at.wrapping_mul(31)).wrapping_add((at >> 8).wrapping_mul(7)).to_le_bytes()[0]
}

/// Headers of an answer.
struct Fields(&'static [(&'static str, &'static str)]);

impl Headers for Fields {
    fn value(&self, name: &str) -> Option<&str> {
        self.0.value(name)
    }

    fn each(&self, take: &mut dyn FnMut(&str, &str)) {
        self.0.each(take);
    }
}
