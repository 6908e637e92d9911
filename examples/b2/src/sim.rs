//! The simulator inside this program: B2 in a folder, without an account.

use std::io;
use std::path::Path;

use b2_sim::Config;
use b2_sim::server::{Handle, Server, ServerConfig, StoreKind};

use crate::failure::Failure;

/// Serves the folder on a free loopback port until the handle goes away. The folder is made when
/// it is missing.
pub(crate) fn start(folder: &Path) -> Result<Handle, Failure> {
    let config = ServerConfig {
        store: StoreKind::Folder(folder.to_owned()),
        service: Config::default(),
        threads: Some(2),
        ..ServerConfig::default()
    };
    Server::start(config).map_err(|error| {
        let advice = if error.kind() == io::ErrorKind::WouldBlock {
            "Wait until that has ended; for several commands at a time, start `b2-sim serve \
             --store` with the folder, and use them with its address."
        } else {
            "Name a folder of its own, or one it used before."
        };
        Failure::message(format_args!(
            "the simulator cannot use the folder {:?}: {error}. {advice}",
            folder.display()
        ))
    })
}
