//! `issuer.toml`: what it says, and everything that is wrong with it, line by line.

mod atomic;
mod build;
mod duration;
pub(crate) mod edit;
mod entries;
mod file;
mod lines;
mod locate;
mod lock;
mod model;
mod problem;
mod section;
mod settings;

pub(crate) use self::{
    duration::{duration, shown},
    entries::{AccountEntry, Effect, RuleEntry},
    file::ConfigFile,
    model::Config,
};
