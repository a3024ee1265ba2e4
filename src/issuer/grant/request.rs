//! A token request (RFC 6749 §4.4.2, RFC 7523 §2.1, RFC 8693 §2.1), read from a form or from JSON.

use std::{borrow::Cow, collections::HashSet};

use http::{HeaderMap, Uri, header::CONTENT_TYPE};
use zeroize::Zeroizing;

use crate::{
    issuer::{
        client_auth::{BodyCredentials, ClientCredentials, refuse_credentials_in_uri},
        error::{ErrorCode, TokenError},
        form,
        workload::form::{ACCESS_TOKEN_TYPE, AssertionForm, SUBJECT_TOKEN_TYPES},
    },
    json::{self, Member},
};

/// The most parameters of a form: a token request has at most 14 known parameters, and vendors'
/// clients add a few. JSON objects have at most 128 members.
const MAX_PARAMETERS: usize = 64;

/// The most values of `resource`: a token for more applications would be too long.
const MAX_RESOURCES: usize = 32;

/// A token request. Nothing in it is verified yet.
#[derive(Debug)]
pub(super) struct TokenRequest {
    pub(super) credentials: ClientCredentials,
    /// An error that is reported only after the client has been authenticated.
    pub(super) deferred_error: Option<TokenError>,
    pub(super) scope: Option<String>,
    /// The values of `audience` and `resource`, each once.
    pub(super) targets: Vec<String>,
    /// The response names the type of the token (RFC 8693 §2.2.1).
    pub(super) is_exchange: bool,
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
    grant: GrantParameters,
}

/// The parameters of the grants whose assertion is the credential.
#[derive(Default)]
struct GrantParameters {
    assertion: Option<Zeroizing<String>>,
    subject_token: Option<Zeroizing<String>>,
    subject_token_type: Option<String>,
    requested_token_type: Option<String>,
    has_actor: bool,
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
            "assertion" => self.grant.assertion = Some(Zeroizing::new(value)),
            "subject_token" => self.grant.subject_token = Some(Zeroizing::new(value)),
            "subject_token_type" => self.grant.subject_token_type = Some(value),
            "requested_token_type" => self.grant.requested_token_type = Some(value),
            "actor_token" | "actor_token_type" => self.grant.has_actor = true,
            _ => {}
        }
        Ok(())
    }

    fn into_request(mut self, headers: &HeaderMap) -> Result<TokenRequest, TokenError> {
        let form = self.grant_type.as_deref().and_then(AssertionForm::from_grant_type);
        self.credentials.grant = self.grant.into_assertion(form)?;
        let deferred_error = check(self.grant_type.as_deref(), form, &self.resources).err();
        let credentials = ClientCredentials::read(headers, self.credentials)?;
        let mut targets: Vec<String> = self.audience.into_iter().chain(self.resources).collect();
        let mut seen = HashSet::new();
        targets.retain(|target| seen.insert(target.clone()));
        let is_exchange = form == Some(AssertionForm::TokenExchange);
        Ok(TokenRequest { credentials, deferred_error, scope: self.scope, targets, is_exchange })
    }
}

impl GrantParameters {
    /// Returns the assertion of a grant of this form. A parameter of another grant is refused: its
    /// sender would expect it to count.
    fn into_assertion(
        self,
        form: Option<AssertionForm>,
    ) -> Result<Option<(AssertionForm, Zeroizing<String>)>, TokenError> {
        let refused = |why| Err(TokenError::invalid_request(why));
        let exchange = [&self.subject_token_type, &self.requested_token_type];
        let has_exchange = self.subject_token.is_some()
            || self.has_actor
            || exchange.into_iter().any(Option::is_some);
        if self.assertion.is_some() && form != Some(AssertionForm::JwtGrant) {
            return refused("assertion belongs to the grant type of RFC 7523");
        }
        if has_exchange && form != Some(AssertionForm::TokenExchange) {
            return refused("the parameters of a token exchange belong to its grant type");
        }
        let Some(form) = form else { return Ok(None) };
        if form == AssertionForm::JwtGrant {
            return match self.assertion {
                Some(assertion) => Ok(Some((form, assertion))),
                None => refused("assertion is missing"),
            };
        }
        if self.has_actor {
            return refused("an actor_token is not supported");
        }
        if self.requested_token_type.is_some_and(|requested| requested != ACCESS_TOKEN_TYPE) {
            return refused("only access tokens are issued; leave requested_token_type out");
        }
        match (self.subject_token, self.subject_token_type) {
            (Some(token), Some(kind)) if SUBJECT_TOKEN_TYPES.contains(&&*kind) => {
                Ok(Some((form, token)))
            }
            (Some(_), Some(_)) => refused("the subject_token_type is neither jwt nor id_token"),
            _ => refused("subject_token or subject_token_type is missing"),
        }
    }
}

/// Checks what is reported only to a client that has been authenticated.
fn check(
    grant_type: Option<&str>,
    form: Option<AssertionForm>,
    resources: &[String],
) -> Result<(), TokenError> {
    match grant_type {
        Some("client_credentials") => {}
        Some(_) if form.is_some() => {}
        Some(_) => {
            return Err(TokenError::new(
                ErrorCode::UnsupportedGrantType,
                "the grant type is not client_credentials, jwt-bearer or token-exchange",
            ));
        }
        None => return Err(TokenError::invalid_request("grant_type is missing")),
    }
    if !resources.iter().all(|resource| is_absolute_uri(resource)) {
        return Err(TokenError::new(
            ErrorCode::InvalidTarget,
            "a resource is not an absolute URI without fragment",
        ));
    }
    Ok(())
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
const KNOWN: [&str; 14] = [
    "grant_type",
    "scope",
    "audience",
    "resource",
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
    "assertion",
    "subject_token",
    "subject_token_type",
    "requested_token_type",
    "actor_token",
    "actor_token_type",
];

/// Returns the media type in lower case, without parameters; `None` unless there is exactly one.
fn media_type(headers: &HeaderMap) -> Option<String> {
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    let value = values.next().filter(|_| values.next().is_none())?;
    let essence = value.to_str().ok()?.split(';').next()?;
    Some(essence.trim().to_ascii_lowercase())
}
