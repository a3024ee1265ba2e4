//! What the tests share.

mod clock;
mod mint;
mod patterns;
pub(crate) mod scripted;
mod server;
pub(crate) mod tls;
mod vectors;
mod watch;

pub(crate) use self::{
    clock::ManualClock,
    mint::{Mint, NOW, encode},
    patterns::{item, pattern, word},
    scripted::ScriptedIssuer,
    server::{Received, Reply, Server, until},
    vectors::{truth_table, vectors, vectors_json, vectors_path},
};
