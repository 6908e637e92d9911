//! The real binary, driven as a person would, against its own simulator or one served here.

#[cfg(target_os = "linux")]
mod asking;
mod bad_input;
mod bad_service;
mod blocks;
mod building;
mod continued;
mod copying;
mod cut_off;
mod encryption;
mod first_steps;
mod full_disk;
mod grown;
mod hiding;
mod keeping;
mod limits;
mod listing;
mod locks;
mod login;
mod moments;
mod notifications;
mod piped;
mod replication;
mod rights;
mod scripts;
mod shells;
mod syncing;
mod told;
mod verifying;
mod world;
