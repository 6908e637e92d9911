//! What a request, its body and the owner of the engine know about each other.

use core::sync::atomic::{AtomicBool, AtomicU8, AtomicU16, AtomicU64, Ordering};
use core::task::Waker;
use core::time::Duration;
use std::sync::OnceLock;
use std::time::Instant;

use b2_proto::error::Cause;
use b2_proto::wire::text::Sha1;

use super::outcome::Trouble;
use super::phase::Phase;
use super::pipe::Pipe;
use super::signal::Signal;

/// Counts the bytes of one request, notices silence, and passes on that it is to stop.
#[derive(Debug)]
pub struct Meter {
    since: Instant,
    last_us: AtomicU64,
    moved: AtomicU64,
    stored: AtomicU64,
    wanted: AtomicU64,
    phase: AtomicU8,
    /// When a connection must be there, while one is made; [`NONE_US`] when none is.
    connected_by_us: AtomicU64,
    is_held: AtomicBool,
    /// The same for the body, which counts until there is an answer.
    is_body_held: AtomicBool,
    /// None is zero.
    status: AtomicU16,
    sent: OnceLock<Sha1>,
    /// Whether the connection is still to take part of the request, where it tells.
    is_leaving: AtomicBool,
    trouble: OnceLock<Trouble>,
    body: Signal,
    request: Signal,
    pipe: Pipe,
}

/// A moment that never comes.
const NONE_US: u64 = u64::MAX;

impl Default for Meter {
    fn default() -> Self {
        Self::new()
    }
}

impl Meter {
    /// A meter of a request that begins now.
    pub fn new() -> Self {
        Self {
            since: Instant::now(),
            last_us: AtomicU64::new(0),
            moved: AtomicU64::new(0),
            stored: AtomicU64::new(0),
            wanted: AtomicU64::new(u64::MAX),
            phase: AtomicU8::new(Phase::Waiting as u8),
            connected_by_us: AtomicU64::new(NONE_US),
            is_held: AtomicBool::new(false),
            is_body_held: AtomicBool::new(false),
            status: AtomicU16::new(0),
            sent: OnceLock::new(),
            is_leaving: AtomicBool::new(false),
            trouble: OnceLock::new(),
            body: Signal::default(),
            request: Signal::default(),
            pipe: Pipe::default(),
        }
    }

    /// Something went on, on a connection or without one. What becomes of a body nobody waits for
    /// any more, because there is an answer, does not count.
    pub fn touch(&self, phase: Phase) {
        if matches!(phase, Phase::Sending | Phase::Reading) && self.status().is_some() {
            return;
        }
        self.phase.store(phase as u8, Ordering::Relaxed);
        self.connected_by_us.store(NONE_US, Ordering::Relaxed);
        self.go_on();
    }

    /// A connection is made from now on, which may take so long. Until it is
    /// [there](Self::connected) no peer is silent, and nothing was sent.
    pub fn connecting(&self, time_max: Duration) {
        let by_us = self.elapsed_us().saturating_add(micros(time_max)).min(NONE_US - 1);
        self.go_on();
        self.connected_by_us.store(by_us, Ordering::Relaxed);
    }

    /// There is a connection, if one was made: what was waited for before is again.
    pub fn connected(&self) {
        if self.connected_by_us.swap(NONE_US, Ordering::Relaxed) != NONE_US {
            self.go_on();
        }
    }

    /// When a connection must be there, while one is made.
    pub fn connected_by(&self) -> Option<Instant> {
        let by_us = self.connected_by_us.load(Ordering::Relaxed);
        (by_us != NONE_US).then(|| self.since + Duration::from_micros(by_us))
    }

    fn go_on(&self) {
        self.last_us.store(self.elapsed_us(), Ordering::Relaxed);
        self.is_held.store(false, Ordering::Relaxed);
        self.is_body_held.store(false, Ordering::Relaxed);
    }

    fn elapsed_us(&self) -> u64 {
        micros(self.since.elapsed())
    }

    /// Until something goes on again, this client itself holds bytes of the answer back, so nobody
    /// is silent.
    pub fn hold(&self) {
        self.is_held.store(true, Ordering::Relaxed);
    }

