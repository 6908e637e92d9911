//! A driver of canned answers: requests are taken by the name of their operation, and whatever
//! is done to one is followed by a drain, as the contract asks.

use core::fmt::Write as _;

use b2_proto::error::{Cause, Error};
use b2_proto::id::{BufferId, ReqId};
use b2_proto::machine::engine::{Engine, JobId};
use b2_proto::machine::session::{Credentials, Session};
use b2_proto::machine::solo::Solo;
use b2_proto::machine::{Accept, Action, Event, Input, Machine, Progress, Request};
use b2_proto::model::{AccountAuthorization, Capability};
use b2_proto::op::Grant;
use b2_proto::policy::retry::RetryPolicy;
use b2_proto::secret::SecretText;
use b2_proto::time::{Deadline, Instant};
use b2_proto::wire::body::{Body, BodyPiece, BodyPieces, DigestMode};
use b2_proto::wire::reply::{Headers, Reply};
use b2_proto::wire::text::{Sha1, Text};

/// The SHA-1 all bytes of the tests have.
pub(crate) const SHA1: Sha1 = Sha1([0x5a; 20]);
/// The SHA-1 no bytes have.
pub(crate) const OTHER_SHA1: Sha1 = Sha1([0xa5; 20]);

pub(crate) const BAD_TOKEN: &str = r#"{"status":401,"code":"expired_auth_token","message":"m"}"#;
pub(crate) const BUSY: &str = r#"{"status":503,"code":"service_unavailable","message":"busy"}"#;
pub(crate) const REFUSED: &str = r#"{"status":400,"code":"bad_request","message":"no"}"#;

/// Names of what is done besides requests.
pub(crate) const FILL: &str = "fill";
pub(crate) const DIGEST: &str = "digest";
pub(crate) const HASH: &str = "hash";
pub(crate) const CLAIM: &str = "claim";
pub(crate) const TAKE: &str = "take";
pub(crate) const LOGIN: &str = "b2_authorize_account";

/// What is driven: one machine, or an engine.
pub(crate) trait Driven {
    fn poll(&mut self, now: Instant) -> Option<(JobId, Action<'_>)>;
    fn accept(&mut self, flight: &Flight, now: Instant, answer: (u16, &dyn Headers)) -> Accept;
    fn input(&mut self, job: JobId, now: Instant, input: Input<'_>);
    fn version(&self, job: JobId) -> Option<String>;
    fn deadline(&self) -> Option<Deadline>;
    fn event(&mut self) -> Option<Event>;
}

/// One machine with its session.
pub(crate) struct One<M: Machine> {
    pub(crate) session: Session,
    pub(crate) solo: Solo<M>,
    outcome: Option<Result<M::Output, Error>>,
}

/// A request, a buffer to fill or a digest to compute, as the driver remembers it.
#[derive(Clone, Debug)]
pub(crate) struct Flight {
    pub(crate) job: JobId,
    pub(crate) id: ReqId,
    pub(crate) name: &'static str,
    pub(crate) attempt: u16,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

pub(crate) struct Scenario<D> {
    pub(crate) driven: D,
    pub(crate) now: Instant,
    pub(crate) flights: Vec<Flight>,
    /// What was aborted.
    pub(crate) aborted: Vec<&'static str>,
    /// Buffers that were released, in order.
    pub(crate) released: Vec<BufferId>,
    /// The version the job has told last.
    pub(crate) pinned: Option<String>,
    /// Answers that were cut short, and where.
    pub(crate) shortened: Vec<(ReqId, u64)>,
    /// Everything that was begun, in order.
    pub(crate) begun: Vec<&'static str>,
    pub(crate) progress: Progress,
    /// Large files the job has told of.
    pub(crate) started: usize,
    /// What becomes of claims.
    pub(crate) claims: Claims,
    /// What was claimed.
    pub(crate) claimed: Vec<String>,
}

/// What becomes of claims.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Claims {
    /// They are granted at once.
    Granted,
    /// They are flights like any other.
    Asked,
}

pub(crate) fn session() -> Session {
    let credentials = Credentials::new("id", "key", "production").expect("valid");
    let mut session = Session::new(credentials, 1);
    session.policy = RetryPolicy::EXACT;
    session
}

/// A session that is logged in already.
pub(crate) fn logged_in() -> Session {
    let mut session = session();
    session.resume_login(grant());
    session
}

/// A session that knows what its key may do.
pub(crate) fn permitted(capabilities: &[&str]) -> Session {
    let mut session = session();
    let account = login_answer("token-1");
    let mut account: AccountAuthorization = serde_json::from_str(&account).expect("a login");
    let capabilities = capabilities.iter().map(|each| Capability::from(*each)).collect();
    account.storage_api.allowed.capabilities = capabilities;
    session.resume_account(account);
    session
}

pub(crate) fn grant() -> Grant {
    Grant {
        account_id: Text::truncated("account"),
        token: SecretText::new("token-1").expect("short"),
        api_url: Text::truncated("https://api000.backblazeb2.com"),
        download_url: Text::truncated("https://f000.backblazeb2.com"),
        recommended_part_len: 100,
        part_len_min: 10,
    }
}

/// The answer to a login that gives `token`.
pub(crate) fn login_answer(token: &str) -> String {
    format!(
        r#"{{"accountId":"account","authorizationToken":"{token}","apiInfo":{{"storageApi":{{
        "apiUrl":"https://api000.backblazeb2.com","downloadUrl":"https://f000.backblazeb2.com",
        "s3ApiUrl":"https://s3.example","recommendedPartSize":100,"absoluteMinimumPartSize":10,
        "allowed":{{"buckets":null,"capabilities":["listBuckets","readFiles","writeFiles"],
        "namePrefix":null}}}}}}}}"#
    )
}

