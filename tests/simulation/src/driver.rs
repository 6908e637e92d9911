//! The driver: carries out what the core wants done.

use b2_proto::error::Cause;
use b2_proto::id::{BufferId, ReqId, SourceId};
use b2_proto::machine::Action;
use b2_proto::time::Instant;
use b2_proto::wire::body::DigestMode;
use b2_proto::wire::text::Sha1;
use b2_sim::service::Service;

use crate::exchange::{End, Exchange, Payloads, Told};
use crate::feeding::Pending;
use crate::network;
use crate::who::Who;
use crate::world::{Happening, Store, World, index};

impl World {
    /// Rule 1: polls until there is nothing more to do, or the client dies.
    pub(crate) fn drain(&mut self) {
        let now = Instant::from_ms(self.agenda.now_ms());
        let life = self.life.number;
        while !self.life.is_over()
            && let Some((job, action)) = self.engine.poll_action(now)
        {
            let who = Who { life, job };
            self.checks.ends.acts(&(who, &action));
            match action {
                Action::Send(request) => {
                    self.checks.secrets.check(&format!("{request:?}"));
                    let number = self.running.index_of(who);
                    let now_ms = now.as_ms();
                    let payloads = JobPayloads { store: &self.store, who, number, now_ms };
                    let exchange = Exchange::new(who, &request, &payloads);
                    self.send(exchange);
                }
                Action::Abort(id) => self.abort(who, id),
                Action::Fill { id, slot, source, len } => {
                    // The room may be that of a job that has just ended, whose buffers go first.
                    self.take_outcomes();
                    if self.life.is_over() {
                        // Dead before it got to this, with outcomes that nobody has taken.
                        return;
                    }
                    assert_eq!(source, SourceId(0), "what is read once is the only one");
                    self.fill(who, id, slot, len);
                }
                Action::Release(slot) => self.release(who, slot),
                Action::Hash { id, source, offset, len } => {
                    let told = self.hash(who, source, (index(offset), index(len)));
                    self.begin_local(who, id, told);
                }
                Action::HashJoined { id, pieces } => {
                    let (number, now_ms) = (self.running.index_of(who), now.as_ms());
                    let payloads = JobPayloads { store: &self.store, who, number, now_ms };
                    let told = match Pending::read(pieces, DigestMode::AtEnd, &payloads) {
                        Ok(whole) => Told::Hashed { digest: whole.finish().1, through: None },
                        Err((_, cause)) => Told::failed(cause),
                    };
                    self.begin_local(who, id, told);
                }
                Action::Take { id, len, count, .. } => {
                    let told = self.take(who, len, count);
                    self.begin_local(who, id, told);
                }
                Action::Claim { id, file } => {
                    self.claims.retain(|each, holder| each == file || *holder != who);
                    let holder = *self.claims.entry(file.to_owned()).or_insert(who);
                    self.begin_local(who, id, Told::Claimed { granted: holder == who });
                }
                Action::Shorten { id, len } => self.shorten(who, id, len),
                Action::Digest { id, sink, offset, len } => {
                    let sink = &self.store.sinks[usize::from(sink.0)];
                    let told = sink.digest(&self.disk, index(offset), index(len));
                    let told = told.map(|digest| Told::Digested { digest });
                    self.begin_local(who, id, told.unwrap_or_else(Told::failed));
                }
            }
            self.life.pass_point();
        }
        if self.life.is_over() {
            return;
        }
        self.running.watch.check_drained();
        while let Some((job, event)) = self.engine.poll_event() {
            self.checks.secrets.check(&format!("{job:?} {event:?}"));
        }
        self.take_outcomes();
    }

    fn take_outcomes(&mut self) {
        let life = self.life.number;
        while !self.life.is_over()
            && let Some((job, outcome)) = self.engine.take_outcome()
        {
            self.ended(Who { life, job }, outcome);
        }
    }

    fn send(&mut self, mut exchange: Exchange) {
        let now_ms = self.agenda.now_ms();
        exchange.source = exchange.source.and_then(|_| self.running.index_of(exchange.who));
        self.checks.ids.used(exchange.who, exchange.id);
        self.checks.sent(&exchange);
        let operation = Service::operation(&exchange.request);
        exchange.injected = self.faults.plan.decide(operation, exchange.request.uri.path());
        exchange.hangs = self.faults.hang.hits(&mut self.rng);
        if exchange.injected.expires_tokens {
            self.side.expire_tokens();
        }
        self.requests += 1;
        let number = self.requests;
        let (who, id, operation) = (exchange.who, exchange.id, exchange.operation);
        self.trace.note(now_ms, format_args!("{who:?} {id:?} sends {operation} as {number}"));
        // No digest proves a range of a file; that is what TLS is for.
        exchange.injected.corrupt &= exchange.feeds.is_none();
        if exchange.pending.is_none() || exchange.is_early() {
            network::send(&mut self.agenda, &mut self.rng, number, &exchange);
        }
        let before = self.numbers.insert((who, id), number);
        assert!(before.is_none(), "rule 4: {id:?} is in flight already");
        self.flights.insert(number, exchange);
    }

