use std::{fmt, sync::Arc, time::Duration};

use super::{
    error::{TokenRequestError, TokenRequestErrorKind},
    grant::TokenGrant,
    parameters::TokenParameters,
    request::{self, RequestParts},
    response,
    token_response::TokenResponse,
};
use crate::{
    credentials::{
        AuthenticatedForm, ClientAuthentication, ClientCredentials, CredentialError, EndpointName,
        Location, LocationError, SourceContext,
    },
    metadata::MetadataMember,
    metrics::ClientMetrics,
    time::{Clock, UnixTime},
    transport::{Transport, UrlRule},
};

/// The time limit of a whole token request, including discovery and reading the credentials.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest answer that is read, in bytes.
const MAX_ANSWER_BYTES: usize = 64 * 1_024;

/// The token endpoint in an issuer's metadata.
pub(super) const TOKEN_ENDPOINT: EndpointName =
    EndpointName { member: MetadataMember::TokenEndpoint, setting: "token endpoint" };

/// The revocation endpoint in an issuer's metadata.
pub(super) const REVOCATION_ENDPOINT: EndpointName =
    EndpointName { member: MetadataMember::RevocationEndpoint, setting: "revocation_endpoint" };

/// An issuer's token endpoint, with everything that a client needs to request tokens.
pub(super) struct TokenEndpoint {
    pub(super) location: Location,
    /// The location of the revocation endpoint, if it is known or can be discovered.
    pub(super) revocation: Option<Location>,
    pub(super) url_rule: UrlRule,
    pub(super) credentials: ClientCredentials,
    pub(super) authentication: ClientAuthentication,
    pub(super) assertion_audience: Box<str>,
    pub(super) grant: TokenGrant,
    pub(super) transport: Arc<dyn Transport>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) metrics: ClientMetrics,
}

impl TokenEndpoint {
    pub(super) fn now(&self) -> UnixTime {
        self.clock.now()
    }

    pub(super) fn client_id(&self) -> &str {
        self.credentials.id()
    }

    /// Makes one token request, bounded in time and size.
    pub(super) async fn request(
        &self,
        parameters: &TokenParameters,
    ) -> Result<TokenResponse, TokenRequestError> {
        let began = self.now();
        let outcome = tokio::time::timeout(REQUEST_TIMEOUT, self.unbounded(parameters)).await;
        let outcome =
            outcome.unwrap_or_else(|_| Err(unreachable("no complete answer within 10 seconds")));
        let result = outcome.as_ref().map_or_else(|error| error.kind().name(), |_| "granted");
        self.metrics.requested(result, self.now().saturating_since(began));
        outcome
    }

    async fn unbounded(
        &self,
        parameters: &TokenParameters,
    ) -> Result<TokenResponse, TokenRequestError> {
        let transport = &*self.transport;
        let url = self.location.endpoint(TOKEN_ENDPOINT, transport, &self.url_rule).await;
        let url = url.map_err(not_found)?;
        let context = SourceContext {
            transport,
            url_rule: self.url_rule.without_hosts(),
            audience: &self.assertion_audience,
            now: self.now(),
        };
        let credentials = self.credentials.resolve(&context).await.map_err(unreadable)?;
        let grant = self.grant.resolve(&context).await.map_err(unreadable)?;
        let authentication = self.authentication;
        let request = request::to_http(
            url,
            &RequestParts { authentication, credentials: &credentials, grant: &grant, parameters },
        );
        let answer = transport.send(request, MAX_ANSWER_BYTES).await;
        let answer = answer.map_err(|error| unreachable(&error.to_string()))?;
        self.location.note(answer.status());
        response::read(&answer, parameters.scope.as_deref(), self.now())
    }

    /// Makes one revocation request (RFC 7009 §2.1), bounded in time and size.
    pub(super) async fn revoke(&self, token: &str) -> Result<(), TokenRequestError> {
        let outcome = tokio::time::timeout(REQUEST_TIMEOUT, self.unbounded_revoke(token)).await;
        outcome.unwrap_or_else(|_| Err(unreachable("no complete answer within 10 seconds")))
    }

    async fn unbounded_revoke(&self, token: &str) -> Result<(), TokenRequestError> {
        let Some(location) = &self.revocation else {
            let help = "set `revocation_endpoint`, or make the client by `discover`";
            return Err(not_found(LocationError::InvalidMetadata(help.to_owned())));
        };
        let transport = &*self.transport;
        let url = location.endpoint(REVOCATION_ENDPOINT, transport, &self.url_rule).await;
        let url = url.map_err(not_found)?;
        let context = SourceContext {
            transport,
            url_rule: self.url_rule.without_hosts(),
            audience: &self.assertion_audience,
            now: self.now(),
        };
        let credentials = self.credentials.resolve(&context).await.map_err(unreadable)?;
        // The body is a form (RFC 7009 §2.1), also where the token endpoint reads JSON.
        let authentication = match self.authentication {
            ClientAuthentication::Json => ClientAuthentication::Post,
            authentication => authentication,
        };
        let fields = &[("token", token), ("token_type_hint", "access_token")];
        let form = AuthenticatedForm { authentication, credentials: &credentials, fields };
        let answer = transport.send(form.to_http(url), MAX_ANSWER_BYTES).await;
        let answer = answer.map_err(|error| unreachable(&error.to_string()))?;
        location.note(answer.status());
        response::acknowledged(&answer, self.now())
    }
}

fn not_found(error: LocationError) -> TokenRequestError {
    match error {
        LocationError::Unreachable(why) => unreachable(&why),
        LocationError::Status(status) => TokenRequestErrorKind::Status(status).into(),
        LocationError::InvalidMetadata(why) => {
            TokenRequestError::new(TokenRequestErrorKind::InvalidMetadata).with_description(why)
        }
    }
}

fn unreachable(why: &str) -> TokenRequestError {
    TokenRequestError::new(TokenRequestErrorKind::Unreachable).with_description(why)
}

fn unreadable(CredentialError(why): CredentialError) -> TokenRequestError {
    TokenRequestError::new(TokenRequestErrorKind::Credentials).with_description(why)
}

impl fmt::Debug for TokenEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenEndpoint")
            .field("location", &self.location)
            .field("credentials", &self.credentials)
            .finish_non_exhaustive()
    }
}
