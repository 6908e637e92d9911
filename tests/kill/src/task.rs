//! What a program is to do, and what it tells when it has done it.

use crate::Failure;
use serde::{Deserialize, Serialize};
use std::io::{self, Write as _};
use std::path::PathBuf;

/// Which way the bytes go.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Way {
    /// From a path to the service.
    Up,
    /// From the service to a path.
    Down,
}

/// One transfer. Programs read it from their input, so that no key is among their arguments.
#[derive(Clone, Serialize, Deserialize)]
pub struct Task {
    /// Which way.
    pub way: Way,
    /// The service.
    pub access: Access,
    /// Name of the bucket.
    pub bucket: String,
    /// Name of the file in it.
    pub name: String,
    /// The file here.
    pub path: PathBuf,
    /// Most parts or ranges at the same time.
    pub lanes: u16,
    /// Length of a part; a further range is fetched for each so many bytes.
    pub part_len: u64,
    /// Most bytes sent in a second.
    pub bandwidth_up: u64,
}

/// The line the simulator prints when it is ready: where it is and the key it takes.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Access {
    /// The service's URL.
    pub url: String,
    /// The application key's ID.
    pub application_key_id: String,
    /// The application key.
    pub application_key: String,
}

impl Task {
    /// The task in this program's input.
    ///
    /// # Errors
    /// When there is none.
    pub fn read() -> Result<Self, Failure> {
        Ok(serde_json::from_reader(io::stdin().lock())?)
    }
}

/// What a program tells at its end.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Done {
    /// Bytes that were there already, from the lives before.
    pub kept: u64,
}

impl Done {
    /// Tells it to whoever started this program.
    ///
    /// # Errors
    /// When nobody listens.
    pub fn tell(self) -> Result<(), Failure> {
        writeln!(io::stdout().lock(), "{}", serde_json::to_string(&self)?)?;
        Ok(())
    }
}
