//! How many bytes may pass in a second, for all connections of a client together.
//!
//! A token bucket whose tokens are places in a queue: whoever wants to send or has received bytes
//! [takes](Bandwidth::take) as many and gets a [`Ticket`]; the ticket is [due](Bandwidth::due)
//! when as many bytes have been allowed as were taken up to it. So connections that take one
//! small chunk at a time share the rate evenly and in the order in which they came, nobody looks
//! again before the time, and a rate that changes holds at once, for tickets of before too.

use crate::time::Instant;

/// The longest chunk to be taken at once, in bytes, however high the rate.
pub const CHUNK_LEN_MAX: usize = 64 * 1024;
/// The shortest chunk worth taking, in bytes, however low the rate.
pub const CHUNK_LEN_MIN: usize = 1024;
/// A second has so many chunks, where their bounds allow it.
const CHUNKS_PER_SECOND: u64 = 20;
/// The burst is what the rate gives in so many milliseconds, but at least the longest chunk.
const BURST_MS: u64 = 100;

/// A limit of the bytes in a second, or none.
///
/// After a silence, as many bytes as the [burst](Self::burst) may pass at once; over any time the
/// bytes that passed are no more than the rate gives, plus the burst, plus one chunk.
///
/// ```
/// use b2_proto::policy::bandwidth::Bandwidth;
/// use b2_proto::time::Instant;
///
/// let start = Instant::from_ms(0);
/// let mut bandwidth = Bandwidth::new(start, Some(1_000_000));
/// let first = bandwidth.take(start, 65_536);
/// assert_eq!(bandwidth.due(start, first), None, "within the burst of 100,000 bytes");
/// let second = bandwidth.take(start, 65_536);
/// assert_eq!(bandwidth.due(start, second), Some(Instant::from_ms(32)));
/// ```
#[derive(Clone, Debug)]
pub struct Bandwidth {
    /// Bytes in a second.
    rate: Option<u64>,
    /// Bytes that were allowed to pass up to `base_at`, counted from the beginning.
    base: u64,
    base_at: Instant,
    /// Bytes that were taken, counted from the beginning.
    taken: u64,
}

/// A place among the bytes that pass.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Ticket(u64);

impl Bandwidth {
    /// At most `rate` bytes in a second; any number when it is `None`. A rate of 0 counts as 1.
    pub fn new(now: Instant, rate: Option<u64>) -> Self {
        let mut new = Self { rate: rate.map(|rate| rate.max(1)), base: 0, base_at: now, taken: 0 };
        new.base = new.burst();
        new
    }

    /// Bytes in a second, if they are limited.
    pub const fn rate(&self) -> Option<u64> {
        self.rate
    }

    /// Bytes that may pass at once after a silence.
    pub fn burst(&self) -> u64 {
        let rate = self.rate.unwrap_or(0);
        (rate / 1_000 * BURST_MS).max(CHUNK_LEN_MAX as u64)
    }

    /// Changes the limit. What was taken before is due by the new rate.
    pub fn set_rate(&mut self, now: Instant, rate: Option<u64>) {
        // Without a limit nobody waits, so nothing is owed from that time either.
        self.base = self.allowed(now).map_or(self.taken, |allowed| allowed.min(self.taken));
        self.base_at = now;
        let was_limited = self.rate.is_some();
        self.rate = rate.map(|rate| rate.max(1));
        if !was_limited {
            self.base += self.burst();
        }
    }

    /// How many bytes to take at a time, so that connections have short turns; all when there is
    /// no limit.
    pub fn chunk_len(&self) -> usize {
        let Some(rate) = self.rate else { return usize::MAX };
        let len = usize::try_from(rate / CHUNKS_PER_SECOND).unwrap_or(CHUNK_LEN_MAX);
        len.clamp(CHUNK_LEN_MIN, CHUNK_LEN_MAX)
    }

    /// Takes a place for `len` bytes.
    pub fn take(&mut self, now: Instant, len: u64) -> Ticket {
        if let Some(allowed) = self.allowed(now) {
            // What nobody used is kept up to the burst.
            let kept = self.taken.saturating_add(self.burst());
            if allowed > kept {
                (self.base, self.base_at) = (kept, now);
            }
        }
        self.taken = self.taken.saturating_add(len);
        Ticket(self.taken)
    }

    /// When the bytes of a ticket may pass; `None` when they may now.
    pub fn due(&self, now: Instant, ticket: Ticket) -> Option<Instant> {
        let rate = self.rate?;
        let missing = ticket.0.saturating_sub(self.base);
        let wait_ms = (u128::from(missing) * 1_000).div_ceil(u128::from(rate));
        let at = self.base_at.after_ms(u64::try_from(wait_ms).unwrap_or(u64::MAX));
        (at > now).then_some(at)
    }