/// The answer that gives an upload URL with this number.
pub(crate) fn url_answer(number: u32) -> String {
    format!(
        r#"{{"bucketId":"b","uploadUrl":"https://pod-{number}.backblaze.com/u",
        "authorizationToken":"t{number}"}}"#
    )
}

/// A file structure.
pub(crate) fn file_answer(action: &str, sha1: &str, len: u64) -> String {
    format!(
        r#"{{"accountId":"account","action":"{action}","bucketId":"b","contentLength":{len},
        "contentSha1":{sha1},"contentType":"text/plain","fileId":"4_z1","fileInfo":{{}},
        "fileName":"n","uploadTimestamp":5}}"#
    )
}

/// The SHA-1 as a JSON string.
pub(crate) fn quoted(sha1: Sha1) -> String {
    format!("\"{sha1}\"")
}

impl<M: Machine> Scenario<One<M>> {
    /// One machine, driven by `Solo`, in a session that is logged in.
    pub(crate) fn of(machine: M) -> Self {
        Self::of_with(logged_in(), machine)
    }

    pub(crate) fn of_with(session: Session, machine: M) -> Self {
        let solo = Solo::new(machine);
        let mut scenario = Self::driving(One { session, solo, outcome: None });
        scenario.drain();
        scenario
    }

    pub(crate) fn cancel(&mut self) {
        self.driven.solo.cancel(self.now);
        self.drain();
    }

    /// The outcome; nothing may be left in flight then.
    #[track_caller]
    pub(crate) fn outcome(&mut self) -> Result<M::Output, Error> {
        let outcome = self.driven.outcome.take().expect("the job has ended");
        assert!(self.flights.is_empty(), "in flight after the end: {:?}", self.flights);
        outcome
    }

    #[track_caller]
    pub(crate) fn error(&mut self) -> Error {
        self.outcome().err().expect("an error")
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.driven.outcome.is_some()
    }
}

impl Scenario<Engine> {
    pub(crate) fn engine(session: Session, in_flight_max: usize) -> Self {
        Self::driving(Engine::new(session, in_flight_max))
    }

    pub(crate) fn add<M>(&mut self, machine: M) -> JobId
    where
        M: Machine + Send + 'static,
        M::Output: Send + 'static,
    {
        let job = self.driven.add(machine);
        self.drain();
        job
    }

    /// The result of the next job that has ended.
    #[track_caller]
    pub(crate) fn ended<T: 'static>(&mut self) -> (JobId, Result<T, Error>) {
        let (job, outcome) = self.driven.take_outcome().expect("a job has ended");
        (job, outcome.map(|output| *output.downcast().expect("of this type")))
    }
}

impl<D: Driven> Scenario<D> {
    fn driving(driven: D) -> Self {
        Self {
            driven,
            now: Instant::from_ms(1_000),
            flights: Vec::new(),
            aborted: Vec::new(),
            released: Vec::new(),
            pinned: None,
            shortened: Vec::new(),
            begun: Vec::new(),
            progress: Progress::default(),
            started: 0,
            claims: Claims::Granted,
            claimed: Vec::new(),
        }
    }

