//! No more bytes may pass in any time than the limit of the bandwidth gives, with its burst.

use b2_proto::policy::bandwidth::Bandwidth;

/// What has passed of each way: a bucket that leaks at the rate.
#[derive(Clone, Debug)]
pub(crate) struct Rates {
    up: Rate,
    down: Rate,
}

#[derive(Clone, Debug)]
struct Rate {
    /// Bytes in a second.
    rate: Option<u64>,
    burst: u64,
    /// The longest chunk so far, which may pass beyond the burst.
    chunk: u64,
    /// Thousandths of bytes that are above the rate.
    level: u64,
    at_ms: u64,
}

impl Rates {
    /// For these limits.
    pub(crate) fn new(up: &Bandwidth, down: &Bandwidth) -> Self {
        Self { up: Rate::new(up), down: Rate::new(down) }
    }

    /// So many bytes of a body may go out, no earlier than those before.
    pub(crate) fn may_pass_up(&mut self, now_ms: u64, bytes: usize) {
        self.up.may_pass(now_ms, bytes as u64);
    }

    /// So many bytes of a file may come in.
    pub(crate) fn may_pass_down(&mut self, now_ms: u64, bytes: usize) {
        self.down.may_pass(now_ms, bytes as u64);
    }
}

impl Rate {
    fn new(limit: &Bandwidth) -> Self {
        Self { rate: limit.rate(), burst: limit.burst(), chunk: 0, level: 0, at_ms: 0 }
    }

    fn may_pass(&mut self, now_ms: u64, bytes: u64) {
        let Some(rate) = self.rate else { return };
        // A thousandth of a byte for each byte in a second and millisecond.
        let leaked = rate.saturating_mul(now_ms - self.at_ms);
        self.level = self.level.saturating_sub(leaked) + bytes * 1_000;
        (self.at_ms, self.chunk) = (now_ms, self.chunk.max(bytes));
        // Tickets are due in whole milliseconds.
        let most = (self.burst + self.chunk) * 1_000 + rate;
        assert!(
            self.level <= most,
            "{} bytes more than {rate} a second may pass at once, {} are allowed",
            self.level / 1_000,
            most / 1_000
        );
    }
}
