//! The simulator as a process of its own.

use super::Failure;
use crate::process::Usage;
use serde::Deserialize;
use std::io::{self, BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// A running simulator; it ends when this is dropped.
#[derive(Debug)]
pub struct Server {
    process: Child,
    /// Where it is and the key it takes.
    pub access: Access,
}

/// The line the simulator prints when it is ready.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Access {
    /// The service's URL.
    pub url: String,
    /// The application key's ID.
    pub application_key_id: String,
    /// The application key.
    pub application_key: String,
}

impl Server {
    /// Starts the simulator that was built beside this program. It keeps no content and, unless
    /// it is to `verify`, does not hash it either.
    ///
    /// # Errors
    /// When it is not there or does not start.
    pub fn start(verify: bool) -> Result<Self, Failure> {
        let program = beside("b2-sim")?;
        let mut command = Command::new(program);
        command.args(["serve", "--store", "none"]);
        if !verify {
            command.arg("--no-verify");
        }
        let mut process = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let out = process.stdout.take().ok_or("the simulator has no output")?;
        let mut line = String::new();
        BufReader::new(out).read_line(&mut line)?;
        Ok(Self { process, access: serde_json::from_str(&line)? })
    }

    /// What it has used so far.
    ///
    /// # Errors
    /// When it has ended.
    pub fn usage(&self) -> io::Result<Usage> {
        Usage::of(self.process.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The path of another program of the workspace, built in the same way as this one.
///
/// # Errors
/// When it is not there, with how to build it.
pub fn beside(name: &str) -> Result<PathBuf, Failure> {
    let own = std::env::current_exe()?;
    let mut folder = own.parent().ok_or("this program is in no folder")?;
    // Tests and benches are built one level deeper.
    if folder.ends_with("deps") {
        folder = folder.parent().unwrap_or(folder);
    }
    let path = folder.join(name).with_extension(std::env::consts::EXE_EXTENSION);
    if path.is_file() {
        Ok(path)
    } else {
        let how = "build it first: cargo build --release -p b2-sim -p b2";
        Err(format!("{name} is not beside this program; {how}").into())
    }
}
