//! `issuer.toml`: what it says, and everything that is wrong with it, line by line.

mod build;
mod duration;
mod entries;
mod lines;
mod locate;
mod model;
mod problem;
mod section;
mod settings;

pub(crate) use self::{
    duration::{duration, shown},
    entries::{AccountEntry, Effect, RuleEntry},
    model::Config,
    problem::Problems,
};
