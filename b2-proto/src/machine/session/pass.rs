//! Asking whether the limits of the client let a request or a buffer through.
//!
//! A session that is driven by an engine has the engine's limits; on its own it has none.

use super::Session;
use crate::id::BufferId;
use crate::op::Spec;

/// Whether something may be done as far as the client's limits go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(not(feature = "alloc"), expect(dead_code, reason = "no engine, so no limits"))]
pub(crate) enum Pass {
    Now,
    /// The engine wakes the job when it is worth asking again.
    Later,
    /// A budget is used up; the session has the fault.
    Never,
}

/// What a request takes from a budget besides a transaction, in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Cost {
    pub(crate) up: u64,
    pub(crate) down: u64,
}

#[cfg(feature = "alloc")]
impl Session {
    /// Whether a request of `spec` may be sent now. Who is told so sends it, or asks again.
    #[inline]
    pub(crate) fn pass(&mut self, spec: &Spec, cost: Cost) -> Pass {
        let Some(limits) = &mut self.limits else { return Pass::Now };
        let pass = limits.pass(spec, cost, &mut self.fault);
        self.is_put_off |= pass == Pass::Later;
        pass
    }

    /// Whether there is a place for a request of `spec` that needs another one before it. It is not
    /// kept.
    pub(crate) fn pass_ahead(&mut self, spec: &Spec, cost: Cost) -> Pass {
        let Some(limits) = &mut self.limits else { return Pass::Now };
        let pass = limits.pass_ahead(spec, cost, &mut self.fault);
        self.is_put_off |= pass == Pass::Later;
        pass
    }

    /// Whether a request of `spec` may be sent whose answer goes into the body of one in flight.
    pub(crate) fn pass_feed(&mut self, spec: &Spec, cost: Cost) -> Pass {
        let Some(limits) = &self.limits else { return Pass::Now };
        limits.pass_feed(spec, cost, &mut self.fault)
    }

    /// Whether a buffer may be filled with `len` bytes now by a job that cannot go on before it
    /// has buffers of `needs` bytes.
    pub(crate) fn room(&mut self, spec: &Spec, slot: BufferId, len: u64, needs: u64) -> Pass {
        let Some(limits) = &mut self.limits else { return Pass::Now };
        let pass = limits.room((slot, len, needs), spec, &mut self.fault);
        self.is_put_off |= pass == Pass::Later;
        pass
    }

    /// Checks that a body of `len` bytes, which turned out to be the answer to a request that
    /// asked for everything, is within the budget.
    ///
    /// # Errors
    /// [`Limit`](crate::error::ErrorKind::Limit).
    pub(crate) fn check_stored(&self, spec: &Spec, len: u64) -> Result<(), crate::error::Error> {
        self.limits.as_ref().map_or(Ok(()), |limits| limits.check_stored(spec, len))
    }

    /// Whether the machine that has decided last was put off by the limits of the client: it has
    /// something to do, and waits for a place among the requests of a kind, for room for a buffer,
    /// or for its other requests to end before it does over a budget.
    pub const fn has_put_off(&self) -> bool {
        self.is_put_off
    }

    /// Bytes that all buffers of the client may have.
    pub(crate) fn buffers_len(&self) -> u64 {
        self.limits.as_ref().map_or(u64::MAX, |limits| limits.buffers.total())
    }
}

#[cfg(not(feature = "alloc"))]
impl Session {
    pub(crate) const fn pass(&mut self, _: &Spec, _: Cost) -> Pass {
        Pass::Now
    }

    pub(crate) const fn pass_ahead(&mut self, _: &Spec, _: Cost) -> Pass {
        Pass::Now
    }

    pub(crate) const fn room(&mut self, _: &Spec, _: BufferId, _: u64, _: u64) -> Pass {
        Pass::Now
    }

    pub(crate) const fn check_stored(&self, _: &Spec, _: u64) -> Result<(), crate::error::Error> {
        Ok(())
    }
}
