//! The program, run as its users run it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod accounts;
mod broken;
mod disk;
mod edits;
mod folder;
mod help;
mod inspect;
mod keys;
mod killed;
mod output;
mod revoke;
mod serve;
mod token;
mod trusted;
#[allow(dead_code, reason = "other tests use the rest of it")]
#[path = "../support/vectors.rs"]
mod vectors;
