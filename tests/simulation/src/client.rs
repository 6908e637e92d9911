//! What the client sees of its requests, and what the core is told about them.

use b2_proto::error::Cause;
use b2_proto::id::ReqId;
use b2_proto::machine::{Accept, ReplyTo};

use crate::exchange::{Answered, Cut, Exchange, Told};
use crate::network::{self, Wire};
use crate::who::Who;
use crate::world::{Happening, Place, World, index};

impl World {
    /// Something on the wire has got to its end.
    pub(crate) fn wire(&mut self, wire: Wire) {
        let (Wire::Arrive(number)
        | Wire::Received(number, _)
        | Wire::Passed(number)
        | Wire::Answer(number, _)
        | Wire::Broken(number, _)) = wire;
        let Some(exchange) = self.flights.get(&number) else { return };
        match wire {
            // What was aborted may have been sent already, or not.
            Wire::Arrive(_) | Wire::Received(..) | Wire::Passed(_)
                if exchange.is_over && self.rng.below(2) == 0 =>
            {
                self.flights.remove(&number);
            }
            Wire::Arrive(_) => {
                let is_held = exchange.is_upload() && exchange.who.life == self.life.number;
                let bytes = if is_held { exchange.body.len() } else { 0 };
                let held_ms = self.pace.up_ms(self.agenda.now_ms(), bytes);
                network::arrive(&mut self.agenda, self.side.host(), number, exchange, held_ms);
            }
            Wire::Received(..) | Wire::Passed(_) if self.has_changed_meanwhile(exchange) => {
                let broken = Wire::Broken(number, Cause::SourceChanged);
                self.agenda.put(0, broken.into());
            }
            Wire::Received(_, receiver) => {
                let answer = receiver.finish(self.agenda.now_ms());
                network::answered(&mut self.agenda, number, exchange, answer);
                if !exchange.is_over {
                    let (who, id) = (exchange.who, exchange.id);
                    let bytes = exchange.body.len() as u64;
                    self.tell(who, id, Told::Moved { bytes });
                }
            }
            Wire::Passed(_) => {
                network::passed(&mut self.agenda, self.side.host(), number, exchange);
            }
            Wire::Broken(_, cause) => self.end(number, exchange.broken(cause)),
            Wire::Answer(_, answer) => self.answer(number, answer),
        }
    }

    /// Whether the source is another one by now than when the body began. The driver looks at it
    /// before the last byte, so the service never gets the whole.
    fn has_changed_meanwhile(&self, exchange: &Exchange) -> bool {
        let source = exchange.source.map(|source| &self.store.sources[source]);
        source.is_some_and(|source| source.has_changed(self.agenda.now_ms()))
    }

    /// An answer's head, and the whole of a small one, is at the client.
    fn answer(&mut self, number: u64, answer: Answered) {
        let Some(exchange) = self.flights.get(&number) else { return };
        let (who, id, feeds) = (exchange.who, exchange.id, exchange.feeds);
        if exchange.hangs && !exchange.is_over {
            return;
        }
        let len_max = match exchange.reply {
            ReplyTo::Small { .. } if answer.cut.is_some() => {
                return self.cut(number, answer.cut, 0);
            }
            ReplyTo::Small { len_max } => {
                assert!(answer.body.len() <= index(len_max.into()), "a longer answer than allowed");
                len_max
            }
            ReplyTo::Sink if exchange.is_over => 0,
            ReplyTo::Sink => {
                let now = self.told_now();
                let (status, headers) = (answer.status, &answer.headers);
                match self.engine.accept(who.job, now, id, status, headers) {
                    Accept::Feed { len } => {
                        let fed = feeds.expect("what is fed is told");
                        let (from, to, len) = (0, 0, index(len));
                        let (place, offset, body) = (Place::Body(fed), 0, answer);
                        let chunk = Happening::Chunk { number, place, offset, body, from, to, len };
                        self.agenda.put(0, chunk);
                        return;
                    }
                    Accept::Store { sink, offset, len } => {
                        let (from, to, len) = (0, 0, index(len));
                        let sink = sink.0;
                        let version = self.engine.version(who.job).expect("it stores something");
                        let pinned =
                            self.store.sinks[usize::from(sink)].pin(&mut self.disk, &version);
                        if let Err(cause) = pinned {
                            return self.end(number, Told::failed(cause));
                        }
                        let (place, body) = (Place::Sink(sink), answer);
                        let chunk = Happening::Chunk { number, place, offset, body, from, to, len };
                        self.agenda.put(0, chunk);
                        return;
                    }
                    Accept::Collect { .. } if answer.cut.is_some() => {
                        return self.cut(number, answer.cut, 0);
                    }
                    Accept::Collect { len_max } => len_max,
                }
            }
        };
        let sent = self.flights.get(&number).and_then(|exchange| exchange.sent);
        let mut answer = answer;
        answer.body.truncate(index(len_max.into()));
        self.end(number, Told::Response { answer, sent });
    }

