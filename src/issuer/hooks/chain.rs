//! Runs the hooks in turn.

use std::{
    fmt,
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::{Pin, pin},
    task::Poll,
    time::Duration,
};

use serde_json::{Map, Value};

use super::{
    denied::AccessDenied, exchange::CredentialsExchange, modifications::TokenModifications,
};
use crate::{
    issuer::error::TokenError,
    scope::{Pattern, items},
};

type HookFuture = Pin<Box<dyn Future<Output = Result<TokenModifications, AccessDenied>> + Send>>;
type Hook = Box<dyn Fn(CredentialsExchange) -> HookFuture + Send + Sync>;

/// The hooks, in the order in which they run.
#[derive(Default)]
pub(in crate::issuer) struct Hooks(Vec<Hook>);

impl Hooks {
    pub(in crate::issuer) fn add<F>(
        &mut self,
        hook: impl Fn(CredentialsExchange) -> F + Send + Sync + 'static,
    ) where
        F: Future<Output = Result<TokenModifications, AccessDenied>> + Send + 'static,
    {
        self.0.push(Box::new(move |exchange| Box::pin(hook(exchange))));
    }

    pub(in crate::issuer) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Runs each hook, and applies its modifications before the next one runs. Returns the claims
    /// that they add.
    pub(in crate::issuer) async fn run(
        &self,
        exchange: &mut CredentialsExchange,
    ) -> Result<Map<String, Value>, TokenError> {
        let mut claims = Map::new();
        for hook in &self.0 {
            let changes = run_one(hook, exchange).await?;
            if let Some(name) = changes.claims.keys().find(|name| !is_namespaced(name)) {
                tracing::error!(name, "a hook adds a claim whose name is not a URI of its own");
                return Err(TokenError::server_error());
            }
            let removed = changes.removed.iter().flat_map(|list| items(list));
            let removed: Result<Vec<_>, _> = removed.map(Pattern::parse).collect();
            let Ok(removed) = removed else {
                tracing::error!(removed = ?changes.removed, "a hook removes something that is not a scope");
                return Err(TokenError::server_error());
            };
            claims.extend(changes.claims);
            if let Some(lifetime) = changes.lifetime {
                let whole = Duration::from_secs(lifetime.as_secs().max(1));
                exchange.lifetime = exchange.lifetime.min(whole);
            }
            exchange.granted.withdraw(&removed);
        }
        Ok(claims)
    }
}

/// Runs one hook. A panic fails this request with `server_error`, and no other request.
async fn run_one(
    hook: &Hook,
    exchange: &CredentialsExchange,
) -> Result<TokenModifications, TokenError> {
    let mut asked = pin!(async { hook(exchange.clone()).await });
    let panicked = |_| {
        tracing::error!("a hook has panicked");
        Poll::Ready(Err(TokenError::server_error()))
    };
    poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| asked.as_mut().poll(context)));
        polled.map_or_else(panicked, |outcome| outcome.map_err(TokenError::from))
    })
    .await
}

/// Returns true for an absolute URI (RFC 3986 §4.3), which no registered claim is (RFC 7519 §4.2).
fn is_namespaced(name: &str) -> bool {
    let Some((scheme, rest)) = name.split_once(':') else { return false };
    let mut scheme = scheme.bytes();
    let begins = scheme.next().is_some_and(|first| first.is_ascii_alphabetic());
    begins
        && scheme.all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
        && !rest.is_empty()
        && rest.bytes().all(|byte| byte.is_ascii_graphic())
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hooks({})", self.0.len())
    }
}
