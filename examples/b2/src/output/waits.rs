//! What a command waits for while the service or the network is away.

use core::time::Duration;
use std::io::{self, IsTerminal as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use b2_tokio::{Observer, Repeat, ReplyInfo, RequestInfo};

use super::note;
use crate::first_answer::FirstAnswer;
use crate::log::Requests;

/// Shorter waits are not worth a line.
const WAIT_TOLD_MS: u32 = 5_000;

/// Tells of long waits on standard error, and a log of everything.
pub(crate) struct Waits {
    log: Option<Requests>,
    is_quiet: bool,
    /// The end of the wait that was told last: others until then have the same reason.
    told_until: Mutex<Option<Instant>>,
    first: Option<Arc<FirstAnswer>>,
}

impl Waits {
    pub(crate) const fn new(
        log: Option<Requests>,
        is_quiet: bool,
        first: Option<Arc<FirstAnswer>>,
    ) -> Self {
        Self { log, is_quiet, told_until: Mutex::new(None), first }
    }

    /// Whether a wait that begins now is to be told.
    fn is_news(&self, wait: Duration) -> bool {
        let now = Instant::now();
        let mut told_until = self.told_until.lock().unwrap_or_else(PoisonError::into_inner);
        let is_news = told_until.is_none_or(|until| until <= now);
        if is_news {
            *told_until = Some(now + wait);
        }
        is_news
    }
}

impl Observer for Waits {
    fn before(&self, request: &RequestInfo) {
        if let Some(first) = &self.first {
            first.before(request);
        }
    }

    fn answered(&self, _: &RequestInfo, status: u16) {
        if let Some(first) = &self.first {
            first.answered(status);
        }
    }

    fn after(&self, request: &RequestInfo, reply: &ReplyInfo) {
        if let Some(first) = &self.first {
            first.after(request);
        }
        if let Some(log) = &self.log {
            log.after(request, reply);
        }
    }

    fn again(&self, repeat: &Repeat) {
        let wait = Duration::from_millis(repeat.wait_ms.into());
        if !self.is_quiet && repeat.wait_ms >= WAIT_TOLD_MS && self.is_news(wait) {
            // In the place of a bar, which is drawn anew below.
            let place = if io::stderr().is_terminal() { "\r\x1b[K" } else { "" };
            note!("{place}NOTE: {repeat}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_lanes_that_wait_are_one_line() {
        let waits = Waits::new(None, false, None);
        assert!(waits.is_news(Duration::from_secs(3_600)));
        assert!(!waits.is_news(Duration::from_secs(3_600)));
    }
}
