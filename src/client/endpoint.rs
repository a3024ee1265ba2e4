use std::{sync::Arc, time::Duration};

use http::Uri;

use super::{
    credentials::{ClientAuthentication, ClientCredentials},
    error::{TokenRequestError, TokenRequestErrorKind},
    parameters::TokenParameters,
    request, response,
    token_response::TokenResponse,
};
use crate::{
    time::{Clock, UnixTime},
    transport::Transport,
};

/// How long a whole token request may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest answer that is read, in bytes.
const MAX_ANSWER_BYTES: usize = 64 * 1_024;

/// An issuer's token endpoint, with what a client needs to ask it for tokens.
#[derive(Debug)]
pub(super) struct TokenEndpoint {
    pub(super) url: Uri,
    pub(super) credentials: ClientCredentials,
    pub(super) authentication: ClientAuthentication,
    pub(super) transport: Arc<dyn Transport>,
    pub(super) clock: Arc<dyn Clock>,
}

impl TokenEndpoint {
    pub(super) fn now(&self) -> UnixTime {
        self.clock.now()
    }

    pub(super) fn client_id(&self) -> &str {
        &self.credentials.id
    }

    /// Makes one token request (RFC 6749 §4.4.2), bounded in time and size.
    pub(super) async fn request(
        &self,
        parameters: &TokenParameters,
    ) -> Result<TokenResponse, TokenRequestError> {
        let unreachable =
            |why| TokenRequestError::new(TokenRequestErrorKind::Unreachable).with_description(why);
        let request = request::to_http(self, parameters);
        let answer = self.transport.send(request, MAX_ANSWER_BYTES);
        let answer = tokio::time::timeout(REQUEST_TIMEOUT, answer)
            .await
            .map_err(|_| unreachable("no complete answer within 10 seconds".to_owned()))?
            .map_err(|error| unreachable(error.to_string()))?;
        response::read(&answer, parameters.scope.as_deref(), self.now())
    }
}
