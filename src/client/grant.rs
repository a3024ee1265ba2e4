use crate::{
    credentials::{AssertionSource, CredentialError, SourceContext},
    error::Problems,
    secret::Secret,
};

/// The token type of a JWT (RFC 8693 §3).
const JWT_TYPE: &str = "urn:ietf:params:oauth:token-type:jwt";

/// The grant of a client's token requests.
///
/// ```
/// use tower_bearer::{
///     Issuer,
///     client::{
///         AssertionSource, ClientCredentials, SecretSource, TokenClient, TokenExchange, TokenGrant,
///     },
/// };
///
/// let caller = AssertionSource::file("/run/secrets/caller-token");
/// let credentials = ClientCredentials::new("gifts", SecretSource::env("CLIENT_SECRET"));
/// let client = TokenClient::discover(Issuer::new("https://issuer.example")?, credentials)
///     .grant(TokenGrant::TokenExchange(TokenExchange::new(caller)));
/// # let _ = client;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum TokenGrant {
    /// `client_credentials` (RFC 6749 §4.4): the client asks for itself.
    #[default]
    ClientCredentials,
    /// The JWT bearer grant (RFC 7523 §2.1): an assertion from a party that the issuer trusts.
    JwtBearer(AssertionSource),
    /// Token exchange (RFC 8693).
    TokenExchange(TokenExchange),
}

/// The parameters of a token exchange (RFC 8693 §2.1).
#[derive(Clone, Debug)]
pub struct TokenExchange {
    subject: AssertionSource,
    subject_type: Box<str>,
    actor: Option<(AssertionSource, Box<str>)>,
    requested_type: Option<Box<str>>,
}

impl TokenExchange {
    /// Exchanges a JWT, the `subject_token`.
    #[must_use]
    pub fn new(subject: AssertionSource) -> Self {
        Self { subject, subject_type: JWT_TYPE.into(), actor: None, requested_type: None }
    }

    /// Sets the `subject_token_type`; `urn:ietf:params:oauth:token-type:jwt` by default.
    #[must_use]
    pub fn subject_token_type(self, token_type: impl Into<Box<str>>) -> Self {
        Self { subject_type: token_type.into(), ..self }
    }

    /// Sets the `actor_token`, a JWT of the party that acts for the subject.
    #[must_use]
    pub fn actor(self, actor: AssertionSource) -> Self {
        Self { actor: Some((actor, JWT_TYPE.into())), ..self }
    }

    /// Sets the `requested_token_type`; by default the issuer decides.
    #[must_use]
    pub fn requested_token_type(self, token_type: impl Into<Box<str>>) -> Self {
        Self { requested_type: Some(token_type.into()), ..self }
    }
}

/// The fields of a grant, in their order.
pub(super) type GrantFields<'a> = Vec<(&'static str, GrantValue<'a>)>;

/// A field's value: public, or read from a source.
pub(super) enum GrantValue<'a> {
    Public(&'a str),
    Secret(Secret),
}

impl GrantValue<'_> {
    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Public(text) => text,
            Self::Secret(secret) => secret.expose(),
        }
    }
}

impl TokenGrant {
    pub(super) fn check(&self, problems: &mut Problems) {
        match self {
            Self::ClientCredentials => {}
            Self::JwtBearer(source) => source.check(problems),
            Self::TokenExchange(exchange) => {
                exchange.subject.check(problems);
                if let Some((actor, _)) = &exchange.actor {
                    actor.check(problems);
                }
            }
        }
    }

    /// Reads the sources for one request.
    pub(super) async fn resolve<'a>(
        &'a self,
        context: &SourceContext<'_>,
    ) -> Result<GrantFields<'a>, CredentialError> {
        use GrantValue::{Public, Secret};

        Ok(match self {
            Self::ClientCredentials => vec![("grant_type", Public("client_credentials"))],
            Self::JwtBearer(source) => vec![
                ("grant_type", Public("urn:ietf:params:oauth:grant-type:jwt-bearer")),
                ("assertion", Secret(source.read(context).await?)),
            ],
            Self::TokenExchange(exchange) => {
                let mut fields = vec![
                    ("grant_type", Public("urn:ietf:params:oauth:grant-type:token-exchange")),
                    ("subject_token", Secret(exchange.subject.read(context).await?)),
                    ("subject_token_type", Public(&exchange.subject_type)),
                ];
                if let Some((actor, actor_type)) = &exchange.actor {
                    fields.push(("actor_token", Secret(actor.read(context).await?)));
                    fields.push(("actor_token_type", Public(actor_type)));
                }
                if let Some(requested) = &exchange.requested_type {
                    fields.push(("requested_token_type", Public(requested)));
                }
                fields
            }
        })
    }
}
