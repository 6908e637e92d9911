//! A job that fails in its turn, and not by an answer.

use super::*;
use b2_proto::id::ReqId;
use b2_proto::machine::session::Session;
use b2_proto::machine::{Action, Event, Input, Machine, ReplyTo, Request};
use b2_proto::op::Class;
use b2_proto::time::{Deadline, Instant};
use b2_proto::wire::body::Body;
use b2_proto::wire::head::Head;

const ENDS_AT: Instant = Instant::from_ms(60_000);
const ASK: &str = "b2_list_parts";

/// Has two requests in flight when its time is over, and aborts them then.
#[derive(Debug, Default)]
struct Hurried {
    sent: u16,
    aborted: u16,
    is_over: bool,
}

impl Machine for Hurried {
    type Output = ();

    fn decide(&mut self, _cx: &mut Session, now: Instant) -> bool {
        self.is_over |= now >= ENDS_AT;
        if self.is_over { self.aborted < self.sent } else { self.sent < 2 }
    }

    fn action<'a>(&'a mut self, cx: &'a Session) -> Option<Action<'a>> {
        let number = if self.is_over { &mut self.aborted } else { &mut self.sent };
        let id = ReqId { slot: *number, generation: 1 };
        *number += 1;
        if self.is_over {
            return Some(Action::Abort(id));
        }
        let grant = cx.grant()?;
        let head = Head::json(&grant.api_url, ASK, grant.token.expose());
        let (reply, body) = (ReplyTo::Small { len_max: 100 }, Body::Empty);
        let (operation, class, attempt, timeout_ms) = (ASK, Class::C, 1, 1_000);
        let feeds = None;
        Some(Action::Send(Request {
            id,
            operation,
            class,
            attempt,
            head,
            body,
            reply,
            timeout_ms,
            feeds,
        }))
    }

    fn handle_input(&mut self, _cx: &mut Session, _now: Instant, _input: Input<'_>) {}

    fn poll_deadline(&self, _cx: &Session) -> Option<Deadline> {
        (!self.is_over).then_some(Deadline { at: ENDS_AT, why: "its time is over" })
    }

    fn waits_for_login(&self, _cx: &Session) -> bool {
        false
    }

    fn poll_event(&mut self) -> Option<Event> {
        None
    }

    fn cancel(&mut self, _now: Instant) {}

    fn outcome(&mut self) -> Option<Result<(), Error>> {
        (self.is_over && self.aborted == self.sent).then_some(Ok(()))
    }
}

#[test]
fn what_it_aborts_does_not_wait_for_the_places_of_others() {
    let mut all = Scenario::engine(logged_in(), 3);
    let hurried = all.add(Hurried::default());
    for _ in 0..3 {
        all.add(hide("n"));
    }
    assert_eq!(all.names(), [ASK, ASK, HIDE]);
    all.now = ENDS_AT;
    all.drain();
    assert_eq!(all.aborted, [ASK, ASK], "although no place was free");
    assert_eq!(all.names(), [HIDE, HIDE, HIDE]);
    assert_eq!(all.ended::<()>().0, hurried);
}
