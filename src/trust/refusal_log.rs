//! Logs why tokens are refused, for the operator of the API.
//!
//! At info: the check that failed and the API's own side, at most one line a minute for each
//! configured issuer and check, with the number of refusals left out. Nothing in it is from a
//! token, so that callers cannot write to the log. At debug: each refusal with what the token says,
//! bounded and escaped. A key that is not found has no info line: the events of the keys explain
//! it.

use std::{
    array,
    fmt::Write as _,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

use tracing::Level;

use crate::{error::TokenFault, jwt::UnverifiedToken, time::UnixTime, verify::Check};

const PERIOD: Duration = Duration::from_secs(60);
/// The longest text of a token that is logged, in characters.
const MAX_SHOWN: usize = 64;
const CHECKS: usize = Check::ALL.len();

/// Limits the info lines about one issuer.
#[derive(Debug)]
pub(crate) struct RefusalLog([Window; CHECKS]);

/// The refusals by one check within a minute.
#[derive(Debug, Default)]
struct Window {
    /// The time at which the last line was written, in milliseconds; 0 if none was.
    began: AtomicU64,
    left_out: AtomicU64,
}

impl Default for RefusalLog {
    fn default() -> Self {
        Self(array::from_fn(|_| Window::default()))
    }
}

impl RefusalLog {
    /// Logs a refusal. `issuer` is one of the API's settings, and so is what `expected` returns.
    pub(super) fn refused(
        &self,
        issuer: &str,
        fault: &TokenFault,
        said: Option<&str>,
        now: UnixTime,
        expected: impl Fn(Check) -> Option<String>,
    ) {
        let check = fault.kind().check();
        let expected = || expected(check).unwrap_or_default();
        if let Some(said) = said {
            tracing::debug!(
                issuer,
                check = check.name(),
                expected = expected(),
                "token refused: {fault}; it says {said}"
            );
        }
        if check != Check::Key
            && tracing::enabled!(Level::INFO)
            && let Some(left_out) = self.due(check, now)
        {
            tracing::info!(
                issuer,
                check = check.name(),
                expected = expected(),
                left_out,
                "token refused: {fault}"
            );
        }
    }

    /// Returns the number of refusals left out since the last line, if a line is due.
    fn due(&self, check: Check, now: UnixTime) -> Option<u64> {
        let window = self.0.get(check as usize)?;
        let (began, now) = (window.began.load(Relaxed), now.as_millis().max(1));
        let is_over = began == 0 || Duration::from_millis(now.abs_diff(began)) >= PERIOD;
        if is_over && window.began.compare_exchange(began, now, Relaxed, Relaxed).is_ok() {
            return Some(window.left_out.swap(0, Relaxed));
        }
        window.left_out.fetch_add(1, Relaxed);
        None
    }
}

/// Describes what a token says, if anybody listens at debug.
pub(super) fn describe(token: &UnverifiedToken) -> Option<String> {
    if !tracing::enabled!(Level::DEBUG) {
        return None;
    }
    let mut said = format!("alg {:?}", token.algorithm().ok());
    let audience: Vec<_> = token.audience().take(4).collect();
    let texts = [("typ", token.typ()), ("kid", token.key_id()), ("iss", token.issuer())];
    for (name, text) in texts.into_iter().chain(audience.into_iter().map(|it| ("aud", Some(it)))) {
        let shown: Option<String> = text.map(|text| text.chars().take(MAX_SHOWN).collect());
        let _ = match shown {
            Some(shown) => write!(said, ", {name} {shown:?}"),
            None => write!(said, ", no {name}"),
        };
    }
    Some(said)
}
