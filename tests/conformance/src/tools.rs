//! Small things many scenarios need.

use b2_proto::rng::Rng;
use b2_sim::fault::Rule;
use core::time::Duration;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// Bytes in which every place looks different.
pub(crate) fn bytes(len: usize) -> Vec<u8> {
    (0..len).map(|at| u8::try_from((at * 31 + at / 251) % 256).unwrap_or(0)).collect()
}

/// Bytes without a pattern.
pub(crate) fn noise(len: usize, seed: u64) -> Vec<u8> {
    let mut numbers = Rng::from_seed(seed);
    (0..len.div_ceil(8)).flat_map(|_| numbers.next_u64().to_le_bytes()).take(len).collect()
}

/// A rule for one operation.
pub(crate) fn on(operation: &str) -> Rule {
    Rule { op: Some(operation.to_owned()), ..Rule::default() }
}

/// How long it takes at most until nothing of a job is left, on the busiest machine.
const SOON: Duration = Duration::from_secs(120);

/// Waits until something is so: what a job leaves behind goes soon after it has ended.
pub(crate) fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + SOON;
    while !is_so() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// A writer whose bytes can be looked at afterwards.
#[derive(Clone, Default)]
pub(crate) struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Write for Written {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(data);
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
