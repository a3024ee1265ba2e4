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

use super::credentials::{ClientAuthentication, ClientCredentials};

/// What is asked for.
#[derive(Clone, Debug)]
pub(super) struct TokenRequest {
    pub(super) endpoint: Uri,
    pub(super) credentials: ClientCredentials,
    pub(super) authentication: ClientAuthentication,
    pub(super) audience: Option<Box<str>>,
    pub(super) resource: Option<Box<str>>,
    pub(super) scope: Option<Box<str>>,
}

impl TokenRequest {
    pub(super) fn to_http(&self) -> Request<Bytes> {
        let (body, content_type) = match self.authentication {
            ClientAuthentication::Json => (self.json(), "application/json"),
            ClientAuthentication::Basic | ClientAuthentication::Post => {
                (self.form(), "application/x-www-form-urlencoded")
            }
        };
        let mut request = Request::new(Bytes::from(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.endpoint.clone();
        let headers = request.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        if self.authentication == ClientAuthentication::Basic
            && let Ok(mut value) = HeaderValue::try_from(self.basic().as_str())
        {
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        request
    }

    /// The parameters, with the credentials where they belong to them.
    fn parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        let ClientCredentials { id, secret } = &self.credentials;
        let in_body = self.authentication != ClientAuthentication::Basic;
        [
            ("grant_type", Some("client_credentials")),
            ("client_id", in_body.then_some(&**id)),
            ("client_secret", in_body.then_some(secret.expose())),
            ("audience", self.audience.as_deref()),
            ("resource", self.resource.as_deref()),
            ("scope", self.scope.as_deref()),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
    }

    fn form(&self) -> String {
        Serializer::new(String::new()).extend_pairs(self.parameters()).finish()
    }

    fn json(&self) -> String {
        let members = self.parameters().map(|(name, value)| (name.to_owned(), value.into()));
        Value::Object(members.collect::<Map<_, _>>()).to_string()
    }

    /// Id and secret are form-encoded before they are put together, so that a colon in the id and
    /// any character in either survives.
    fn basic(&self) -> Zeroizing<String> {
        let ClientCredentials { id, secret } = &self.credentials;
        let mut pair = Zeroizing::new(byte_serialize(id.as_bytes()).collect::<String>());
        pair.push(':');
        pair.extend(byte_serialize(secret.expose().as_bytes()));
        Zeroizing::new(format!("Basic {}", STANDARD.encode(pair.as_bytes())))
    }
}
