//! The checks of an assertion beyond those of a token, and its account. Pure.

use std::time::Duration;

use aws_lc_rs::digest::{Context, SHA256};

use super::{form::AssertionForm, issuer::ReplayRule, rule::ResolvedRule};
use crate::{json, time::UnixTime, token::AccessToken};

/// How far the clock of a workload's issuer may differ from this one.
pub(super) const LEEWAY: Duration = Duration::from_secs(30);

/// The longest text of a verified token that is logged, in characters.
const MAX_SHOWN: usize = 200;

/// How an issuer's tokens become accounts.
#[derive(Debug)]
pub(super) struct Acceptance {
    pub(super) rules: Vec<ResolvedRule>,
    pub(super) replay: ReplayRule,
    pub(super) max_lifetime: Duration,
}

/// A workload that a rule recognizes.
#[derive(Debug)]
pub(in crate::issuer) struct Workload {
    pub(in crate::issuer) account: String,
    pub(in crate::issuer) issuer: String,
    pub(in crate::issuer) subject: String,
    /// Set if the token is accepted once.
    pub(in crate::issuer) once: Option<TokenUse>,
}

/// Identifies a token, so that it is accepted once.
#[derive(Debug)]
pub(in crate::issuer) struct TokenUse {
    pub(in crate::issuer) token_id: String,
    /// From this time on it is expired, leeway included.
    pub(in crate::issuer) ends_at: UnixTime,
}

/// The reason for refusing a verified token, for the log.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unacceptable {
    pub(super) check: &'static str,
    pub(super) expected: String,
    pub(super) got: String,
}

impl Acceptance {
    /// Finds the account of a verified token that was presented in this form.
    pub(super) fn judge(
        &self,
        token: &AccessToken,
        issuer: &str,
        form: AssertionForm,
        now: UnixTime,
    ) -> Result<Workload, Unacceptable> {
        let Some(subject) = token.subject().filter(|subject| !subject.is_empty()) else {
            return Err(unacceptable("sub", "a subject", "none"));
        };
        if form == AssertionForm::SpiffeAssertion && !subject.starts_with("spiffe://") {
            return Err(unacceptable("sub", "a SPIFFE ID", &shown(subject)));
        }
        if json::member(token.decoded().payload(), "act").is_some() {
            return Err(unacceptable("act", "none", "an actor"));
        }
        let from = token.issued_at().unwrap_or(now).min(now);
        let lifetime = token.expires_at().saturating_since(from);
        if lifetime > self.max_lifetime + LEEWAY {
            let seconds = |time: Duration| format!("{} s", time.as_secs());
            let (expected, got) = (seconds(self.max_lifetime), seconds(lifetime));
            return Err(unacceptable("lifetime", &format!("at most {expected}"), &got));
        }
        let Some(rule) = self.rules.iter().find(|rule| rule.matches(token)) else {
            let known: Vec<_> = self.rules.iter().take(4).map(ResolvedRule::describe).collect();
            let expected = if known.is_empty() { "no rule".to_owned() } else { known.join(" or ") };
            return Err(unacceptable("sub", &expected, &shown(subject)));
        };
        let once = match self.replay {
            ReplayRule::Once => true,
            ReplayRule::ClientAssertionsOnce => form.is_client_authentication(),
            ReplayRule::UntilExpiry => false,
        };
        let used = || TokenUse { token_id: token_id(token), ends_at: token.expires_at() + LEEWAY };
        Ok(Workload {
            account: rule.account.clone(),
            issuer: issuer.to_owned(),
            subject: subject.to_owned(),
            once: once.then(used),
        })
    }
}

fn unacceptable(check: &'static str, expected: &str, got: &str) -> Unacceptable {
    Unacceptable { check, expected: expected.to_owned(), got: got.to_owned() }
}

pub(super) fn shown(text: &str) -> String {
    text.chars().take(MAX_SHOWN).flat_map(char::escape_debug).collect()
}

/// The token's `jti`, or else a digest of its header and claims. The signature is not part of it: an
/// ECDSA signature can be changed into another valid one by anybody.
fn token_id(token: &AccessToken) -> String {
    if let Some(id) = token.token_id().filter(|id| !id.is_empty()) {
        return format!("jti\0{id}");
    }
    let mut context = Context::new(&SHA256);
    for part in [token.header_json(), "\0", token.decoded().payload()] {
        context.update(part.as_bytes());
    }
    let digest = context.finish();
    digest.as_ref().iter().fold("sha-256\0".to_owned(), |id, byte| format!("{id}{byte:02x}"))
}
