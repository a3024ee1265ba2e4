use std::{ops::Deref, sync::Arc};

use http::HeaderMap;

use super::{
    bearer::bearer,
    resolver::{Resolved, Resolver},
};
use crate::{
    error::{BearerError, BearerErrorKind, TokenFault, TokenFaultKind},
    jwks::{Found, KeySource, KeysFuture, Lookup},
    refusal::Refusals,
    time::{Clock, UnixTime},
    token::AccessToken,
    transport::UrlRule,
    verify::{Presented, Verifier},
};

/// What all layers, services and requests of one resource server have in common.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) issuers: Box<[Trusted]>,
    pub(super) resolver: Option<Resolver>,
    pub(super) refusals: Arc<Refusals>,
    pub(super) clock: Arc<dyn Clock>,
}

/// An issuer whose tokens are admitted, with its own keys.
#[derive(Debug)]
pub(super) struct Trusted {
    pub(super) verifier: Verifier,
    pub(super) keys: KeySource,
}

/// What every issuer of one resource server is opened with.
#[derive(Clone, Debug)]
pub(super) struct Opening {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) url_rule: UrlRule,
    pub(super) refusals: Arc<Refusals>,
}

/// The issuer that a token names.
enum Chosen<'a> {
    Named(&'a Trusted),
    Resolved(Arc<Resolved>),
}

impl Deref for Chosen<'_> {
    type Target = Trusted;

    fn deref(&self) -> &Trusted {
        match self {
            Self::Named(trusted) => trusted,
            Self::Resolved(resolved) => &resolved.trusted,
        }
    }
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
            Lookup::Found(found) => Decision::Now(admit(&issuer, presented, found, now)),
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
        admit(&issuer, presented, found, now)
    }

    /// Takes the credentials apart and makes every check that needs no key.
    fn presented<'a>(
        &self,
        headers: &'a HeaderMap,
        now: UnixTime,
    ) -> Result<(Chosen<'_>, Presented<'a>), BearerError> {
        let token = bearer(headers)
            .map_err(|_| BearerErrorKind::InvalidRequest)?
            .ok_or(BearerErrorKind::MissingToken)?;
        let presented = Presented::parse(token)?;
        let name =
            presented.claims.issuer().ok_or(TokenFault::from(TokenFaultKind::Missing("iss")))?;
        let issuer = self.issuer(name, now)?;
        issuer.verifier.precheck(&presented, now)?;
        Ok((issuer, presented))
    }

    /// The issuer of this name, by exact match.
    fn issuer(&self, name: &str, now: UnixTime) -> Result<Chosen<'_>, BearerError> {
        let named = self.issuers.iter().find(|it| it.verifier.issuer().as_str() == name);
        match (named, &self.resolver) {
            (Some(trusted), _) => Ok(Chosen::Named(trusted)),
            (None, Some(resolver)) => resolver.issuer(name, now).map(Chosen::Resolved),
            (None, None) => Err(TokenFault::from(TokenFaultKind::UntrustedIssuer).into()),
        }
    }
}

fn admit(
    issuer: &Chosen<'_>,
    presented: Presented<'_>,
    found: Found,
    now: UnixTime,
) -> Result<AccessToken, BearerError> {
    match found {
        Found::Keys(snapshot) => {
            let token = issuer.verifier.finish(presented, snapshot.keys(), now)?;
            if let Chosen::Resolved(resolved) = issuer {
                resolved.admitted(now);
            }
            Ok(token)
        }
        Found::Unknown => {
            let algorithm = presented.header.algorithm;
            Err(TokenFault::from(TokenFaultKind::UnknownKey(algorithm)).into())
        }
        Found::Unavailable { retry_after } => {
            Err(BearerErrorKind::KeysUnavailable { retry_after }.into())
        }
    }
}
