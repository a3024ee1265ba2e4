//! Status lists: access that is taken back before a token expires.

mod tokens;
mod vectors;
