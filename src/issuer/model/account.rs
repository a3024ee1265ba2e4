//! Accounts: clients of the token endpoint, their secrets and their rules.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::issuer::{model::quota::Quota, model::rule::Rule, model::secret_hash::SecretHash};
use crate::{key::KeySet, scope::items, secret::Secret};

/// A programmatic access account: a client of the token endpoint and what it may do.
///
/// The rules for one application are what Auth0 calls a client grant.
///
/// ```
/// use std::time::Duration;
/// use tower_bearer::issuer::Account;
///
/// let outsourcer = Account::new("outsourcer-b")
///     .remark("books revenue until the end of the year")
///     .lifetime(Duration::from_secs(600))
///     .allow("display", "user-growth:2019:* revenue:*:read")
///     .deny("display", "revenue:2018:*");
/// ```
#[derive(Clone, Debug)]
pub struct Account {
    pub(in crate::issuer) key: String,
    pub(in crate::issuer) secrets: Vec<Secret>,
    pub(in crate::issuer) secret_hashes: Vec<SecretHash>,
    pub(in crate::issuer) public_keys: Option<KeySet>,
    pub(in crate::issuer) lifetime: Option<Duration>,
    pub(in crate::issuer) quota: Option<Quota>,
    pub(in crate::issuer) remark: Option<String>,
    pub(in crate::issuer) metadata: Map<String, Value>,
    pub(in crate::issuer) introspects: Vec<String>,
    pub(in crate::issuer) grants: Vec<Grant>,
    pub(in crate::issuer) rules: Vec<Rule>,
}

/// The rules of an account for one application.
#[derive(Clone, Debug)]
pub(in crate::issuer) struct Grant {
    /// The application's id or audience.
    pub(in crate::issuer) application: String,
    pub(in crate::issuer) allow: Vec<String>,
    pub(in crate::issuer) deny: Vec<String>,
    pub(in crate::issuer) disabled: bool,
}

impl Account {
    /// An account without rules: `key` is its `client_id`.
    #[must_use]
    pub fn new(key: impl Into<String>) -> Self {
        let key = key.into();
        Self {
            key,
            secrets: Vec::new(),
            secret_hashes: Vec::new(),
            public_keys: None,
            lifetime: None,
            quota: None,
            remark: None,
            metadata: Map::new(),
            introspects: Vec::new(),
            grants: Vec::new(),
            rules: Vec::new(),
        }
    }

    /// Adds a secret. An account may have two, so that it can move from one to the other without an
    /// interruption; more are a configuration error.
    #[must_use]
    pub fn secret(mut self, secret: &Secret) -> Self {
        self.secrets.push(secret.clone());
        self
    }

    /// Adds the hash of a secret, so that the configuration contains no secret. It counts as a
    /// secret.
    #[must_use]
    pub fn secret_hash(mut self, hash: SecretHash) -> Self {
        self.secret_hashes.push(hash);
        self
    }

    /// Sets the public keys for client assertions (`private_key_jwt`, RFC 7523): the issuer then has no
    /// secret of the account. An account may have secrets as well.
    ///
    /// An assertion is accepted once, lives for an hour at most, and has this issuer as its audience.
    #[must_use]
    pub fn public_keys(self, keys: KeySet) -> Self {
        Self { public_keys: Some(keys), ..self }
    }

    /// Sets the quota of this account, instead of that of the issuer.
    #[must_use]
    pub fn quota(self, quota: Quota) -> Self {
        Self { quota: Some(quota), ..self }
    }

    /// Sets the lifetime of its tokens, instead of that of the issuer: whole seconds, 1 second to 30
    /// days.
    #[must_use]
    pub fn lifetime(self, lifetime: Duration) -> Self {
        Self { lifetime: Some(lifetime), ..self }
    }

    /// Sets a remark for people.
    #[must_use]
    pub fn remark(self, remark: impl Into<String>) -> Self {
        Self { remark: Some(remark.into()), ..self }
    }

    /// Sets a value that [hooks](crate::issuer::TokenIssuerBuilder::hook) can read, such as the
    /// account's roles.
    #[must_use]
    pub fn metadata(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.metadata.insert(name.into(), value.into());
        self
    }

    /// Allows scopes, separated by spaces, in an application named by its id or its audience. A
    /// request without `scope` gets them in this order. An empty list lets the account ask for
    /// tokens of the application and grants nothing in it.
    #[must_use]
    pub fn allow(mut self, application: impl AsRef<str>, scopes: impl AsRef<str>) -> Self {
        self.grant(application.as_ref()).allow.extend(items(scopes.as_ref()).map(str::to_owned));
        self
    }

    /// Denies scopes, separated by spaces, whatever else is allowed: a request for anything that
    /// overlaps one of them is refused.
    #[must_use]
    pub fn deny(mut self, application: impl AsRef<str>, scopes: impl AsRef<str>) -> Self {
        self.grant(application.as_ref()).deny.extend(items(scopes.as_ref()).map(str::to_owned));
        self
    }

    /// Adds a rule for this account.
    #[must_use]
    pub fn rule(mut self, rule: Rule) -> Self {
        self.rules.push(rule);
        self
    }

    /// Allows the account to introspect the tokens of an application (RFC 7662), named by its id or its
    /// audience: it is the account of the API, or of a gateway in front of it. Every account may
    /// introspect its own tokens; any other token is shown to it as inactive.
    #[must_use]
    pub fn introspects(mut self, application: impl Into<String>) -> Self {
        self.introspects.push(application.into());
        self
    }

    /// Disables an application for this account, and keeps its rules: a request for it is answered
    /// `unauthorized_client`.
    #[must_use]
    pub fn disable(mut self, application: impl AsRef<str>) -> Self {
        self.grant(application.as_ref()).disabled = true;
        self
    }

    pub(in crate::issuer) fn grant(&mut self, application: &str) -> &mut Grant {
        let known = self.grants.iter().position(|grant| grant.application == application);
        let at = known.unwrap_or(self.grants.len());
        if known.is_none() {
            let application = application.to_owned();
            let (allow, deny) = (Vec::new(), Vec::new());
            self.grants.push(Grant { application, allow, deny, disabled: false });
        }
        &mut self.grants[at]
    }
}

/// The credentials with which an account's owner requests tokens. The secret exists nowhere else:
/// the issuer keeps only its hash.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Credentials {
    /// The account's key.
    pub client_id: String,
    /// The account's secret.
    pub client_secret: Secret,
}
