//! A token request (RFC 6749 §4.4.2), read from a form or from JSON.

use std::borrow::Cow;

use http::{HeaderMap, Uri, header::CONTENT_TYPE};
use zeroize::Zeroizing;

use crate::issuer::{
    client_auth::credentials::{self, BodyCredentials, Presented},
    endpoint::form,
    endpoint::response::{ErrorCode, TokenError},
};
use crate::json::{self, Member};

/// A token request by client credentials; nothing in it is checked against the registry yet.
#[derive(Debug)]
pub(in crate::issuer) struct TokenRequest {
    pub(in crate::issuer) presented: Presented,
    /// Why the request cannot be heeded whoever sent it; a proven client is told.
    pub(in crate::issuer) unheeded: Result<(), TokenError>,
    pub(in crate::issuer) scope: Option<String>,
    /// The values of `audience` and `resource`, each once.
    pub(in crate::issuer) targets: Vec<String>,
}

impl TokenRequest {
    /// Reads the request; a syntax error is found before the client is known, anything else after.
    pub(in crate::issuer) fn read(
        uri: &Uri,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Self, TokenError> {
        credentials::none_in(uri)?;
        let parameters = match media_type(headers).as_deref() {
            Some("application/x-www-form-urlencoded") => Parameters::from_form(body)?,
            Some("application/json") => Parameters::from_json(body)?,
            _ => {
                return Err(TokenError::invalid_request(
                    "the content type is neither application/x-www-form-urlencoded \
                     nor application/json",
                ));
            }
        };
        parameters.into_request(headers)
    }
}

/// The parameters that mean something here. An empty value counts as an omitted one (RFC 6749
/// §3.2), and is remembered so that a second one is found.
#[derive(Default)]
struct Parameters<'a> {
    seen: Vec<Cow<'a, str>>,
    grant_type: Option<String>,
    scope: Option<String>,
    audience: Option<String>,
    resources: Vec<String>,
    credentials: BodyCredentials,
}

impl<'a> Parameters<'a> {
    fn from_form(body: &'a [u8]) -> Result<Self, TokenError> {
        let mut parameters = Self::default();
        for pair in form::pairs(body) {
            let (name, value) =
                pair.ok_or(TokenError::invalid_request("the form is not well encoded"))?;
            parameters.take(&name, value);
            if name != "resource" {
                if parameters.seen.contains(&name) {
                    return Err(TokenError::invalid_request("a parameter is repeated"));
                }
                parameters.seen.push(name);
            }
        }
        Ok(parameters)
    }

    /// The same members in a JSON object. A member name that stands twice is refused there, too;
    /// several resources are an array.
    fn from_json(body: &'a [u8]) -> Result<Self, TokenError> {
        const NOT_JSON: &str = "the body is not a JSON object with each member once";
        let text = std::str::from_utf8(body).map_err(|_| TokenError::invalid_request(NOT_JSON))?;
        let mut parameters = Self::default();
        let mut wrong_type = false;
        json::read(text, &mut |name, value| match value {
            Member::Text(value) => parameters.take(name, value),
            Member::Texts(values) if name == "resource" => {
                values.for_each(|value| parameters.take(name, value));
            }
            _ => wrong_type |= KNOWN.contains(&name),
        })
        .map_err(|_| TokenError::invalid_request(NOT_JSON))?;
        if wrong_type {
            return Err(TokenError::invalid_request("a member is not a string"));
        }
        Ok(parameters)
    }

    fn take(&mut self, name: &str, value: Cow<'_, str>) {
        if value.is_empty() || !KNOWN.contains(&name) {
            return;
        }
        let value = value.into_owned();
        match name {
            "grant_type" => self.grant_type = Some(value),
            "scope" => self.scope = Some(value),
            "audience" => self.audience = Some(value),
            "resource" => self.resources.push(value),
            "client_id" => self.credentials.client_id = Some(value),
            "client_secret" => self.credentials.secret = Some(Zeroizing::new(value)),
            "client_assertion" => self.credentials.assertion = Some(Zeroizing::new(value)),
            "client_assertion_type" => self.credentials.assertion_type = Some(value),
            _ => {}
        }
    }

    fn into_request(self, headers: &HeaderMap) -> Result<TokenRequest, TokenError> {
        let unheeded = self.unheeded();
        let presented = Presented::read(headers, self.credentials)?;
        let mut targets: Vec<String> = Vec::new();
        for target in self.audience.into_iter().chain(self.resources) {
            if !targets.contains(&target) {
                targets.push(target);
            }
        }
        Ok(TokenRequest { presented, unheeded, scope: self.scope, targets })
    }

    fn unheeded(&self) -> Result<(), TokenError> {
        match self.grant_type.as_deref() {
            Some("client_credentials") => {}
            Some(_) => {
                return Err(TokenError::new(
                    ErrorCode::UnsupportedGrantType,
                    "the only grant type is client_credentials",
                ));
            }
            None => return Err(TokenError::invalid_request("grant_type is missing")),
        }
        if !self.resources.iter().all(|resource| is_absolute_uri(resource)) {
            return Err(TokenError::new(
                ErrorCode::InvalidTarget,
                "a resource is no absolute URI without fragment",
            ));
        }
        Ok(())
    }
}

/// A scheme, a colon and no fragment (RFC 8707 §2, RFC 3986 §4.3).
fn is_absolute_uri(text: &str) -> bool {
    let in_scheme = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    text.split_once(':').is_some_and(|(scheme, rest)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(in_scheme)
            && !rest.is_empty()
            && !text.contains('#')
    })
}

/// The parameters that mean something here.
const KNOWN: [&str; 8] = [
    "grant_type",
    "scope",
    "audience",
    "resource",
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
];

/// The media type, without parameters, in lower case; `None` when there is not exactly one.
fn media_type(headers: &HeaderMap) -> Option<String> {
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    let value = values.next().filter(|_| values.next().is_none())?;
    let essence = value.to_str().ok()?.split(';').next()?;
    Some(essence.trim().to_ascii_lowercase())
}
