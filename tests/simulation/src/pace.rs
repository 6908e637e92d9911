//! The bytes that may pass in a second, as a driver holds them back: by the core's token bucket,
//! and timers.

use b2_proto::policy::bandwidth::Bandwidth;
use b2_proto::time::Instant;

use crate::checkers::rates_are_kept::Rates;

/// Both ways of one client.
#[derive(Clone, Debug)]
pub(crate) struct Pace {
    up: Bandwidth,
    down: Bandwidth,
    rates: Rates,
}

impl Pace {
    /// Of a client that begins now, with so many bytes in a second up and down.
    pub(crate) fn new(now_ms: u64, up: Option<u64>, down: Option<u64>) -> Self {
        let now = Instant::from_ms(now_ms);
        let (up, down) = (Bandwidth::new(now, up), Bandwidth::new(now, down));
        let rates = Rates::new(&up, &down);
        Self { up, down, rates }
    }

    /// How long so many bytes wait that go up.
    pub(crate) fn up_ms(&mut self, now_ms: u64, bytes: usize) -> u64 {
        let wait_ms = wait_ms(&mut self.up, now_ms, bytes);
        self.rates.may_pass_up(now_ms + wait_ms, bytes);
        wait_ms
    }

    /// How long so many bytes wait that come down.
    pub(crate) fn down_ms(&mut self, now_ms: u64, bytes: usize) -> u64 {
        let wait_ms = wait_ms(&mut self.down, now_ms, bytes);
        self.rates.may_pass_down(now_ms + wait_ms, bytes);
        wait_ms
    }

    /// The longest chunk that comes down at once.
    pub(crate) fn chunk_len_down(&self) -> usize {
        if self.down.rate().is_some() { self.down.chunk_len() } else { usize::MAX }
    }
}

fn wait_ms(bandwidth: &mut Bandwidth, now_ms: u64, bytes: usize) -> u64 {
    let now = Instant::from_ms(now_ms);
    let ticket = bandwidth.take(now, bytes as u64);
    bandwidth.due(now, ticket).map_or(0, |due| due.as_ms().saturating_sub(now_ms))
}
