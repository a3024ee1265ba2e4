//! What the tests share.

mod patterns;
mod vectors;

pub(crate) use self::{
    patterns::{item, pattern, word},
    vectors::{truth_table, vectors, vectors_json},
};
