//! One file per group of commands.

pub(crate) mod account;
pub(crate) mod bucket;
pub(crate) mod complete;
pub(crate) mod file;
pub(crate) mod key;
pub(crate) mod license;
pub(crate) mod ls;
mod notification;
pub(crate) mod replication;
pub(crate) mod rm;
pub(crate) mod verify;
pub(crate) mod version;
