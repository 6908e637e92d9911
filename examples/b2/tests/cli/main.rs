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
mod grown;
mod keeping;
mod limits;
mod listing;
mod locks;
mod login;
mod moments;
mod syncing;
mod told;
mod verifying;
mod world;
