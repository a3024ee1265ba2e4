//! What the tests share.

mod vectors;

pub(crate) use self::vectors::{vectors, vectors_json};
