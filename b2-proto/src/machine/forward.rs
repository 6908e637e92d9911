//! A machine behind a reference is a machine.

use crate::error::Error;
use crate::id::ReqId;
use crate::machine::{Accept, Action, Event, Input, Machine, Session, Version};
use crate::time::{Deadline, Instant};
use crate::wire::reply::Headers;

/// Passes everything on to the machine behind `self`.
macro_rules! forward {
    () => {
        type Output = M::Output;

        fn decide(&mut self, cx: &mut Session, now: Instant) -> bool {
            (**self).decide(cx, now)
        }

        fn action<'a>(&'a mut self, cx: &'a Session) -> Option<Action<'a>> {
            (**self).action(cx)
        }

        fn accept(
            &mut self,
            cx: &mut Session,
            now: Instant,
            id: ReqId,
            status: u16,
            headers: &dyn Headers,
        ) -> Accept {
            (**self).accept(cx, now, id, status, headers)
        }

        fn version(&self) -> Option<Version<'_>> {
            (**self).version()
        }

        fn large_file_id(&self) -> Option<&str> {
            (**self).large_file_id()
        }

        fn handle_input(&mut self, cx: &mut Session, now: Instant, input: Input<'_>) {
            (**self).handle_input(cx, now, input);
        }

        fn poll_deadline(&self, cx: &Session) -> Option<Deadline> {
            (**self).poll_deadline(cx)
        }

        fn waits_for_login(&self, cx: &Session) -> bool {
            (**self).waits_for_login(cx)
        }

        fn poll_event(&mut self) -> Option<Event> {
            (**self).poll_event()
        }

        fn cancel(&mut self, now: Instant) {
            (**self).cancel(now);
        }

        fn outcome(&mut self) -> Option<Result<Self::Output, Error>> {
            (**self).outcome()
        }
    };
}

/// A machine that is kept elsewhere, of whatever kind: `Solo<&mut dyn Machine<Output = T>>` is in
/// a program once and not for each kind of job.
impl<M: Machine + ?Sized> Machine for &mut M {
    forward!();
}

/// One of several machines that have the same output.
#[cfg(feature = "alloc")]
impl<M: Machine + ?Sized> Machine for alloc::boxed::Box<M> {
    forward!();
}
