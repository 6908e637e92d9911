//! What happened, as a number: equal for two runs of one seed.

use core::fmt::{self, Write as _};

/// A running hash of everything that is noted.
#[derive(Debug)]
pub(crate) struct Trace {
    hash: u64,
    lines: u64,
    is_shown: bool,
}

impl Trace {
    /// A trace that is also printed when `SIM_TRACE` is set.
    pub(crate) fn new() -> Self {
        let is_shown = std::env::var_os("SIM_TRACE").is_some();
        Self { hash: 0xcbf2_9ce4_8422_2325, lines: 0, is_shown }
    }

    pub(crate) fn note(&mut self, at_ms: u64, what: fmt::Arguments<'_>) {
        self.lines += 1;
        // Hashing never fails.
        let _ = writeln!(self, "{at_ms} {what}");
        if self.is_shown {
            eprintln!("{at_ms:>9} {what}");
        }
    }

    pub(crate) const fn hash(&self) -> u64 {
        self.hash
    }

    pub(crate) const fn lines(&self) -> u64 {
        self.lines
    }
}

/// FNV-1a.
impl fmt::Write for Trace {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Ok(())
    }
}
