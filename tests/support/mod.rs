//! What the tests share.

mod clock;
mod mint;
mod patterns;
mod server;
mod vectors;
mod watch;

pub(crate) use self::{
    clock::ManualClock,
    mint::{Mint, NOW, encode},
    patterns::{item, pattern, word},
    server::{Reply, Server, until},
    vectors::{truth_table, vectors, vectors_json, vectors_path},
};
