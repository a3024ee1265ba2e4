use std::{fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderValue, header::ACCEPT};

use super::answer::{Answer, SIGNED_TYPE, Unusable, sort};
use crate::{
    credentials::{
        AuthenticatedForm, ClientAuthentication, ClientCredentials, CredentialError, EndpointName,
        Location, LocationError, SourceContext,
    },
    metadata::MetadataMember,
    time::{Clock, UnixTime},
    transport::{Transport, UrlRule},
};

/// The longest answer that is read, in bytes: the claims of a large token.
const MAX_ANSWER_BYTES: usize = 64 * 1_024;

/// The introspection endpoint in an issuer's metadata.
pub(super) const INTROSPECTION_ENDPOINT: EndpointName = EndpointName {
    member: MetadataMember::IntrospectionEndpoint,
    setting: "introspection endpoint",
};

/// Asks an issuer's introspection endpoint.
pub(super) struct Asker {
    pub(super) location: Location,
    pub(super) url_rule: UrlRule,
    pub(super) credentials: ClientCredentials,
    pub(super) authentication: ClientAuthentication,
    pub(super) assertion_audience: Box<str>,
    pub(super) transport: Arc<dyn Transport>,
    pub(super) clock: Arc<dyn Clock>,
    /// The time limit of a whole question, which the caller applies.
    pub(super) timeout: Duration,
    /// Asks for a signed answer.
    pub(super) wants_signature: bool,
}

impl Asker {
    pub(super) fn now(&self) -> UnixTime {
        self.clock.now()
    }

    /// Asks about one token (RFC 7662 §2.1).
    ///
    /// # Errors
    /// The endpoint says nothing about the token.
    pub(super) async fn ask(&self, token: &str) -> Result<Answer, Unusable> {
        let transport = &*self.transport;
        let url = self.location.endpoint(INTROSPECTION_ENDPOINT, transport, &self.url_rule).await;
        let url = url.map_err(not_found)?;
        let context = SourceContext {
            transport,
            url_rule: self.url_rule.without_hosts(),
            audience: &self.assertion_audience,
            now: self.now(),
        };
        let credentials = self.credentials.resolve(&context).await.map_err(unreadable)?;
        let fields = [("token", token), ("token_type_hint", "access_token")];
        let authentication = self.authentication;
        let form = AuthenticatedForm { authentication, credentials: &credentials, fields: &fields };
        let mut request = form.to_http(url);
        if self.wants_signature {
            request.headers_mut().insert(ACCEPT, HeaderValue::from_static(SIGNED_TYPE));
        }
        let answer = transport.send(request, MAX_ANSWER_BYTES).await;
        let answer: http::Response<Bytes> =
            answer.map_err(|error| Unusable::new(format!("does not answer: {error}")))?;
        self.location.note(answer.status());
        sort(&answer, self.now())
    }
}

fn not_found(error: LocationError) -> Unusable {
    Unusable::new(match error {
        LocationError::Unreachable(why) => format!("is not known: no metadata: {why}"),
        LocationError::Status(status) => format!("is not known: metadata answered {status}"),
        LocationError::InvalidMetadata(why) => format!("is not known: {why}"),
    })
}

fn unreadable(CredentialError(why): CredentialError) -> Unusable {
    let refused = Unusable::new(format!("cannot be asked: no credentials: {why}"));
    Unusable { are_credentials_refused: true, ..refused }
}

impl fmt::Debug for Asker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Asker")
            .field("location", &self.location)
            .field("credentials", &self.credentials)
            .finish_non_exhaustive()
    }
}
