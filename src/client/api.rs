use std::sync::{Arc, Mutex, PoisonError};

use http::Uri;

use super::{
    api_answer::InsufficientScope, parameters::TokenParameters, replay::Replays,
    token_client::TokenClient,
};
use crate::{
    error::{ConfigError, Problems},
    scope::{Matching, Pattern, ScopeSet},
    transport::{Origin, UrlRule, is_loopback_name},
};

/// The most step-up tokens that one API can make a client fetch: an API has few kinds of
/// requests, and must not be able to try all combinations of the ceiling.
const MAX_STEP_UPS: usize = 8;

/// The APIs that get tokens, and what happens when one of them refuses a token.
#[derive(Clone, Debug)]
pub(super) struct Apis {
    rule: UrlRule,
    apis: Vec<Api>,
    pub(super) replays: Replays,
    ceiling: Option<ScopeSet>,
    relative_urls: bool,
}

/// An API with the client whose tokens are for it.
#[derive(Clone, Debug)]
struct Api {
    origin: Origin,
    client: TokenClient,
    /// The handles to the stronger tokens that this API asked for.
    step_ups: Arc<Mutex<Vec<TokenClient>>>,
}

impl Apis {
    pub(super) fn new(rule: UrlRule) -> Self {
        Self {
            rule,
            apis: Vec::new(),
            replays: Replays::default(),
            ceiling: None,
            relative_urls: false,
        }
    }

    pub(super) fn add(mut self, client: TokenClient, url: Uri) -> Result<Self, ConfigError> {
        let mut problems = Problems::default();
        if let Err(help) = self.rule.check(&url) {
            problems.add("api", help);
        }
        // The HTTP client below the layer looks such a name up, and may find another machine.
        let host = url.host().unwrap_or_default();
        if url.scheme_str() == Some("http")
            && is_loopback_name(host)
            && !host.eq_ignore_ascii_case("localhost")
        {
            problems.add("api", "is a name below localhost; give localhost or 127.0.0.1");
        }
        if self.apis.iter().any(|api| api.origin.matches(&url)) {
            problems.add("api", "is given twice; one client's tokens are for one origin");
        }
        if let Some(origin) = Origin::from_url(url) {
            self.apis.push(Api { origin, client, step_ups: Arc::default() });
        }
        problems.or(self)
    }

    pub(super) fn step_up_within(self, ceiling: ScopeSet) -> Self {
        Self { ceiling: Some(ceiling), ..self }
    }

    pub(super) fn relative_urls(self) -> Self {
        Self { relative_urls: true, ..self }
    }

    /// Returns the index of the API that `url` belongs to. A token is sent nowhere else (RFC 6750
    /// §5.3).
    pub(super) fn find(&self, url: &Uri) -> Option<usize> {
        if url.scheme().is_none() && url.authority().is_none() {
            return (self.relative_urls && !self.apis.is_empty()).then_some(0);
        }
        self.apis.iter().position(|api| api.origin.matches(url))
    }

    /// Returns the client that gets the tokens for an API.
    pub(super) fn client(&self, api: usize) -> Option<&TokenClient> {
        Some(&self.apis.get(api)?.client)
    }

    /// Returns the client for a token that adds the missing scopes to those of `api`: for the same
    /// audience and resource, and only if the ceiling lists each missing scope.
    pub(super) fn step_up(&self, api: usize, refused: &InsufficientScope) -> Option<TokenClient> {
        let (api, ceiling) = (self.apis.get(api)?, self.ceiling.as_ref()?);
        let missing = refused.missing();
        if missing.is_empty() || !missing.iter().all(|scope| ceiling.lists(scope)) {
            return None;
        }
        let requested = api.client.parameters();
        let mut scopes: Vec<&str> = missing.iter().collect();
        scopes.sort_unstable();
        scopes.dedup();
        let base = requested.scope.as_deref().unwrap_or_default();
        let scope = [base, &scopes.join(" ")].join(" ");
        let parameters = TokenParameters { scope: Some(scope.trim().into()), ..requested.clone() };
        let mut step_ups = api.step_ups.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = step_ups.iter().find(|known| *known.parameters() == parameters) {
            return Some(known.clone());
        }
        if step_ups.len() >= MAX_STEP_UPS {
            return None;
        }
        let stronger = api.client.with_parameters(parameters);
        step_ups.push(stronger.clone());
        Some(stronger)
    }
}

/// Returns true if a step-up token has the missing scopes, according to its issuer.
pub(super) fn grants(granted: &ScopeSet, missing: &ScopeSet) -> bool {
    let covers =
        |scope| Pattern::parse(scope).is_ok_and(|scope| granted.covers(scope, Matching::Patterns));
    missing.iter().all(covers)
}
