//! A form that a client sends to its issuer, with its credentials. Pure.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use form_urlencoded::{Serializer, byte_serialize};
use http::{
    HeaderValue, Method, Request, Uri,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE},
};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::{ClientAuthentication, ResolvedCredentials};
use crate::secret::Secret;

/// The `client_assertion_type` of a JWT (RFC 7523 §2.2).
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A form, and how the client that sends it authenticates.
pub(crate) struct AuthenticatedForm<'a> {
    pub(crate) authentication: ClientAuthentication,
    pub(crate) credentials: &'a ResolvedCredentials<'a>,
    /// The fields. Credentials that belong into the body follow the first one.
    pub(crate) fields: &'a [(&'a str, &'a str)],
}

impl<'a> AuthenticatedForm<'a> {
    /// The HTTP request to `endpoint`, whose answer should be JSON.
    pub(crate) fn to_http(&self, endpoint: Uri) -> Request<Bytes> {
        let fields = self.all_fields();
        let (body, content_type) = match self.authentication {
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
        if let Some(secret) = self.basic_secret()
            && let Ok(mut value) = HeaderValue::try_from(
                basic(self.credentials.id.unwrap_or_default(), secret).as_str(),
            )
        {
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        request
    }

    /// The secret that goes into the `Authorization` field.
    fn basic_secret(&self) -> Option<&'a Secret> {
        let basic = self.authentication == ClientAuthentication::Basic;
        self.credentials.secret.as_ref().filter(|_| basic)
    }

    /// The fields of the body, with the credentials if they belong there.
    fn all_fields(&self) -> Vec<(&'a str, &'a str)> {
        let ResolvedCredentials { id, secret, assertion } = self.credentials;
        let by_basic = self.basic_secret().is_some();
        let secret = secret.as_ref().filter(|_| !by_basic);
        let authentication = [
            ("client_id", id.filter(|_| !by_basic)),
            ("client_secret", secret.map(Secret::expose)),
            ("client_assertion_type", assertion.as_ref().map(|_| ASSERTION_TYPE)),
            ("client_assertion", assertion.as_ref().map(Secret::expose)),
        ];
        let authentication =
            authentication.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let (first, others) = self.fields.split_at(self.fields.len().min(1));
        first.iter().copied().chain(authentication).chain(others.iter().copied()).collect()
    }
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
