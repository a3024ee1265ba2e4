//! What an API publishes about itself (RFC 9728), as responses.

use bytes::Bytes;
use http::{
    HeaderValue, Method, Response, StatusCode, Uri,
    header::{
        ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
        ACCESS_CONTROL_MAX_AGE, ALLOW, CACHE_CONTROL, CONTENT_TYPE,
    },
};

use crate::{error::Problems, metadata::ProtectedResource, transport::UrlRule};

/// How long a client or a cache between may keep the document: one hour. A scope that is new
/// within this time is in the challenge of the operation that needs it.
const CACHE: HeaderValue = HeaderValue::from_static("public, max-age=3600");

/// How long a browser may keep the answer to a preflight request: one day, in seconds.
const PREFLIGHT_SECONDS: HeaderValue = HeaderValue::from_static("86400");

/// The metadata of one resource server.
#[derive(Debug)]
pub(super) struct Metadata {
    resource: ProtectedResource,
    /// The address that challenges name.
    url: String,
    paths: Vec<String>,
    issuers: Vec<Box<str>>,
    has_header: bool,
}

impl Metadata {
    pub(super) fn new(
        resource: ProtectedResource,
        url: Option<&Uri>,
        issuers: Vec<Box<str>>,
        has_header: bool,
    ) -> Self {
        let url = url.map_or_else(|| resource.metadata_url(), Uri::to_string);
        Self { paths: resource.paths(), url, resource, issuers, has_header }
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// The scopes that a client should ask for at first.
    pub(super) fn baseline(&self) -> String {
        self.resource.baseline()
    }

    #[cfg(feature = "axum")]
    pub(super) fn paths(&self) -> &[String] {
        &self.paths
    }

    /// Returns true for a request that needs no token because it asks for the metadata.
    pub(super) fn is_asked_for_by(&self, method: &Method, path: &str) -> bool {
        matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) && self.is_at(path)
    }

    pub(super) fn is_at(&self, path: &str) -> bool {
        self.paths.iter().any(|each| each == path)
    }

    /// Answers a request for one of the paths.
    pub(super) fn answer(&self, method: &Method) -> Response<Bytes> {
        let mut response = Response::new(Bytes::new());
        let headers = response.headers_mut();
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        match *method {
            Method::GET | Method::HEAD => {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                headers.insert(CACHE_CONTROL, CACHE);
                *response.body_mut() = self.resource.document(&self.issuers, self.has_header);
            }
            Method::OPTIONS => {
                headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET"));
                headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("*"));
                headers.insert(ACCESS_CONTROL_MAX_AGE, PREFLIGHT_SECONDS);
                *response.status_mut() = StatusCode::NO_CONTENT;
            }
            _ => {
                headers.insert(ALLOW, HeaderValue::from_static("GET, HEAD, OPTIONS"));
                *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
            }
        }
        response
    }
}

/// Adds what is wrong with the API's own metadata, and with the address that challenges name
/// instead of the usual one.
pub(super) fn check(
    resource: Option<&ProtectedResource>,
    url: Option<&Uri>,
    rule: &UrlRule,
    problems: &mut Problems,
) {
    if let Some(resource) = resource
        && let Err(help) = resource.check().and_then(|url| rule.check(&url))
    {
        problems.add("protected_resource", help);
    }
    let Some(url) = url else { return };
    if let Err(help) = rule.check(url) {
        problems.add("resource_metadata", help);
    } else if let Some(resource) = resource
        && !resource.paths().iter().any(|path| url.path().ends_with(path.as_str()))
    {
        let paths = resource.paths().join("` or `");
        let help =
            format!("is not an address of `protected_resource`: it should end with `{paths}`");
        problems.add("resource_metadata", help);
    }
}
