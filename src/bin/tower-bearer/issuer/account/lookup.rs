//! Finds the account that a command names.

use crate::{
    config::{AccountEntry, Config},
    ui::Failure,
};

/// The account of this key.
pub(crate) fn entry<'c>(config: &'c Config, key: &str) -> Result<&'c AccountEntry, Failure> {
    config.account(key).ok_or_else(|| no_account(key))
}

/// The error for an unknown account.
pub(crate) fn no_account(key: &str) -> Failure {
    Failure::refused(format!("there is no account `{key}`"))
        .help("see `tower-bearer issuer account list`")
}