    /// Polls until there is nothing to do; asking for the deadline checks the contract.
    pub(crate) fn drain(&mut self) {
        for _ in 0..1_000 {
            let Some((job, action)) = self.driven.poll(self.now) else {
                self.driven.deadline();
                while let Some(event) = self.driven.event() {
                    match event {
                        Event::Progress(progress) => self.progress = progress,
                        Event::LargeFileStarted => self.started += 1,
                        Event::Retry(_) => {}
                    }
                }
                return;
            };
            match action {
                Action::Abort(id) => {
                    let at = self.flights.iter().position(|each| (each.job, each.id) == (job, id));
                    let flight = self.flights.remove(at.expect("aborts what is in flight"));
                    self.aborted.push(flight.name);
                }
                Action::Release(slot) => self.released.push(slot),
                Action::Shorten { id, len } => self.shortened.push((id, len)),
                Action::Claim { id, file } if self.claims == Claims::Granted => {
                    self.claimed.push(file.to_owned());
                    self.driven.input(job, self.now, Input::Claimed { id, granted: true });
                }
                Action::Send(_)
                | Action::Fill { .. }
                | Action::Digest { .. }
                | Action::Hash { .. }
                | Action::HashJoined { .. }
                | Action::Take { .. }
                | Action::Claim { .. } => {
                    let flight = remember(job, &action);
                    self.begun.push(flight.name);
                    self.flights.push(flight);
                }
            }
        }
        panic!("no end of actions: {:?}", self.begun.last());
    }

    /// What is in flight.
    pub(crate) fn names(&self) -> Vec<&'static str> {
        self.flights.iter().map(|flight| flight.name).collect()
    }

    /// Takes the oldest flight of this name out of those to be answered.
    #[track_caller]
    pub(crate) fn take(&mut self, name: &str) -> Flight {
        let at = self.flights.iter().position(|flight| flight.name == name);
        let at = at.unwrap_or_else(|| panic!("no {name} among {:?}", self.names()));
        self.flights.remove(at)
    }

    pub(crate) fn answer(&mut self, flight: &Flight, status: u16, body: &str) {
        self.answer_with(flight, status, &[], body);
    }

    pub(crate) fn answer_with(
        &mut self,
        flight: &Flight,
        status: u16,
        headers: &[(&str, &str)],
        body: &str,
    ) {
        let reply = Reply { status, headers: &Pairs(headers), body: body.as_bytes() };
        self.input(flight, Input::Response { id: flight.id, reply, sent: flight.sent() });
    }

    pub(crate) fn input(&mut self, flight: &Flight, input: Input<'_>) {
        self.driven.input(flight.job, self.now, input);
        self.drain();
    }

    /// Takes the oldest flight of this name and answers it.
    #[track_caller]
    pub(crate) fn serve(&mut self, name: &str, status: u16, body: &str) {
        let flight = self.take(name);
        self.answer(&flight, status, body);
    }

    /// Logs in, which the job asks for.
    #[track_caller]
    pub(crate) fn log_in(&mut self, token: &str) {
        self.serve(LOGIN, 200, &login_answer(token));
    }

    pub(crate) fn break_off(&mut self, flight: &Flight, cause: Cause, stored: u64) {
        self.break_off_sent(flight, cause, stored, flight.sent());
    }

    /// As [`break_off`](Self::break_off), and tells how much of the body was handed over.
    pub(crate) fn break_off_sent(
        &mut self,
        flight: &Flight,
        cause: Cause,
        stored: u64,
        sent: Option<Sha1>,
    ) {
        self.input(flight, Input::Failed { id: flight.id, cause, detail: "", stored, sent });
    }

    pub(crate) fn accept(
        &mut self,
        flight: &Flight,
        status: u16,
        headers: &[(&str, &str)],
    ) -> Accept {
        let accept = self.driven.accept(flight, self.now, (status, &Pairs(headers)));
        self.pinned = self.driven.version(flight.job);
        self.drain();
        accept
    }

    /// Waits for the deadline; milliseconds waited.
    #[track_caller]
    pub(crate) fn wait(&mut self) -> u64 {
        let at = self.driven.deadline().expect("a deadline").at;
        let waited_ms = at.since_ms(self.now);
        self.now = at;
        self.drain();
        waited_ms
    }
}

/// Headers of any number.
struct Pairs<'a>(&'a [(&'a str, &'a str)]);

impl Headers for Pairs<'_> {
    fn value(&self, name: &str) -> Option<&str> {
        self.0.value(name)
    }

    fn each(&self, take: &mut dyn FnMut(&str, &str)) {
        self.0.each(take);
    }
}

