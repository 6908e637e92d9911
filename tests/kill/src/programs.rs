//! The programs that are started and killed, and the simulator.

use crate::Failure;
use std::path::PathBuf;
use std::process::Command;

/// Where they are: beside the program that asks.
#[derive(Debug)]
pub struct Programs {
    folder: PathBuf,
}

/// The drivers there is a program for.
pub const DRIVERS: [&str; 3] = ["tokio", "smol", "blocking"];
const SIMULATOR: &str = "b2-sim";

impl Programs {
    /// Builds what is not up to date, in the way the asking program was built.
    ///
    /// # Errors
    /// When it cannot be built.
    pub fn build() -> Result<Self, Failure> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command.args(["build", "--quiet", "-p", "kill", "-p", SIMULATOR, "--bin", SIMULATOR]);
        for driver in DRIVERS {
            command.args(["--bin", &name_of(driver)]);
        }
        if !cfg!(debug_assertions) {
            command.arg("--release");
        }
        if !command.status()?.success() {
            return Err("the programs could not be built".into());
        }
        Self::in_place()?.ok_or_else(|| "the programs are built elsewhere".into())
    }

    /// Those that are there; they are built only if one is missing.
    ///
    /// # Errors
    /// When it cannot be built.
    pub fn find() -> Result<Self, Failure> {
        Self::in_place()?.map_or_else(Self::build, Ok)
    }

    fn in_place() -> Result<Option<Self>, Failure> {
        let own = std::env::current_exe()?;
        let mut folder = own.parent().ok_or("this program is in no folder")?;
        // Tests are built one level deeper.
        if folder.ends_with("deps") {
            folder = folder.parent().unwrap_or(folder);
        }
        let programs = Self { folder: folder.to_owned() };
        let all = DRIVERS.map(|driver| programs.of(driver));
        let are_there = programs.simulator().is_file() && all.iter().all(|path| path.is_file());
        Ok(are_there.then_some(programs))
    }

    pub(crate) fn of(&self, driver: &str) -> PathBuf {
        self.path(&name_of(driver))
    }

    pub(crate) fn simulator(&self) -> PathBuf {
        self.path(SIMULATOR)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name).with_extension(std::env::consts::EXE_EXTENSION)
    }
}

fn name_of(driver: &str) -> String {
    format!("kill-{driver}")
}