    fn abort(&mut self, who: Who, id: ReqId) {
        self.trace.note(self.agenda.now_ms(), format_args!("{who:?} {id:?} is aborted"));
        if self.local.remove(&(who, id)) {
            return;
        }
        // What has ended meanwhile may be aborted all the same.
        let Some(number) = self.numbers.remove(&(who, id)) else { return };
        if let Some(exchange) = self.flights.get_mut(&number) {
            exchange.is_over = true;
            self.checks.aborted(exchange);
        }
    }

    fn shorten(&mut self, who: Who, id: ReqId, len: u64) {
        self.trace.note(self.agenda.now_ms(), format_args!("{who:?} {id:?} is cut to {len}"));
        let number = self.numbers.get(&(who, id)).expect("what is in flight is cut short");
        if let Some(exchange) = self.flights.get_mut(number) {
            exchange.stored_max = index(len);
        }
    }

    fn fill(&mut self, who: Who, id: ReqId, slot: BufferId, len: u64) {
        assert!(!self.is_sent(who, slot), "a buffer is filled while it is sent");
        let now_ms = self.agenda.now_ms();
        let number = self.running.index_of(who).expect("a job");
        let source = &mut self.store.sources[number];
        let open = source.open;
        let of_job = open.map(|len_max| len_max as u64);
        self.checks.buffers.filled(who, slot, len, of_job);
        let told = match source.read_next(now_ms, index(len)) {
            Err(cause) => Told::failed(cause),
            Ok(bytes) => {
                if bytes.len() < index(len) && open.is_none() {
                    self.checks.settled_locally(who, End::Broken(Cause::SourceUnreadable));
                }
                self.checks.buffers.shortened(who, slot, bytes.len() as u64);
                let told = Told::Filled { len: bytes.len() as u64, digest: Sha1::of(&bytes) };
                self.store.buffers.insert((who, slot), bytes);
                told
            }
        };
        self.begin_local(who, id, told);
    }

    fn is_sent(&self, who: Who, slot: BufferId) -> bool {
        let of_job = |each: &&Exchange| each.who == who && !each.is_over;
        self.flights.values().filter(of_job).any(|each| each.buffer == Some(slot))
    }

    fn release(&mut self, who: Who, slot: BufferId) {
        assert!(!self.is_sent(who, slot), "a buffer is released while it is sent");
        self.checks.buffers.released(who, slot);
        let before = self.store.buffers.remove(&(who, slot));
        assert!(before.is_some(), "a buffer is released that has nothing");
    }

    fn hash(&mut self, who: Who, source: SourceId, (offset, len): (usize, usize)) -> Told {
        let now_ms = self.agenda.now_ms();
        let number = self.running.index_of(who).expect("a job");
        let hashed = |(digest, through)| Told::Hashed { digest, through };
        let source = match source {
            SourceId(0) => &mut self.store.sources[number],
            SourceId(_) => self.store.seconds.get_mut(&number).expect("a second source"),
        };
        source.hash(now_ms, offset, len).map_or_else(Told::failed, hashed)
    }

    /// The next intents of a file that is built while they come.
    fn take(&mut self, who: Who, len: u64, count: u32) -> Told {
        let number = self.running.index_of(who).expect("a job");
        let all = self.running.jobs[number].job.intents();
        let taken = self.store.taken.entry(who).or_default();
        let (mut intents, mut bytes) = (Vec::new(), 0);
        while bytes < len
            && intents.len() < count as usize
            && let Some(intent) = all.get(*taken)
        {
            bytes += intent.len().unwrap_or(0);
            intents.push(intent.clone());
            *taken += 1;
        }
        let is_all = *taken == all.len() && self.rng.below(2) == 0;
        Told::Taken { intents, is_all }
    }

    fn begin_local(&mut self, who: Who, id: ReqId, told: Told) {
        self.trace.note(self.agenda.now_ms(), format_args!("{who:?} {id:?} begins locally"));
        self.checks.ids.used(who, id);
        self.local.insert((who, id));
        let delay_ms = self.rng.below(3);
        self.agenda.put(delay_ms, Happening::Local(who, id, told));
    }
}

struct JobPayloads<'a> {
    store: &'a Store,
    who: Who,
    number: Option<usize>,
    now_ms: u64,
}

impl Payloads for JobPayloads<'_> {
    fn range(&self, source: u16, offset: u64, len: u64) -> Result<Vec<u8>, (Vec<u8>, Cause)> {
        let number = self.number.expect("a login reads nothing");
        self.store.source(number, source).read(self.now_ms, index(offset), index(len))
    }

    fn buffer(&self, slot: BufferId) -> &[u8] {
        self.store.buffers.get(&(self.who, slot)).expect("a buffer that was filled")
    }
}