    fn allowed(&self, now: Instant) -> Option<u64> {
        let elapsed_ms = u128::from(now.since_ms(self.base_at));
        let since = u128::from(self.rate?) * elapsed_ms / 1_000;
        Some(self.base.saturating_add(u64::try_from(since).unwrap_or(u64::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const fn at(ms: u64) -> Instant {
        Instant::from_ms(ms)
    }

    /// Connections that take a chunk, wait until it is due, and take the next. Gives how many
    /// bytes each has passed until `end_ms`.
    fn share(bandwidth: &mut Bandwidth, from_ms: u64, end_ms: u64, chunks: &[u64]) -> [u64; 4] {
        let mut passed = [0; 4];
        let mut tickets = [None; 4];
        for ms in from_ms..end_ms {
            for (at_connection, chunk) in chunks.iter().enumerate() {
                for _ in 0..1_000 {
                    let ticket = *tickets[at_connection]
                        .get_or_insert_with(|| bandwidth.take(at(ms), *chunk));
                    if bandwidth.due(at(ms), ticket).is_some() {
                        break;
                    }
                    passed[at_connection] += chunk;
                    tickets[at_connection] = None;
                }
            }
        }
        passed
    }

    #[test]
    fn connections_share_the_rate_evenly() {
        let mut bandwidth = Bandwidth::new(at(0), Some(2_000_000));
        let passed = share(&mut bandwidth, 0, 10_000, &[10_000; 4]);
        let (least, most) = (passed.iter().min(), passed.iter().max());
        // The first to come has the burst.
        let most_apart = bandwidth.burst() + 2 * 10_000;
        assert!(most.expect("four") - least.expect("four") <= most_apart, "{passed:?}");
        let sum: u64 = passed.iter().sum();
        assert!((20_000_000..=20_000_000 + bandwidth.burst()).contains(&sum), "{sum}");
    }

    #[test]
    fn a_rate_that_changes_holds_for_those_who_wait() {
        let mut bandwidth = Bandwidth::new(at(0), Some(1_000));
        let burst = bandwidth.burst();
        let ticket = bandwidth.take(at(0), burst + 100_000);
        assert_eq!(bandwidth.due(at(0), ticket), Some(at(100_000)));
        bandwidth.set_rate(at(50_000), Some(50_000));
        assert_eq!(bandwidth.due(at(50_000), ticket), Some(at(51_000)));
        bandwidth.set_rate(at(50_500), None);
        assert_eq!(bandwidth.due(at(50_500), ticket), None);
        let free = bandwidth.take(at(50_500), 1 << 40);
        assert_eq!(bandwidth.due(at(50_500), free), None);
        bandwidth.set_rate(at(60_000), Some(1_000));
        let ticket = bandwidth.take(at(60_000), burst + 1_000);
        assert_eq!(bandwidth.due(at(60_000), ticket), Some(at(61_000)), "nothing is owed");
    }

    #[test]
    fn silence_gives_no_more_than_the_burst() {
        let mut bandwidth = Bandwidth::new(at(0), Some(1_000_000));
        let ticket = bandwidth.take(at(3_600_000), 200_000);
        assert_eq!(bandwidth.due(at(3_600_000), ticket), Some(at(3_600_100)));
    }

    #[test]
    fn chunks_are_short_where_the_rate_is_low() {
        let len = |rate| Bandwidth::new(at(0), rate).chunk_len();
        let lens = [len(Some(0)), len(Some(100_000)), len(Some(1 << 40)), len(None)];
        assert_eq!(lens, [CHUNK_LEN_MIN, 5_000, CHUNK_LEN_MAX, usize::MAX]);
    }

    proptest! {
        /// Whatever the rate and the chunks, no more passes than is allowed, and no less.
        #[test]
        fn the_rate_is_kept_and_used(
            rate in 100_000_u64..100_000_000,
            chunk in 1_000_u64..65_536,
            connections in 1_usize..4,
        ) {
            let mut bandwidth = Bandwidth::new(at(0), Some(rate));
            let chunks = [chunk; 4];
            let passed = share(&mut bandwidth, 0, 2_000, &chunks[..connections]);
            let sum: u64 = passed.iter().sum();
            prop_assert!(sum <= 2 * rate + bandwidth.burst());
            let lost = (chunk + 1) * connections as u64 + rate / 500;
            prop_assert!(sum + lost >= 2 * rate, "{} of {}", sum, 2 * rate);
        }
    }
}
