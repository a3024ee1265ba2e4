use std::time::Duration;

use crate::{error::TokenFaultKind, time::UnixTime};

/// Checks `exp` (RFC 7519 §4.1.4): a token is refused from `exp` plus `leeway` on.
pub(crate) fn check_expiry(
    expires_at: Option<UnixTime>,
    now: UnixTime,
    leeway: Duration,
) -> Result<(), TokenFaultKind> {
    let expires_at = expires_at.ok_or(TokenFaultKind::Missing("exp"))?;
    if now >= expires_at + leeway {
        return Err(TokenFaultKind::Expired { expires_at, now, leeway });
    }
    Ok(())
}

/// Checks `nbf` (RFC 7519 §4.1.5), which may be absent.
pub(crate) fn check_not_before(
    not_before: Option<UnixTime>,
    now: UnixTime,
    leeway: Duration,
) -> Result<(), TokenFaultKind> {
    match not_before {
        Some(not_before) if now < not_before - leeway => {
            Err(TokenFaultKind::NotYetValid { not_before, now, leeway })
        }
        _ => Ok(()),
    }
}

/// Checks that `iat` (RFC 7519 §4.1.6), which may be absent, is not in the future.
pub(crate) fn check_issued_at(
    issued_at: Option<UnixTime>,
    now: UnixTime,
    leeway: Duration,
) -> Result<(), TokenFaultKind> {
    match issued_at {
        Some(issued_at) if now < issued_at - leeway => {
            Err(TokenFaultKind::IssuedInTheFuture { issued_at, now, leeway })
        }
        _ => Ok(()),
    }
}
