use std::sync::Arc;

use http::HeaderMap;

use super::bearer::bearer;
use crate::{
    error::{BearerError, BearerErrorKind, TokenFault, TokenFaultKind},
    jwks::{Found, KeySource, KeysFuture, Lookup},
    refusal::Refusals,
    time::{Clock, UnixTime},
    token::AccessToken,
    verify::{Presented, Verifier},
};

/// What all layers, services and requests of one resource server have in common.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) issuers: Box<[Trusted]>,
    pub(super) refusals: Arc<Refusals>,
    pub(super) clock: Arc<dyn Clock>,
}

/// An issuer whose tokens are admitted, with its own keys.
#[derive(Debug)]
pub(super) struct Trusted {
    pub(super) verifier: Verifier,
    pub(super) keys: KeySource,
}

/// What becomes of a request.
pub(super) enum Decision {
    Now(Result<AccessToken, BearerError>),
    /// It depends on keys that are being fetched.
    Wait(KeysFuture),
}

impl Shared {
    pub(super) fn refusals(&self) -> &Arc<Refusals> {
        &self.refusals
    }

    /// Judges a request by its credentials.
    pub(super) fn decide(&self, headers: &HeaderMap) -> Decision {
        let now = self.clock.now();
        let (issuer, presented) = match self.presented(headers, now) {
            Ok(presented) => presented,
            Err(error) => return Decision::Now(Err(error)),
        };
        match issuer.keys.lookup(presented.key_id(), now) {
            Lookup::Wait(keys) => Decision::Wait(keys),
            Lookup::Found(found) => Decision::Now(admit(issuer, presented, found, now)),
        }
    }

    /// Judges a request again, with the keys that it waited for.
    pub(super) fn decide_with(
        &self,
        headers: &HeaderMap,
        found: Found,
    ) -> Result<AccessToken, BearerError> {
        let now = self.clock.now();
        let (issuer, presented) = self.presented(headers, now)?;
        admit(issuer, presented, found, now)
    }

    /// Takes the credentials apart and makes every check that needs no key.
    fn presented<'a>(
        &self,
        headers: &'a HeaderMap,
        now: UnixTime,
    ) -> Result<(&Trusted, Presented<'a>), BearerError> {
        let token = bearer(headers)
            .map_err(|_| BearerErrorKind::InvalidRequest)?
            .ok_or(BearerErrorKind::MissingToken)?;
        let presented = Presented::parse(token)?;
        let name =
            presented.claims.issuer().ok_or(TokenFault::from(TokenFaultKind::Missing("iss")))?;
        let issuer = self
            .issuers
            .iter()
            .find(|trusted| trusted.verifier.issuer().as_str() == name)
            .ok_or(TokenFault::from(TokenFaultKind::UntrustedIssuer))?;
        issuer.verifier.precheck(&presented, now)?;
        Ok((issuer, presented))
    }
}

fn admit(
    issuer: &Trusted,
    presented: Presented<'_>,
    found: Found,
    now: UnixTime,
) -> Result<AccessToken, BearerError> {
    match found {
        Found::Keys(snapshot) => Ok(issuer.verifier.finish(presented, snapshot.keys(), now)?),
        Found::Unknown => {
            let algorithm = presented.header.algorithm;
            Err(TokenFault::from(TokenFaultKind::UnknownKey(algorithm)).into())
        }
        Found::Unavailable { retry_after } => {
            Err(BearerErrorKind::KeysUnavailable { retry_after }.into())
        }
    }
}