fn remember(job: JobId, action: &Action<'_>) -> Flight {
    let local = |id: ReqId, name, body| Flight {
        job,
        id,
        name,
        attempt: 1,
        url: String::new(),
        headers: Vec::new(),
        body,
    };
    match action {
        Action::Send(request) => remember_request(job, request),
        Action::Fill { id, slot, len, .. } => local(*id, FILL, format!("{len} into {}", slot.0)),
        Action::Digest { id, offset, len, .. } => {
            local(*id, DIGEST, format!("{len} from {offset}"))
        }
        Action::Hash { id, offset, len, .. } => local(*id, HASH, format!("{len} from {offset}")),
        Action::HashJoined { id, pieces } => local(*id, HASH, joined(*pieces)),
        Action::Take { id, closed, len, .. } => {
            let closed: Vec<_> = closed.iter().map(|source| source.0).collect();
            local(*id, TAKE, format!("{len}, closed {closed:?}"))
        }
        Action::Claim { id, file } => local(*id, CLAIM, (*file).to_owned()),
        Action::Abort(_) | Action::Release(_) | Action::Shorten { .. } => {
            panic!("{action:?} is not begun")
        }
    }
}

/// Pieces in the form `3 from 0 of 1 + 5 fed`.
fn joined(pieces: &dyn BodyPieces) -> String {
    let mut text = Vec::new();
    pieces.each(&mut |piece| {
        text.push(match piece {
            BodyPiece::Range { source, offset, len } => {
                format!("{len} from {offset} of {}", source.0)
            }
            BodyPiece::Fed { len } => format!("{len} fed"),
        });
    });
    text.join(" + ")
}

fn remember_request(job: JobId, request: &Request<'_>) -> Flight {
    let mut headers = Vec::new();
    request.head.each_field(&mut |field| {
        headers.push((field.name.to_string(), field.value.to_string()));
    });
    let mut body = String::new();
    match request.body {
        Body::Empty => {}
        Body::Json(json) => json.write_json(&mut body).expect("writes"),
        Body::Range { offset, len, digest, .. } => {
            let known = if digest == DigestMode::AtEnd { "" } else { " known" };
            write!(body, "{len} from {offset}{known}").expect("writes");
        }
        Body::Buffer { slot, len, .. } => write!(body, "{len} of {}", slot.0).expect("writes"),
        Body::Joined { pieces, .. } => body = joined(pieces),
    }
    let &Request { id, operation: name, attempt, .. } = request;
    Flight { job, id, name, attempt, url: request.head.target.to_string(), headers, body }
}

impl Flight {
    /// The digest of the whole body.
    fn sent(&self) -> Option<Sha1> {
        (!self.body.is_empty()).then_some(SHA1)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(each, _)| each.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

impl<M: Machine> Driven for One<M> {
    fn poll(&mut self, now: Instant) -> Option<(JobId, Action<'_>)> {
        let Self { session, solo, outcome } = self;
        if solo.decide(session, now) {
            return solo.action(session).map(|action| (JobId::LOGIN, action));
        }
        if let Some(ended) = solo.outcome() {
            assert!(outcome.is_none(), "a second outcome");
            *outcome = Some(ended);
        }
        None
    }

    fn accept(&mut self, flight: &Flight, now: Instant, answer: (u16, &dyn Headers)) -> Accept {
        self.solo.accept(&mut self.session, now, flight.id, answer.0, answer.1)
    }

    fn input(&mut self, _job: JobId, now: Instant, input: Input<'_>) {
        self.solo.handle_input(&mut self.session, now, input);
    }

    fn version(&self, _job: JobId) -> Option<String> {
        self.solo.version().map(|version| version.file_id.to_owned())
    }

    fn deadline(&self) -> Option<Deadline> {
        self.solo.poll_deadline(&self.session)
    }

    fn event(&mut self) -> Option<Event> {
        self.solo.poll_event()
    }
}

impl Driven for Engine {
    fn poll(&mut self, now: Instant) -> Option<(JobId, Action<'_>)> {
        self.poll_action(now)
    }

    fn accept(&mut self, flight: &Flight, now: Instant, answer: (u16, &dyn Headers)) -> Accept {
        Self::accept(self, flight.job, now, flight.id, answer.0, answer.1)
    }

    fn input(&mut self, job: JobId, now: Instant, input: Input<'_>) {
        self.handle_input(job, now, input);
    }

    fn version(&self, job: JobId) -> Option<String> {
        Self::version(self, job).map(|version| version.file_id.to_owned())
    }

    fn deadline(&self) -> Option<Deadline> {
        self.poll_deadline()
    }

    fn event(&mut self) -> Option<Event> {
        self.poll_event().map(|(_, event)| event)
    }
}
