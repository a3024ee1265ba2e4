//! Finds the account that a command names.

use crate::{
    config::{AccountEntry, Config},
    ui::Failure,
};

/// The account of this key.
pub(crate) fn entry<'c>(config: &'c Config, key: &str) -> Result<&'c AccountEntry, Failure> {
    config.accounts.iter().find(|account| account.key == key).ok_or_else(|| no_account(key))
}

/// What every command says that was given the key of no account.
pub(crate) fn no_account(key: &str) -> Failure {
    Failure::refused(format!("there is no account `{key}`"))
        .cure("see `tower-bearer issuer account list`")
}
