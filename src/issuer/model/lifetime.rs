//! The lifetimes of tokens.

use std::time::Duration;

use crate::error::{Problems, Setting};

/// The lifetime of a token unless the issuer or its account sets another one: 1 hour.
pub const DEFAULT_LIFETIME: Duration = Duration::from_secs(60 * 60);

/// The longest lifetime of a token: 30 days.
pub const MAX_LIFETIME: Duration = Duration::from_secs(30 * 24 * 60 * 60);

pub(in crate::issuer) fn check_lifetime(
    setting: impl Into<Setting>,
    lifetime: Duration,
    problems: &mut Problems,
) {
    if lifetime.is_zero() || lifetime > MAX_LIFETIME || lifetime.subsec_nanos() != 0 {
        problems.add(
            setting,
            format!("cannot be {lifetime:?}: give whole seconds, 1 second to 30 days"),
        );
    }
}
