//! `issuer.toml`: read, checked line by line, and edited.
//!
//! `parse` reads the file through `reader` into the `model`, and lets the library check the issuer
//! that `to_issuer` builds from it. `file` changes the file by `edit` and writes it atomically.

#[path = "../../../issuer/keys/atomic_file.rs"]
mod atomic_file;
mod diagnostics;
pub(crate) mod edit;
mod entries;
mod file;
#[path = "../../../issuer/keys/file_lock.rs"]
mod file_lock;
mod model;
mod parse;
mod public_keys;
mod reader;
mod settings;
mod to_issuer;
mod trusted;
mod vocabulary;

pub(crate) use self::{
    entries::{AccountEntry, RuleEntry},
    file::ConfigFile,
    model::Config,
    trusted::{TrustedKeys, TrustedRuleEntry},
    vocabulary::Effect,
};
