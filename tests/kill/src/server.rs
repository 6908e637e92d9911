//! The simulator as a process of its own.

use crate::Failure;
use crate::programs::Programs;
use crate::task::Access;
use serde_json::json;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A running simulator; it ends when this is dropped.
pub(crate) struct Server {
    process: Child,
    pub(crate) access: Access,
    /// Where it notes each request that has ended.
    pub(crate) transcript: PathBuf,
}

/// How many threads serve connections.
const THREADS: &str = "2";

impl Server {
    /// Starts one that keeps content in memory, takes short parts, and sends at most so many bytes
    /// of a file in a second on each connection. `folder` is for its files.
    pub(crate) fn start(
        programs: &Programs,
        folder: &Path,
        bytes_per_second: Option<u64>,
    ) -> Result<Self, Failure> {
        let (transcript, faults) = (folder.join("transcript"), folder.join("faults"));
        let rules = ["b2_download_file_by_name", "b2_download_file_by_id"]
            .map(|op| json!({ "op": op, "bytesPerSecond": bytes_per_second }));
        fs::write(&faults, serde_json::to_vec(&rules)?)?;
        let mut command = Command::new(programs.simulator());
        command.args(["serve", "--small-limits", "--threads", THREADS]);
        command.arg("--faults").arg(&faults).arg("--transcript").arg(&transcript);
        let mut process = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let out = process.stdout.take();
        let mut server = Self { process, access: Access::default(), transcript };
        let mut line = String::new();
        BufReader::new(out.ok_or("the simulator has no output")?).read_line(&mut line)?;
        server.access = serde_json::from_str(&line)?;
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
