//! Who may ask for tokens: an account, its secrets and its rules.

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
            grants: Vec::new(),
            rules: Vec::new(),
        }
    }

    /// A secret that is known already. Twice, so that the account can move from one to the other
    /// without an interruption; more than two are a configuration error.
    #[must_use]
    pub fn secret(mut self, secret: &Secret) -> Self {
        self.secrets.push(secret.clone());
        self
    }

    /// The hash of a secret, for a configuration that holds none; it counts as a secret does.
    #[must_use]
    pub fn secret_hash(mut self, hash: SecretHash) -> Self {
        self.secret_hashes.push(hash);
        self
    }

    /// The keys with which the account signs who it is (`private_key_jwt`, RFC 7523): the issuer
    /// holds no secret of it then. An account may have secrets besides.
    ///
    /// An assertion is good once, for an hour at most, and names this issuer as its audience.
    #[must_use]
    pub fn public_keys(self, keys: KeySet) -> Self {
        Self { public_keys: Some(keys), ..self }
    }

    /// How much it may ask for, instead of the issuer's own setting.
    #[must_use]
    pub fn quota(self, quota: Quota) -> Self {
        Self { quota: Some(quota), ..self }
    }

    /// How long its tokens live: whole seconds, 1 second to 30 days, instead of the issuer's own
    /// setting.
    #[must_use]
    pub fn lifetime(self, lifetime: Duration) -> Self {
        Self { lifetime: Some(lifetime), ..self }
    }

    /// A remark for people.
    #[must_use]
    pub fn remark(self, remark: impl Into<String>) -> Self {
        Self { remark: Some(remark.into()), ..self }
    }

    /// Something about the account that [hooks](crate::issuer::TokenIssuerBuilder::hook) may read, such as
    /// its roles.
    #[must_use]
    pub fn metadata(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.metadata.insert(name.into(), value.into());
        self
    }

    /// Allows scopes, several with spaces between them, in an application named by its id or its
    /// audience. Without a `scope` in the request the account gets them in this order. An empty
    /// list lets the account ask for tokens of the application and grants nothing in it.
    #[must_use]
    pub fn allow(mut self, application: impl AsRef<str>, scopes: impl AsRef<str>) -> Self {
        self.grant(application.as_ref()).allow.extend(items(scopes.as_ref()).map(str::to_owned));
        self
    }

    /// Denies scopes, several with spaces between them, whatever else is allowed: a request for
    /// anything that overlaps one of them is refused.
    #[must_use]
    pub fn deny(mut self, application: impl AsRef<str>, scopes: impl AsRef<str>) -> Self {
        self.grant(application.as_ref()).deny.extend(items(scopes.as_ref()).map(str::to_owned));
        self
    }

    /// Adds a rule in words; this account is its subject.
    #[must_use]
    pub fn rule(mut self, rule: Rule) -> Self {
        self.rules.push(rule);
        self
    }

    /// Keeps the rules for an application and gives no token for it: such a request is answered
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

/// What an account's owner needs to ask for tokens. The secret is in no other place: the issuer
/// keeps only its hash.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Credentials {
    /// The account's key.
    pub client_id: String,
    /// The account's secret.
    pub client_secret: Secret,
}
