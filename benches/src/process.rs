//! What a process has used so far, as the kernel counts it (Linux only).

use std::io;
use std::path::PathBuf;

/// Clock ticks in a second: the kernel's unit for user programs on all its common machines.
const TICKS_PER_S: f64 = 100.0;

/// What a process has used.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Usage {
    /// Seconds on a core, in the program and in the kernel for it, all threads together.
    pub cpu_s: f64,
    /// Most memory it had at once, in bytes.
    pub rss_bytes_max: u64,
}

impl Usage {
    /// That of this process.
    ///
    /// # Errors
    /// When the kernel does not tell.
    pub fn own() -> io::Result<Self> {
        Self::of(std::process::id())
    }

    /// That of the process `id`.
    ///
    /// # Errors
    /// When the kernel does not tell, as when the process has ended.
    pub fn of(id: u32) -> io::Result<Self> {
        let folder = PathBuf::from("/proc").join(id.to_string());
        let stat = std::fs::read_to_string(folder.join("stat"))?;
        let status = std::fs::read_to_string(folder.join("status"))?;
        let unknown = || io::Error::other("the kernel's counters look different here");
        Ok(Self {
            cpu_s: cpu_ticks(&stat).ok_or_else(unknown)? / TICKS_PER_S,
            rss_bytes_max: rss_kib_max(&status).ok_or_else(unknown)? * 1024,
        })
    }
}

/// Nanoseconds this thread was on a core, a turn of the scheduler more or less (Linux only).
/// Unlike the time on the wall it does not count what other programs take.
///
/// # Errors
/// When the kernel does not tell.
pub fn thread_ns() -> io::Result<u64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let field = text.split_ascii_whitespace().next().and_then(|field| field.parse().ok());
    field.ok_or_else(|| io::Error::other("the kernel's counters look different here"))
}

/// Fields 14 and 15 of `/proc/ID/stat`; the name before them may hold spaces.
fn cpu_ticks(stat: &str) -> Option<f64> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_ascii_whitespace().skip(11);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

fn rss_kib_max(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counters_are_found() {
        let stat = "7 (a (b) c) R 1 7 7 0 -1 4194304 106 0 0 0 12 30 0 0 20 0 1 0 5 6 7";
        assert_eq!(cpu_ticks(stat), Some(42.0));
        assert_eq!(rss_kib_max("Name:\tx\nVmHWM:\t    3216 kB\n"), Some(3216));
    }
}
