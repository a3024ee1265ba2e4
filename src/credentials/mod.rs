//! The ways to authenticate a client at the issuer: by a secret, by an assertion that it signs
//! (`private_key_jwt`), or by one that its platform gives it (workload identity). And the requests
//! that it authenticates: where they go ([`Location`]) and what is in them ([`AuthenticatedForm`]).

mod assertion_source;
mod form;
mod github_actions;
mod location;
mod private_key_jwt;
mod secret_source;
mod text;

use std::time::Duration;

pub use self::{
    assertion_source::AssertionSource, private_key_jwt::AssertionSigner,
    secret_source::SecretSource,
};
pub(crate) use self::{
    form::AuthenticatedForm,
    location::{EndpointName, Location, LocationError},
};
use crate::{
    error::Problems,
    secret::Secret,
    time::UnixTime,
    transport::{Transport, UrlRule},
};

/// The credentials by which a client authenticates. `Debug` does not show secrets.
///
/// A file, a command or a function is read again for each token request, so that the next request
/// uses a secret or assertion that was replaced.
///
/// ```
/// use tower_bearer::client::{AssertionSource, ClientCredentials, SecretSource};
///
/// let by_secret = ClientCredentials::new("gifts", SecretSource::file("/run/secrets/gifts"));
/// let in_kubernetes = ClientCredentials::assertion(
///     "gifts",
///     AssertionSource::file("/var/run/secrets/tokens/issuer"),
/// );
/// # let _ = (by_secret, in_kubernetes);
/// ```
#[derive(Clone, Debug)]
pub struct ClientCredentials {
    id: Option<Box<str>>,
    proof: Proof,
}

#[derive(Clone, Debug)]
enum Proof {
    Secret(SecretSource),
    Assertion(AssertionSource),
    PrivateKey(AssertionSigner),
    None,
}

impl ClientCredentials {
    /// A client id with its secret.
    pub fn new(id: impl Into<Box<str>>, secret: impl Into<SecretSource>) -> Self {
        Self { id: Some(id.into()), proof: Proof::Secret(secret.into()) }
    }

    /// A client id with a private key: each token request carries an assertion of its own, good for
    /// a minute (`private_key_jwt`, RFC 7523 §2.2).
    ///
    /// ```
    /// use tower_bearer::{algorithm::Algorithm, client::ClientCredentials, key::SigningKey};
    ///
    /// let key = SigningKey::generate(Algorithm::ES256)?;
    /// let credentials = ClientCredentials::private_key_jwt("gifts", key);
    /// # let _ = credentials;
    /// # Ok::<(), tower_bearer::key::SigningError>(())
    /// ```
    pub fn private_key_jwt(id: impl Into<Box<str>>, key: impl Into<AssertionSigner>) -> Self {
        Self { id: Some(id.into()), proof: Proof::PrivateKey(key.into()) }
    }

    /// A client id with an assertion that somebody else signs, such as a Kubernetes cluster (RFC
    /// 7523 §2.2).
    pub fn assertion(id: impl Into<Box<str>>, source: AssertionSource) -> Self {
        Self { id: Some(id.into()), proof: Proof::Assertion(source) }
    }

    /// An assertion alone, for an issuer that finds the client by its subject.
    #[must_use]
    pub const fn workload(source: AssertionSource) -> Self {
        Self { id: None, proof: Proof::Assertion(source) }
    }

    /// No client authentication: for a grant whose own assertion is the authentication
    /// ([`TokenGrant`](crate::client::TokenGrant)).
    #[must_use]
    pub const fn none() -> Self {
        Self { id: None, proof: Proof::None }
    }

    /// Returns true if the client does not authenticate.
    #[cfg(feature = "introspection")]
    pub(crate) const fn is_none(&self) -> bool {
        matches!(self.proof, Proof::None)
    }

    /// Returns true if the issuer finds the client by its assertion alone.
    #[cfg(feature = "introspection")]
    pub(crate) const fn has_no_id(&self) -> bool {
        self.id.is_none()
    }

    /// The client id; empty if there is none.
    pub(crate) fn id(&self) -> &str {
        self.id.as_deref().unwrap_or_default()
    }

    pub(crate) fn check(&self, problems: &mut Problems) {
        if self.id.as_deref().is_some_and(str::is_empty) {
            problems.add("client id", "is empty; give the one that the issuer knows");
        }
        match &self.proof {
            Proof::Secret(secret) => secret.check(problems),
            Proof::Assertion(source) => source.check(problems),
            Proof::PrivateKey(_) | Proof::None => {}
        }
    }

    /// Reads or signs the credentials of the next token request.
    pub(crate) async fn resolve(
        &self,
        context: &SourceContext<'_>,
    ) -> Result<ResolvedCredentials<'_>, CredentialError> {
        let mut resolved =
            ResolvedCredentials { id: self.id.as_deref(), secret: None, assertion: None };
        match &self.proof {
            Proof::Secret(source) => resolved.secret = Some(source.read().await?),
            Proof::Assertion(source) => resolved.assertion = Some(source.read(context).await?),
            Proof::PrivateKey(signer) => {
                resolved.assertion = Some(signer.assertion(self.id(), context).await?);
            }
            Proof::None => {}
        }
        Ok(resolved)
    }
}

/// The credentials of one token request.
pub(crate) struct ResolvedCredentials<'a> {
    pub(crate) id: Option<&'a str>,
    pub(crate) secret: Option<Secret>,
    pub(crate) assertion: Option<Secret>,
}

/// The input of a source.
pub(crate) struct SourceContext<'a> {
    pub(crate) transport: &'a dyn Transport,
    pub(crate) url_rule: UrlRule,
    /// The audience of an assertion: the issuer.
    pub(crate) audience: &'a str,
    pub(crate) now: UnixTime,
}

/// The reason why credentials could not be read or made. The sentence does not contain them.
#[derive(Debug)]
pub(crate) struct CredentialError(pub(crate) String);

/// The lifetime of an assertion that the client signs.
const ASSERTION_LIFETIME: Duration = Duration::from_secs(60);

/// The way in which a client sends its secret.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientAuthentication {
    /// `client_secret_basic`: in the `Authorization` field, id and secret form-encoded first (RFC
    /// 6749 §2.3.1).
    #[default]
    Basic,
    /// `client_secret_post`: in the form.
    Post,
    /// In a JSON body with all other parameters, as Auth0's token endpoint reads it. Assertions are
    /// sent in it as well.
    Json,
}
