//! The token request (RFC 6749 §4.4.2). Pure.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use form_urlencoded::{Serializer, byte_serialize};
use http::{
    HeaderValue, Method, Request,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE},
};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::{
    credentials::{ClientAuthentication, ClientCredentials},
    endpoint::TokenEndpoint,
    parameters::TokenParameters,
};

/// The HTTP request for a token.
pub(super) fn to_http(endpoint: &TokenEndpoint, parameters: &TokenParameters) -> Request<Bytes> {
    let fields = fields(endpoint, parameters);
    let (body, content_type) = match endpoint.authentication {
        ClientAuthentication::Json => (json(&fields), "application/json"),
        ClientAuthentication::Basic | ClientAuthentication::Post => {
            (form(&fields), "application/x-www-form-urlencoded")
        }
    };
    let mut request = Request::new(Bytes::from(body));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = endpoint.url.clone();
    let headers = request.headers_mut();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    if endpoint.authentication == ClientAuthentication::Basic
        && let Ok(mut value) = HeaderValue::try_from(basic(&endpoint.credentials).as_str())
    {
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    request
}

/// The fields of the body, with the credentials if they belong there.
fn fields<'a>(
    endpoint: &'a TokenEndpoint,
    parameters: &'a TokenParameters,
) -> Vec<(&'a str, &'a str)> {
    let ClientCredentials { id, secret } = &endpoint.credentials;
    let in_body = endpoint.authentication != ClientAuthentication::Basic;
    [
        ("grant_type", Some("client_credentials")),
        ("client_id", in_body.then_some(&**id)),
        ("client_secret", in_body.then_some(secret.expose())),
        ("audience", parameters.audience.as_deref()),
        ("resource", parameters.resource.as_deref()),
        ("scope", parameters.scope.as_deref()),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)))
    .collect()
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
fn basic(credentials: &ClientCredentials) -> Zeroizing<String> {
    let ClientCredentials { id, secret } = credentials;
    let mut pair = Zeroizing::new(byte_serialize(id.as_bytes()).collect::<String>());
    pair.push(':');
    pair.extend(byte_serialize(secret.expose().as_bytes()));
    Zeroizing::new(format!("Basic {}", STANDARD.encode(pair.as_bytes())))
}
