//! The token request (RFC 6749 §4.4.2). Pure.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use form_urlencoded::{Serializer, byte_serialize};
use http::{
    HeaderValue, Method, Request, Uri,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE},
};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::{
    credentials::{ClientAuthentication, ResolvedCredentials},
    grant::{GrantFields, GrantValue},
    parameters::TokenParameters,
};
use crate::secret::Secret;

/// The `client_assertion_type` of a JWT (RFC 7523 §2.2).
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The parts of a token request.
pub(super) struct RequestParts<'a> {
    pub(super) authentication: ClientAuthentication,
    pub(super) credentials: &'a ResolvedCredentials<'a>,
    pub(super) grant: &'a GrantFields<'a>,
    pub(super) parameters: &'a TokenParameters,
}

/// The HTTP request for a token.
pub(super) fn to_http(endpoint: Uri, parts: &RequestParts<'_>) -> Request<Bytes> {
    let fields = fields(parts);
    let (body, content_type) = match parts.authentication {
        ClientAuthentication::Json => (json(&fields), "application/json"),
        ClientAuthentication::Basic | ClientAuthentication::Post => {
            (form(&fields), "application/x-www-form-urlencoded")
        }
    };
    let mut request = Request::new(Bytes::from(body));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = endpoint;
    let headers = request.headers_mut();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    if let Some(secret) = parts.basic_secret()
        && let Ok(mut value) =
            HeaderValue::try_from(basic(parts.credentials.id.unwrap_or_default(), secret).as_str())
    {
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    request
}

impl<'a> RequestParts<'a> {
    /// The secret that goes into the `Authorization` field.
    fn basic_secret(&self) -> Option<&'a Secret> {
        let basic = self.authentication == ClientAuthentication::Basic;
        self.credentials.secret.as_ref().filter(|_| basic)
    }
}

/// The fields of the body, with the credentials if they belong there.
fn fields<'a>(parts: &RequestParts<'a>) -> Vec<(&'a str, &'a str)> {
    let ResolvedCredentials { id, secret, assertion } = parts.credentials;
    let by_basic = parts.basic_secret().is_some();
    let secret = secret.as_ref().filter(|_| !by_basic);
    let (grant_type, grant) = match parts.grant.split_first() {
        Some((first, rest)) => (Some(first.1.as_str()), rest),
        None => (None, &[][..]),
    };
    let authentication = [
        ("grant_type", grant_type),
        ("client_id", id.filter(|_| !by_basic)),
        ("client_secret", secret.map(Secret::expose)),
        ("client_assertion_type", assertion.as_ref().map(|_| ASSERTION_TYPE)),
        ("client_assertion", assertion.as_ref().map(Secret::expose)),
    ];
    let grant =
        grant.iter().map(|(name, value): &(_, GrantValue<'_>)| (*name, Some(value.as_str())));
    let parameters = [
        ("audience", parts.parameters.audience.as_deref()),
        ("resource", parts.parameters.resource.as_deref()),
        ("scope", parts.parameters.scope.as_deref()),
    ];
    let all = authentication.into_iter().chain(grant).chain(parameters);
    all.filter_map(|(name, value)| Some((name, value?))).collect()
}

fn form(fields: &[(&str, &str)]) -> String {
    Serializer::new(String::new()).extend_pairs(fields).finish()
}

fn json(fields: &[(&str, &str)]) -> String {
    let members = fields.iter().map(|&(name, value)| (name.to_owned(), value.into()));
    Value::Object(members.collect::<Map<_, _>>()).to_string()
}

/// Id and secret are form-encoded before they are joined, so that a colon in the id and any
/// character in either survives (RFC 6749 §2.3.1).
fn basic(id: &str, secret: &Secret) -> Zeroizing<String> {
    let mut pair = Zeroizing::new(byte_serialize(id.as_bytes()).collect::<String>());
    pair.push(':');
    pair.extend(byte_serialize(secret.expose().as_bytes()));
    Zeroizing::new(format!("Basic {}", STANDARD.encode(pair.as_bytes())))
}