    /// The same for bytes of the body. It ends when there is an answer: what is still held back
    /// then is not sent any more, and does not excuse a peer that stops.
    pub fn hold_body(&self) {
        self.is_body_held.store(true, Ordering::Relaxed);
    }

    /// So many further bytes were sent.
    pub fn add(&self, bytes: usize) {
        self.moved.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// So many further bytes of the answer were stored.
    pub fn add_stored(&self, bytes: usize) {
        self.add(bytes);
        self.stored.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Bytes sent or stored since the request began.
    pub fn moved(&self) -> u64 {
        self.moved.load(Ordering::Relaxed)
    }

    /// Bytes of the answer that have reached the sink.
    pub fn stored(&self) -> u64 {
        self.stored.load(Ordering::Relaxed)
    }

    /// No more of the answer is to be stored than `len` bytes.
    pub fn shorten(&self, len: u64) {
        self.wanted.store(len, Ordering::Relaxed);
    }

    /// How many bytes of an answer are to be stored after the first `len` of `all`.
    pub fn left(&self, len: u64, all: u64) -> u64 {
        all.min(self.wanted.load(Ordering::Relaxed)).saturating_sub(len)
    }

    /// The head of the answer has arrived. From now on the rest of it is waited for, also where it
    /// came before the end of the body.
    pub fn note_status(&self, status: u16) {
        self.status.store(status, Ordering::Relaxed);
        self.touch(Phase::Waiting);
    }

    /// The HTTP status of the answer, once its head has arrived.
    pub fn status(&self) -> Option<u16> {
        Some(self.status.load(Ordering::Relaxed)).filter(|status| *status != 0)
    }

    /// The whole body has been handed out; this is its digest.
    pub fn body_ended(&self, sha1: Sha1) {
        let _ = self.sent.set(sha1);
    }

    /// Whoever sends the request tells of each byte that the connection takes, by a
    /// [touch](Self::touch), and when it [has taken all](Self::all_taken) and
    /// [all has left](Self::all_left). Where nobody does, what was handed out may have left, and
    /// counts.
    pub fn leaving(&self) {
        self.is_leaving.store(true, Ordering::Relaxed);
    }

    /// Whether the connection is still to take part of the request, where it tells.
    pub fn is_leaving(&self) -> bool {
        self.is_leaving.load(Ordering::Relaxed)
    }

    /// The connection has taken all of the request. It may still hold some of it back, but nobody
    /// else knows how much: the peer may have all, and have acted upon it.
    pub fn all_taken(&self) {
        self.is_leaving.store(false, Ordering::Relaxed);
    }

    /// Nothing of the request is held back any more: from now on its answer is waited for.
    pub fn all_left(&self) {
        self.all_taken();
        self.touch(Phase::Waiting);
    }

    /// The digest of the body, once all of it was handed out and a connection has taken it, as far
    /// as anybody tells.
    pub fn sent(&self) -> Option<Sha1> {
        let may_have_left = !self.is_leaving() && self.connected_by().is_none();
        self.sent.get().copied().filter(|_| may_have_left)
    }

    /// The local source failed; the first trouble counts.
    pub fn fail(&self, trouble: Trouble) {
        let _ = self.trouble.set(trouble);
    }

    /// What went wrong with the local source.
    pub fn trouble(&self) -> Option<&Trouble> {
        self.trouble.get()
    }

    /// What other requests bring for the body.
    pub const fn pipe(&self) -> &Pipe {
        &self.pipe
    }

    /// Ends the body early: the answer has been read, so nobody needs the rest.
    pub fn stop_body(&self) {
        self.body.set();
        self.pipe.close();
    }

    /// Whether the body is to end early; if not, `waker` is woken when that changes.
    pub fn is_body_stopped(&self, waker: &Waker) -> bool {
        self.body.is_set(waker)
    }

    /// Gives the whole request up: nobody waits for its end.
    pub fn abort(&self) {
        self.request.set();
        self.stop_body();
    }

    /// Whether the request was given up; if not, `waker` is woken when that changes.
    pub fn is_aborted(&self, waker: &Waker) -> bool {
        self.request.is_set(waker)
    }

    /// The same for who looks now and then: whoever waits for it is woken all the same.
    pub fn is_aborted_now(&self) -> bool {
        self.request.is_set_now()
    }

    /// Whether part of the request is still to be sent, and somebody wants it.
    pub fn is_sending(&self) -> bool {
        matches!(self.phase(), Phase::Sending | Phase::Reading)
    }

    /// What it is waiting for.
    pub fn phase(&self) -> Phase {
        match self.phase.load(Ordering::Relaxed) {
            _ if self.connected_by().is_some() => Phase::Connecting,
            // Another thread may not have heard of the answer when it handed more of the body out.
            0 | 1 if self.status().is_some() => Phase::Waiting,
            0 => Phase::Sending,
            1 => Phase::Reading,
            3 => Phase::Storing,
            _ => Phase::Waiting,
        }
    }

    /// When something went on for the last time.
    pub fn last(&self) -> Instant {
        self.since + Duration::from_micros(self.last_us.load(Ordering::Relaxed))
    }

    /// What a silence since `silence_max` means, or when to look again.
    ///
    /// # Errors
    /// Nothing went on for so long, or making a connection has taken longer than it may.
    pub fn check_silence(&self, silence_max: Duration) -> Result<Instant, Cause> {
        let is_body_held = self.is_body_held.load(Ordering::Relaxed) && self.status().is_none();
        if is_body_held || self.is_held.load(Ordering::Relaxed) {
            return Ok(Instant::now() + silence_max);
        }
        let until = self.connected_by().unwrap_or_else(|| self.last() + silence_max);
        if until <= Instant::now() { Err(self.phase().silence()) } else { Ok(until) }
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// More than any test takes.
    const LONG: Duration = Duration::from_secs(3_600);

    #[test]
    fn making_a_connection_is_no_silence_of_the_peer() {
        let meter = Meter::new();
        meter.touch(Phase::Sending);
        meter.connecting(LONG);
        assert_eq!(meter.phase(), Phase::Connecting);
        assert!(meter.check_silence(Duration::ZERO).is_ok(), "nobody is there to be silent");
        meter.connected();
        assert_eq!(meter.phase(), Phase::Sending, "what was waited for before is again");
        assert_eq!(meter.check_silence(Duration::ZERO), Err(Cause::SendTimeout));
        meter.connecting(Duration::ZERO);
        assert_eq!(meter.check_silence(LONG), Err(Cause::ConnectTimeout), "it has its own bound");
        meter.connecting(Duration::MAX);
        assert!(meter.check_silence(LONG).is_ok());
    }

    #[test]
    fn a_body_that_is_held_back_excuses_no_answer() {
        let meter = Meter::new();
        meter.touch(Phase::Sending);
        meter.hold_body();
        assert!(meter.check_silence(Duration::ZERO).is_ok(), "nobody is silent");
        meter.note_status(503);
        assert!(!meter.is_sending());
        assert_eq!(meter.check_silence(Duration::ZERO), Err(Cause::ReadTimeout));
        // Some HTTP libraries ask for more of it all the same.
        let last = meter.last();
        meter.touch(Phase::Reading);
        meter.hold_body();
        meter.touch(Phase::Sending);
        assert_eq!(meter.last(), last);
        assert_eq!(meter.check_silence(Duration::ZERO), Err(Cause::ReadTimeout));
        meter.hold();
        assert!(meter.check_silence(Duration::ZERO).is_ok(), "the answer itself is held back");
    }

    #[test]
    fn nothing_is_sent_before_there_is_a_connection() {
        let meter = Meter::new();
        let sha1 = Sha1::of(b"abc");
        meter.connecting(LONG);
        meter.body_ended(sha1);
        assert_eq!(meter.sent(), None);
        meter.connected();
        assert_eq!(meter.sent(), Some(sha1));
    }

    #[test]
    fn nothing_is_sent_before_a_connection_that_tells_has_taken_it() {
        let meter = Meter::new();
        let sha1 = Sha1::of(b"abc");
        meter.leaving();
        meter.touch(Phase::Sending);
        meter.body_ended(sha1);
        assert_eq!(meter.sent(), None);
        meter.all_taken();
        assert_eq!((meter.sent(), meter.phase()), (Some(sha1), Phase::Sending));
        meter.all_left();
        assert_eq!((meter.sent(), meter.phase()), (Some(sha1), Phase::Waiting));
    }
}
