//! What the service has told besides answers: what the key may do, and the time.

use super::Session;
use crate::error::Error;
#[cfg(feature = "alloc")]
use crate::model::AccountAuthorization;
use crate::op::needs::Needs;
#[cfg(feature = "alloc")]
use crate::policy::clock::{WallClock, parse_http_date};
use crate::time::Instant;
use crate::wire::reply::Headers;

impl Session {
    /// Checks what the login told of its key. What it did not tell is for the service to say.
    #[cfg(feature = "alloc")]
    pub(crate) fn check_needs(&self, needs: &Needs<'_>) -> Result<(), Error> {
        let check = |account: &alloc::sync::Arc<AccountAuthorization>| {
            needs.check(&account.storage_api.allowed)
        };
        self.account.as_ref().map_or(Ok(()), check)
    }

    /// Without a heap, a login does not keep what its key may do.
    #[cfg(not(feature = "alloc"))]
    #[expect(clippy::unused_self, reason = "as with a heap")]
    pub(crate) const fn check_needs(&self, _needs: &Needs<'_>) -> Result<(), Error> {
        Ok(())
    }

    /// Learns the service's time from an answer, and compares the local clock with it.
    pub(crate) fn check_clock(&mut self, now: Instant, headers: &dyn Headers) -> Result<(), Error> {
        let Some(date) = headers.value("Date") else { return Ok(()) };
        #[cfg(feature = "alloc")]
        if let Some(service_s) = parse_http_date(date) {
            let unix_ms = service_s.saturating_mul(1_000);
            self.service_clock = Some(WallClock { at: now, unix_ms });
        }
        self.clock.map_or(Ok(()), |clock| clock.check(now, date))
    }

    /// The service's clock at `now`, in milliseconds since 1970: the latest time it had surely
    /// reached. `None` until an answer has told a date.
    #[cfg(feature = "alloc")]
    pub const fn service_ms_at(&self, now: Instant) -> Option<u64> {
        match &self.service_clock {
            Some(clock) => Some(clock.unix_ms_at(now)),
            None => None,
        }
    }
}
