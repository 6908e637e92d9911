//! One life of a program, which may be short.

use crate::Failure;
use crate::task::{Done, Task};
use core::time::Duration;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Instant;

/// A running program; it is killed when this is dropped.
pub(crate) struct Life(Child);

/// Longest time a life takes that is not cut short.
pub(crate) const LIFE_MAX: Duration = Duration::from_secs(30 * 60);

/// How often it is looked whether a program has ended.
const TICK: Duration = Duration::from_millis(2);

impl Life {
    /// Starts a program. Its folder for state is `state`.
    pub(crate) fn start(program: &Path, task: &Task, state: &Path) -> Result<Self, Failure> {
        let mut command = Command::new(program);
        command.env("XDG_STATE_HOME", state).env("LOCALAPPDATA", state);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut life = Self(command.spawn()?);
        // Dropped at the end, so that the program finds the end of its input.
        let mut input = life.0.stdin.take().ok_or("the program has no input")?;
        input.write_all(&serde_json::to_vec(task)?)?;
        Ok(life)
    }

    /// Waits until `is_enough`, or for the end if that comes before.
    pub(crate) fn wait_until(
        &mut self,
        mut is_enough: impl FnMut() -> Result<bool, Failure>,
    ) -> Result<(), Failure> {
        let end = Instant::now() + LIFE_MAX;
        while self.0.try_wait()?.is_none() && !is_enough()? {
            if Instant::now() > end {
                return Err("the program does not get on".into());
            }
            thread::sleep(TICK);
        }
        Ok(())
    }

    /// Waits for the end, but not longer than `time`; what the program told if it has ended by
    /// itself by then, and it is killed if not.
    pub(crate) fn end_within(mut self, time: Duration) -> Result<Option<Done>, Failure> {
        let end = Instant::now() + time;
        let status = loop {
            if let Some(status) = self.0.try_wait()? {
                break status;
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return self.kill();
            }
            thread::sleep(left.min(TICK));
        };
        if status.success() { self.done().map(Some) } else { Err(self.trouble().into()) }
    }

    /// Nothing of the process runs any more afterwards. It may have been done in the last moment.
    fn kill(mut self) -> Result<Option<Done>, Failure> {
        self.0.kill()?;
        if self.0.wait()?.success() { self.done().map(Some) } else { Ok(None) }
    }

    fn done(&mut self) -> Result<Done, Failure> {
        let mut text = String::new();
        self.0.stdout.take().ok_or("the program has no output")?.read_to_string(&mut text)?;
        Ok(serde_json::from_str(&text)?)
    }

    fn trouble(&mut self) -> String {
        let mut text = String::new();
        if let Some(mut errors) = self.0.stderr.take() {
            // Half of what it said is better than nothing.
            let _ = errors.read_to_string(&mut text);
        }
        format!("the program failed: {text}")
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        // It has mostly ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