    /// The body of an answer ends early, or so many bytes of it were stored.
    fn cut(&mut self, number: u64, cut: Option<Cut>, stored: u64) {
        match (cut, self.flights.get(&number)) {
            (Some(Cut::Stalled), Some(exchange)) => {
                let stalled = Happening::Stalled { number, stored };
                self.agenda.put(exchange.timeout_ms, stalled);
            }
            (_, Some(exchange)) => {
                let broken = exchange.broken_off(Cause::Closed, stored);
                self.end(number, broken);
            }
            (_, None) => {}
        }
    }

    /// Some more bytes of a download are at the client.
    pub(crate) fn chunk(&mut self, chunk: Happening) {
        let Happening::Chunk { number, place, offset, body, from, to, len } = chunk else { return };
        let Some(exchange) = self.flights.get(&number).filter(|each| !each.is_over) else { return };
        let (who, id) = (exchange.who, exchange.id);
        let len = len.min(exchange.stored_max.max(from));
        let (to, end) = (to.min(len), len.min(body.body.len()));
        let at = offset + from as u64;
        let stored = from as u64;
        let bytes = &body.body[from..to];
        let written = match place {
            Place::Sink(sink) => {
                let sink = &mut self.store.sinks[usize::from(sink)];
                let changed = body.changed.filter(|changed| (from..to).contains(changed));
                sink.changed.extend(changed.map(|changed| index(offset) + changed));
                sink.write(&mut self.disk, index(at), bytes)
            }
            Place::Body(fed) => self.feed(who, fed, bytes),
        };
        if let Err(cause) = written {
            return self.end(number, Told::Failed { cause, stored, sent: None });
        }
        let stored = to as u64;
        if to == len {
            return self.end(number, Told::Stored);
        }
        if to == end {
            return self.cut(number, body.cut, stored);
        }
        let more = 1 + index(self.rng.below((end - to) as u64));
        let more = if self.rng.below(3) == 0 { end - to } else { more };
        let more = more.min(self.pace.chunk_len_down());
        let held_ms = self.pace.down_ms(self.agenda.now_ms(), more);
        let transfer_ms = self.flights.get(&number).map_or(0, |it| it.transfer_ms(more));
        let delay_ms = transfer_ms.max(held_ms);
        let next = to + more;
        let chunk = Happening::Chunk { number, place, offset, body, from: to, to: next, len };
        self.agenda.put(delay_ms, chunk);
        if to > 0 {
            self.tell(who, id, Told::Moved { bytes: stored });
        }
    }

    /// A request has come to its end.
    pub(crate) fn end(&mut self, number: u64, told: Told) {
        let Some(exchange) = self.flights.remove(&number) else { return };
        let (who, id) = (exchange.who, exchange.id);
        if exchange.is_over {
            if self.faults.late.hits(&mut self.rng) {
                self.agenda.put(0, Happening::Stray(who, id, told));
            }
            return;
        }
        self.numbers.remove(&(who, id));
        self.checks.settled(&exchange, &told);
        if exchange.hangs {
            // What the service does with it may still come.
            self.flights.insert(number, Exchange { is_over: true, ..exchange });
        }
        self.tell(who, id, told);
    }

    pub(crate) fn tell(&mut self, who: Who, id: ReqId, told: Told) {
        let (now, end) = (self.told_now(), told.end());
        self.trace.note(self.agenda.now_ms(), format_args!("{who:?} {id:?} is told {end:?}"));
        let is_final = told.input(id).is_final();
        self.engine.handle_input(who.job, now, told.input(id));
        if is_final && self.faults.twice.hits(&mut self.rng) {
            let delay_ms = self.rng.below(2_000);
            self.agenda.put(delay_ms, Happening::Stray(who, id, told));
        }
    }
}
