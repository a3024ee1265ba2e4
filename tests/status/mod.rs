//! Status lists: access that is taken back before a token expires.

mod checks;
mod fleet;
mod hostile;
mod outages;
mod tokens;
mod vectors;
mod waiting;
mod world;
