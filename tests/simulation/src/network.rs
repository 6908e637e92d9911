//! What happens to a request on the wire and at the service.

use b2_proto::error::Cause;
use b2_proto::rng::Rng;
use b2_sim::fault::{Outcome, When};
use b2_sim::host::{Answer, Host, Receiver, Started};
use std::sync::Arc;

use crate::clock::Agenda;
use crate::exchange::{Answered, Exchange};

/// Something on its way; the number is the exchange's.
#[derive(Debug)]
pub(crate) enum Wire {
    /// The request reaches the service.
    Arrive(u64),
    /// The body of an upload has reached the service.
    Received(u64, Box<Receiver>),
    /// A request that takes effect late has reached what is before the service.
    Passed(u64),
    /// An answer reaches the client.
    Answer(u64, Answered),
    /// The client learns that there is none.
    Broken(u64, Cause),
}

/// Puts what becomes of a new request on the agenda.
pub(crate) fn send<T: From<Wire>>(
    agenda: &mut Agenda<T>,
    rng: &mut Rng,
    number: u64,
    exchange: &Exchange,
) {
    let injected = &exchange.injected;
    let latency_ms = injected.latency_ms;
    if exchange.hangs {
        agenda.put(exchange.timeout_ms, Wire::Broken(number, Cause::ReadTimeout).into());
        if rng.below(2) == 0 {
            agenda.put(latency_ms / 2, Wire::Arrive(number).into());
        }
        return;
    }
    match &injected.outcome {
        Some(Outcome::Refuse) => {
            agenda.put(latency_ms, Wire::Broken(number, Cause::Refused).into());
        }
        Some(Outcome::Reset(When::Before)) => {
            agenda.put(latency_ms, Wire::Broken(number, reset(exchange, rng)).into());
        }
        Some(Outcome::Status { when: When::Before, .. }) => {
            if let Some(answer) = injected.answer(When::Before) {
                let answer = Answered::new(agenda.now_ms(), answer, injected);
                agenda.put(latency_ms, Wire::Answer(number, answer).into());
            }
        }
        Some(
            Outcome::Reset(When::After | When::Late)
            | Outcome::Status { when: When::After | When::Late, .. },
        )
        | None => {
            agenda.put(latency_ms / 2, Wire::Arrive(number).into());
        }
    }
}

/// A connection that breaks under an upload may be noticed while sending.
fn reset(exchange: &Exchange, rng: &mut Rng) -> Cause {
    match rng.below(3) {
        0 if exchange.is_upload() => Cause::BrokenPipe,
        1 => Cause::Closed,
        _ => Cause::Reset,
    }
}

/// The service takes the request; the client holds its body back for `held_ms`.
pub(crate) fn arrive<T: From<Wire>>(
    agenda: &mut Agenda<T>,
    host: &Arc<Host>,
    number: u64,
    exchange: &Exchange,
    held_ms: u64,
) {
    let now_ms = agenda.now_ms();
    if exchange.injected.is_late() && exchange.source_trouble.is_none() {
        let transfer_ms = exchange.transfer_ms(exchange.body.len());
        agenda.put(transfer_ms, Wire::Passed(number).into());
        return;
    }
    let answer = match host.begin(now_ms, &exchange.request) {
        Started::Reply(answer) => answer,
        Started::Read => host.handle(now_ms, &exchange.request, &exchange.body),
        Started::Receive(mut receiver) => {
            receiver.write(&exchange.body).expect("a store in memory");
            if let Some(cause) = exchange.source_trouble {
                // The driver breaks off: the body does not get its announced length.
                agenda.put(1, Wire::Broken(number, cause).into());
                return;
            }
            let transfer_ms = exchange.transfer_ms(exchange.body.len());
            agenda.put(transfer_ms.max(held_ms), Wire::Received(number, receiver).into());
            return;
        }
    };
    answered(agenda, number, exchange, answer);
}

/// Something before the service has passed the request on, and ends it for the client. The service
/// carries it out later.
pub(crate) fn passed<T: From<Wire>>(
    agenda: &mut Agenda<T>,
    host: &Host,
    number: u64,
    exchange: &Exchange,
) {
    let (now_ms, injected) = (agenda.now_ms(), &exchange.injected);
    let latency_ms = injected.latency_ms.div_ceil(2);
    let at_ms = now_ms + latency_ms + injected.late_ms;
    host.defer(at_ms, exchange.request.clone(), exchange.body.clone());
    let end = match injected.answer(When::Late) {
        Some(answer) => Wire::Answer(number, Answered::new(now_ms, answer, injected)),
        None => Wire::Broken(number, Cause::Reset),
    };
    agenda.put(latency_ms, end.into());
}

/// The service answers.
pub(crate) fn answered<T: From<Wire>>(
    agenda: &mut Agenda<T>,
    number: u64,
    exchange: &Exchange,
    answer: Answer,
) {
    let injected = &exchange.injected;
    let latency_ms = injected.latency_ms.div_ceil(2);
    if injected.resets(When::After) {
        agenda.put(latency_ms, Wire::Broken(number, Cause::Reset).into());
        return;
    }
    let answer = injected.answer(When::After).unwrap_or(answer);
    let answer = Answered::new(agenda.now_ms(), answer, injected);
    agenda.put(latency_ms, Wire::Answer(number, answer).into());
}
