//! A request about a token (RFC 7009 §2.1, RFC 7662 §2.1), and the client that sends it.

use std::{collections::HashSet, sync::Arc};

use http::{HeaderMap, Uri, header::CONTENT_TYPE};
use zeroize::Zeroizing;

use crate::issuer::{
    client_auth::{BodyCredentials, ClientCredentials, refuse_credentials_in_uri},
    configuration::Configuration,
    error::{TokenError, TokenFailure},
    form,
    model::record::AccountRecord,
    shared::Shared,
};

/// The most parameters of a form, as of a token request.
const MAX_PARAMETERS: usize = 64;

/// The token, and the authenticated client that presents it.
pub(super) struct PresentedToken {
    pub(super) client: Arc<AccountRecord>,
    /// The text, whatever it is.
    pub(super) token: Zeroizing<String>,
}

impl PresentedToken {
    /// Reads a form and authenticates the client, by every method of the token endpoint. A
    /// `token_type_hint` is ignored: there is one type.
    pub(super) async fn read(
        shared: &Shared,
        config: &Configuration,
        (uri, headers): (&Uri, &HeaderMap),
        body: &[u8],
    ) -> Result<Self, TokenFailure> {
        let (credentials, token) = parse(uri, headers, body)?;
        let clients = &shared.clients;
        let client =
            clients.authenticate(config, &shared.identity, &*shared.clock, &credentials).await?;
        // What is missing is said to clients alone.
        let missing = || TokenError::invalid_request("token is missing");
        let token = token.ok_or_else(|| TokenFailure::of_client(&client.key, missing()))?;
        Ok(Self { client, token })
    }
}

fn parse(
    uri: &Uri,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<(ClientCredentials, Option<Zeroizing<String>>), TokenError> {
    refuse_credentials_in_uri(uri)?;
    if !is_form(headers) {
        return Err(TokenError::invalid_request(
            "the content type is not application/x-www-form-urlencoded",
        ));
    }
    let (mut credentials, mut token) = (BodyCredentials::default(), None);
    let mut names = HashSet::new();
    for (count, pair) in form::pairs(body).enumerate() {
        if count == MAX_PARAMETERS {
            return Err(TokenError::invalid_request("the form has more than 64 parameters"));
        }
        let (name, value) =
            pair.ok_or(TokenError::invalid_request("the form is not well encoded"))?;
        // An empty value counts as an omitted one (RFC 6749 §3.2).
        let value = Some(value.into_owned()).filter(|value| !value.is_empty());
        match &*name {
            "token" => token = value.map(Zeroizing::new),
            "client_id" => credentials.client_id = value,
            "client_secret" => credentials.secret = value.map(Zeroizing::new),
            "client_assertion" => credentials.assertion = value.map(Zeroizing::new),
            "client_assertion_type" => credentials.assertion_type = value,
            _ => {}
        }
        if !names.insert(name) {
            return Err(TokenError::invalid_request("a parameter is repeated"));
        }
    }
    Ok((ClientCredentials::read(headers, credentials)?, token))
}

fn is_form(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    let value = values.next().filter(|_| values.next().is_none());
    let essence = value.and_then(|value| value.to_str().ok()?.split(';').next());
    essence.is_some_and(|essence| {
        essence.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded")
    })
}
