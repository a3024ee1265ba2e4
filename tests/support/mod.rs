//! What the tests share.

mod clock;
mod mint;
mod vectors;

pub(crate) use self::{
    clock::ManualClock,
    mint::{Mint, NOW, encode},
    vectors::{vectors, vectors_json},
};
