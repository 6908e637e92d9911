//! Which address of a host is tried when (RFC 8305): the next one gets its turn when the one
//! before fails, or gives no answer for a while, and the first that answers is taken.

use core::net::SocketAddr;
use core::time::Duration;
use std::collections::VecDeque;
use std::time::Instant;

/// How long an address is tried alone before the next one is tried as well (RFC 8305, section 8).
pub const HEAD_START: Duration = Duration::from_millis(250);

/// A race of the addresses of one host. It only says who begins when; whoever connects says who
/// failed, and ends it when somebody answers.
#[derive(Debug)]
pub struct Race {
    waiting: VecDeque<SocketAddr>,
    running: usize,
    next: Option<Instant>,
}

impl Race {
    /// A race of these, in which both families take turns, beginning with the first one's.
    pub fn new(addresses: &[SocketAddr]) -> Self {
        Self { waiting: in_turns(addresses), running: 0, next: None }
    }

    /// The address that is to be tried from now on, if it is time for one.
    pub fn begin(&mut self, now: Instant) -> Option<SocketAddr> {
        let is_time = self.running == 0 || self.next.is_some_and(|next| next <= now);
        let address = if is_time { self.waiting.pop_front() } else { None }?;
        self.running += 1;
        self.next = (!self.waiting.is_empty()).then(|| now + HEAD_START);
        Some(address)
    }

    /// One of those that were tried has failed.
    pub const fn failed(&mut self) {
        self.running = self.running.saturating_sub(1);
    }

    /// When it is time for the next address, while others are tried; `None` when none is left.
    pub const fn next(&self) -> Option<Instant> {
        self.next
    }

    /// Whether all have failed.
    pub fn is_lost(&self) -> bool {
        self.running == 0 && self.waiting.is_empty()
    }
}

fn in_turns(addresses: &[SocketAddr]) -> VecDeque<SocketAddr> {
    let is_first = |address: &&SocketAddr| {
        addresses.first().is_some_and(|first| first.is_ipv6() == address.is_ipv6())
    };
    let mut one = addresses.iter().filter(is_first);
    let mut other = addresses.iter().filter(|address| !is_first(address));
    let mut turns = VecDeque::with_capacity(addresses.len());
    while turns.len() < addresses.len() {
        turns.extend(one.next());
        turns.extend(other.next());
    }
    turns
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> SocketAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn families_take_turns() {
        let all = ["[::1]:1", "[::2]:1", "[::3]:1", "1.0.0.1:1"].map(address);
        let expected = ["[::1]:1", "1.0.0.1:1", "[::2]:1", "[::3]:1"].map(address);
        assert_eq!(in_turns(&all), expected);
        assert_eq!(in_turns(&[]), []);
    }

    #[test]
    fn the_next_begins_after_a_failure_or_a_head_start() {
        let [a, b, c] = ["1.0.0.1:1", "1.0.0.2:1", "1.0.0.3:1"].map(address);
        let (mut race, now) = (Race::new(&[a, b, c]), Instant::now());
        assert_eq!((race.begin(now), race.begin(now)), (Some(a), None));
        race.failed();
        assert_eq!((race.begin(now), race.begin(now)), (Some(b), None), "nobody else is tried");
        let later = now + HEAD_START;
        assert_eq!(race.next(), Some(later));
        assert_eq!((race.begin(later), race.next()), (Some(c), None));
        race.failed();
        assert!(!race.is_lost());
        race.failed();
        assert!(race.is_lost());
    }
}
