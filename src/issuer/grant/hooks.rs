//! A say for the operator in each token: Auth0's actions, in Rust.

use std::{
    fmt,
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::{Pin, pin},
    sync::Arc,
    task::Poll,
    time::Duration,
};

use http::{Extensions, HeaderMap, request::Parts};
use serde_json::{Map, Value};

use crate::issuer::{
    endpoint::response::{ErrorCode, TokenError},
    grant::rules::Granted,
    model::registry::AccountRecord,
};
use crate::scope::{Pattern, items};

/// How long all hooks of a request may take together.
pub(in crate::issuer) const HOOK_TIMEOUT: Duration = Duration::from_secs(10);

/// A token request that the rules admit, as a hook sees it.
///
/// It holds no secret: the fields of the request are those without `Authorization`.
#[derive(Clone, Debug)]
pub struct CredentialsExchange {
    pub(in crate::issuer) account: Arc<AccountRecord>,
    /// The place of the first application that the token is for.
    pub(in crate::issuer) application: usize,
    pub(in crate::issuer) audiences: Vec<String>,
    pub(in crate::issuer) requested: Option<String>,
    pub(in crate::issuer) granted: Granted,
    pub(in crate::issuer) lifetime: Duration,
    /// Without `Authorization`.
    pub(in crate::issuer) head: Arc<Parts>,
}

impl CredentialsExchange {
    /// The account's key.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.account.key
    }

    /// The account's remark.
    #[must_use]
    pub fn remark(&self) -> Option<&str> {
        self.account.remark.as_deref()
    }

    /// What [`Account::metadata`](crate::issuer::Account::metadata) says of the account under this name.
    #[must_use]
    pub fn metadata(&self, name: &str) -> Option<&Value> {
        self.account.metadata.get(name)
    }

    /// The audiences that the token is for.
    pub fn audiences(&self) -> impl Iterator<Item = &str> {
        self.audiences.iter().map(String::as_str)
    }

    /// The `scope` of the request, if it has one.
    #[must_use]
    pub fn requested_scope(&self) -> Option<&str> {
        self.requested.as_deref()
    }

    /// The scopes that the rules grant, less those that an earlier hook has removed.
    pub fn granted_scopes(&self) -> impl Iterator<Item = &str> {
        items(&self.granted.scope)
    }

    /// How long the token will live.
    #[must_use]
    pub fn lifetime(&self) -> Duration {
        self.lifetime
    }

    /// The fields of the request.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.head.headers
    }

    /// What the server and the layers in front have attached to the request, such as the peer's
    /// address.
    #[must_use]
    pub fn extensions(&self) -> &Extensions {
        &self.head.extensions
    }
}

/// What a hook changes in a token. It can take away and add claims of its own; it cannot grant a
/// scope, lengthen a life or touch a registered claim.
#[derive(Clone, Debug, Default)]
#[must_use = "a hook returns its changes"]
pub struct TokenModifications {
    pub(in crate::issuer) removed: Vec<String>,
    pub(in crate::issuer) claims: Map<String, Value>,
    pub(in crate::issuer) lifetime: Option<Duration>,
}

impl TokenModifications {
    /// None: the token is issued as the rules grant it.
    pub fn none() -> Self {
        Self::default()
    }

    /// Takes away each granted scope that overlaps one of these, separated by spaces, as a deny rule
    /// would; what is taken is told in `rejected_scope`. What is no scope gives no token, and the log
    /// says so.
    pub fn without_scope(mut self, scopes: impl Into<String>) -> Self {
        self.removed.push(scopes.into());
        self
    }

    /// Adds a claim. Its name is a URI of yours, such as `https://api.example/roles`: a name that is
    /// not gives no token, and the log says so.
    pub fn claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.claims.insert(name.into(), value.into());
        self
    }

    /// Lets the token live for no longer than this, in whole seconds, at least one.
    pub fn lifetime(self, lifetime: Duration) -> Self {
        Self { lifetime: Some(lifetime), ..self }
    }
}

/// Why a hook denies a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessDenied {
    code: AccessDeniedCode,
    reason: String,
}

/// The `error` that a denied client is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AccessDeniedCode {
    /// `access_denied`.
    AccessDenied,
    /// `invalid_request`.
    InvalidRequest,
    /// `invalid_scope`.
    InvalidScope,
    /// `unauthorized_client`.
    UnauthorizedClient,
}

impl AccessDenied {
    /// `access_denied` with a reason that the client is told, in printable ASCII without `"` and
    /// `\`; other characters are left out.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { code: AccessDeniedCode::AccessDenied, reason: reason.into() }
    }

    /// With another code.
    #[must_use]
    pub fn code(self, code: AccessDeniedCode) -> Self {
        Self { code, ..self }
    }
}

impl From<AccessDenied> for TokenError {
    fn from(denial: AccessDenied) -> Self {
        let code = match denial.code {
            AccessDeniedCode::AccessDenied => ErrorCode::AccessDenied,
            AccessDeniedCode::InvalidRequest => ErrorCode::InvalidRequest,
            AccessDeniedCode::InvalidScope => ErrorCode::InvalidScope,
            AccessDeniedCode::UnauthorizedClient => ErrorCode::UnauthorizedClient,
        };
        Self::new(code, denial.reason)
    }
}

type Verdict = Pin<Box<dyn Future<Output = Result<TokenModifications, AccessDenied>> + Send>>;
type Hook = Box<dyn Fn(CredentialsExchange) -> Verdict + Send + Sync>;

/// The hooks in the order in which they are asked.
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

    /// Asks each hook, and applies what it changes before the next one is asked. The claims that
    /// they add come back.
    pub(in crate::issuer) async fn ask(
        &self,
        exchange: &mut CredentialsExchange,
    ) -> Result<Map<String, Value>, TokenError> {
        let mut claims = Map::new();
        for hook in &self.0 {
            let changes = verdict(hook, exchange).await?;
            if let Some(name) = changes.claims.keys().find(|name| !is_namespaced(name)) {
                tracing::error!(name, "a hook adds a claim whose name is not a URI of its own");
                return Err(TokenError::server_error());
            }
            let removed = changes.removed.iter().flat_map(|list| items(list));
            let removed: Result<Vec<_>, _> = removed.map(Pattern::parse).collect();
            let Ok(removed) = removed else {
                tracing::error!(removed = ?changes.removed, "a hook takes away what is no scope");
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

/// What a hook says. One that panics gives no token, and harms no other request.
async fn verdict(
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
        polled.map_or_else(panicked, |verdict| verdict.map_err(TokenError::from))
    })
    .await
}

/// An absolute URI (RFC 3986 §4.3), which no registered claim is (RFC 7519 §4.2).
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
