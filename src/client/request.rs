//! The token request (RFC 6749 §4.4.2). Pure.

use bytes::Bytes;
use http::{Request, Uri};

use super::{
    grant::{GrantFields, GrantValue},
    parameters::TokenParameters,
};
use crate::credentials::{AuthenticatedForm, ClientAuthentication, ResolvedCredentials};

/// The parts of a token request.
pub(super) struct RequestParts<'a> {
    pub(super) authentication: ClientAuthentication,
    pub(super) credentials: &'a ResolvedCredentials<'a>,
    pub(super) grant: &'a GrantFields<'a>,
    pub(super) parameters: &'a TokenParameters,
}

/// The HTTP request for a token.
pub(super) fn to_http(endpoint: Uri, parts: &RequestParts<'_>) -> Request<Bytes> {
    let grant =
        parts.grant.iter().map(|(name, value): &(_, GrantValue<'_>)| (*name, value.as_str()));
    let parameters = [
        ("audience", parts.parameters.audience.as_deref()),
        ("resource", parts.parameters.resource.as_deref()),
        ("scope", parts.parameters.scope.as_deref()),
    ];
    let parameters = parameters.into_iter().filter_map(|(name, value)| Some((name, value?)));
    // The first is `grant_type`.
    let fields: Vec<(&str, &str)> = grant.chain(parameters).collect();
    let RequestParts { authentication, credentials, .. } = *parts;
    AuthenticatedForm { authentication, credentials, fields: &fields }.to_http(endpoint)
}
