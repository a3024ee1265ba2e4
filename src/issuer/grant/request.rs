//! A token request (RFC 6749 §4.4.2), read from a form or from JSON.

use std::{borrow::Cow, collections::HashSet};

use http::{HeaderMap, Uri, header::CONTENT_TYPE};
use zeroize::Zeroizing;

use crate::{
    issuer::{
        client_auth::{BodyCredentials, ClientCredentials, refuse_credentials_in_uri},
        error::{ErrorCode, TokenError},
        form,
    },
    json::{self, Member},
};

/// The most parameters of a form: a token request has at most 8 known parameters, and vendors'
/// clients add a few. JSON objects have at most 128 members.
const MAX_PARAMETERS: usize = 64;

/// The most values of `resource`: a token for more applications would be too long.
const MAX_RESOURCES: usize = 32;

/// A token request by client credentials. Nothing in it is verified yet.
#[derive(Debug)]
pub(super) struct TokenRequest {
    pub(super) credentials: ClientCredentials,
    /// An error that is reported only after the client has been authenticated.
    pub(super) deferred_error: Option<TokenError>,
    pub(super) scope: Option<String>,
    /// The values of `audience` and `resource`, each once.
    pub(super) targets: Vec<String>,
}

impl TokenRequest {
    /// Parses a request. The work is linear in its length.
    ///
    /// # Errors
    /// Syntax errors, which are reported to anybody.
    pub(super) fn parse(uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Result<Self, TokenError> {
        refuse_credentials_in_uri(uri)?;
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

/// The known parameters of a request. An empty value counts as an omitted one (RFC 6749 §3.2).
#[derive(Default)]
struct Parameters {
    grant_type: Option<String>,
    scope: Option<String>,
    audience: Option<String>,
    resources: Vec<String>,
    credentials: BodyCredentials,
}

impl Parameters {
    fn from_form(body: &[u8]) -> Result<Self, TokenError> {
        let mut parameters = Self::default();
        let mut names = HashSet::new();
        for (count, pair) in form::pairs(body).enumerate() {
            if count == MAX_PARAMETERS {
                return Err(TokenError::invalid_request("the form has more than 64 parameters"));
            }
            let (name, value) =
                pair.ok_or(TokenError::invalid_request("the form is not well encoded"))?;
            parameters.set(&name, value)?;
            if name != "resource" && !names.insert(name) {
                return Err(TokenError::invalid_request("a parameter is repeated"));
            }
        }
        Ok(parameters)
    }

    /// Reads the same parameters from the members of a JSON object. Several resources are an array.
    fn from_json(body: &[u8]) -> Result<Self, TokenError> {
        const NOT_JSON: &str = "the body is not a JSON object with each member once";
        const WRONG_TYPE: &str = "a member is not a string";
        let text = std::str::from_utf8(body).map_err(|_| TokenError::invalid_request(NOT_JSON))?;
        let mut parameters = Self::default();
        let mut wrong = None;
        let read = json::read(text, &mut |name, value| {
            let set = match value {
                Member::Text(value) => parameters.set(name, value),
                Member::Texts(mut values) if name == "resource" => {
                    values.try_for_each(|value| parameters.set(name, value))
                }
                _ if KNOWN.contains(&name) => Err(TokenError::invalid_request(WRONG_TYPE)),
                _ => Ok(()),
            };
            if let Err(error) = set {
                let _first = wrong.get_or_insert(error);
            }
        });
        read.map_err(|_| TokenError::invalid_request(NOT_JSON))?;
        wrong.map_or(Ok(parameters), Err)
    }

    fn set(&mut self, name: &str, value: Cow<'_, str>) -> Result<(), TokenError> {
        if value.is_empty() || !KNOWN.contains(&name) {
            return Ok(());
        }
        if name == "resource" && self.resources.len() == MAX_RESOURCES {
            return Err(TokenError::invalid_request("the request has more than 32 resources"));
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
        Ok(())
    }

    fn into_request(self, headers: &HeaderMap) -> Result<TokenRequest, TokenError> {
        let deferred_error = self.check().err();
        let credentials = ClientCredentials::read(headers, self.credentials)?;
        let mut targets: Vec<String> = self.audience.into_iter().chain(self.resources).collect();
        let mut seen = HashSet::new();
        targets.retain(|target| seen.insert(target.clone()));
        Ok(TokenRequest { credentials, deferred_error, scope: self.scope, targets })
    }

    fn check(&self) -> Result<(), TokenError> {
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
                "a resource is not an absolute URI without fragment",
            ));
        }
        Ok(())
    }
}

/// Returns true for a scheme, a colon and no fragment (RFC 8707 §2, RFC 3986 §4.3).
fn is_absolute_uri(text: &str) -> bool {
    let in_scheme = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    text.split_once(':').is_some_and(|(scheme, rest)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(in_scheme)
            && !rest.is_empty()
            && !text.contains('#')
    })
}

/// The names of the known parameters.
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

/// Returns the media type in lower case, without parameters; `None` unless there is exactly one.
fn media_type(headers: &HeaderMap) -> Option<String> {
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    let value = values.next().filter(|_| values.next().is_none())?;
    let essence = value.to_str().ok()?.split(';').next()?;
    Some(essence.trim().to_ascii_lowercase())
}
