//! A token request as a hook sees it.

use std::{sync::Arc, time::Duration};

use http::{Extensions, HeaderMap, request::Parts};
use serde_json::Value;

use crate::{
    issuer::model::{record::AccountRecord, rules::Granted},
    scope::items,
};

/// A token request that the rules allow, as a hook sees it.
///
/// It contains no secret: the request's headers are without `Authorization`.
#[derive(Clone, Debug)]
pub struct CredentialsExchange {
    pub(in crate::issuer) account: Arc<AccountRecord>,
    pub(in crate::issuer) audiences: Vec<String>,
    pub(in crate::issuer) requested: Option<String>,
    pub(in crate::issuer) granted: Granted,
    pub(in crate::issuer) lifetime: Duration,
    /// Without `Authorization`.
    pub(in crate::issuer) head: Arc<Parts>,
}

impl CredentialsExchange {
    /// Returns the account's key.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.account.key
    }

    /// Returns the account's remark.
    #[must_use]
    pub fn remark(&self) -> Option<&str> {
        self.account.remark.as_deref()
    }

    /// Returns the value that [`Account::metadata`](crate::issuer::Account::metadata) set under this
    /// name.
    #[must_use]
    pub fn metadata(&self, name: &str) -> Option<&Value> {
        self.account.metadata.get(name)
    }

    /// Iterates over the audiences of the token.
    pub fn audiences(&self) -> impl Iterator<Item = &str> {
        self.audiences.iter().map(String::as_str)
    }

    /// Returns the `scope` of the request, if it has one.
    #[must_use]
    pub fn requested_scope(&self) -> Option<&str> {
        self.requested.as_deref()
    }

    /// Iterates over the scopes that the rules grant, without those that an earlier hook removed.
    pub fn granted_scopes(&self) -> impl Iterator<Item = &str> {
        items(&self.granted.scope)
    }

    /// Returns the lifetime of the token.
    #[must_use]
    pub fn lifetime(&self) -> Duration {
        self.lifetime
    }

    /// Returns the request's headers, without `Authorization`.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.head.headers
    }

    /// Returns the extensions that the server and the layers in front have added to the request,
    /// such as the peer's address.
    #[must_use]
    pub fn extensions(&self) -> &Extensions {
        &self.head.extensions
    }
}
