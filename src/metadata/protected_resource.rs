use std::borrow::Cow;

use bytes::Bytes;
use http::Uri;
use serde::Serialize;

use crate::{claims::Issuer, scope::Requirements};

/// The path at which a resource without a path has its metadata (RFC 9728 §3).
const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

/// The metadata that an API publishes about itself (RFC 9728): which issuers it trusts, and which
/// scopes a client should ask for.
///
/// Give it to
/// [`ResourceServerBuilder::protected_resource`](crate::server::ResourceServerBuilder::protected_resource).
///
/// ```
/// use tower_bearer::{metadata::ProtectedResource, scope::Requirements};
///
/// let requirements = Requirements::new();
/// let resource = ProtectedResource::new("https://api.example/public/mcp")
///     .name("Announcements")
///     .requirements(&requirements);
/// assert_eq!(
///     resource.metadata_url(),
///     "https://api.example/.well-known/oauth-protected-resource/public/mcp"
/// );
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct ProtectedResource {
    resource: Box<str>,
    name: Option<Box<str>>,
    documentation: Option<Box<str>>,
    issuers: Option<Vec<Box<str>>>,
    requirements: Requirements,
    is_at_root: bool,
}

impl ProtectedResource {
    /// The metadata of the API with this address: the URL that **clients** use, as they know it,
    /// in front of proxies and path prefixes (RFC 9728 §3.3). It is also what clients send as
    /// `resource` (RFC 8707), so tokens should name it as their audience.
    pub fn new(resource: impl Into<Box<str>>) -> Self {
        Self {
            resource: resource.into(),
            name: None,
            documentation: None,
            issuers: None,
            requirements: Requirements::new(),
            is_at_root: true,
        }
    }

    /// Sets `resource_name`: a name for people.
    pub fn name(self, name: impl Into<Box<str>>) -> Self {
        Self { name: Some(name.into()), ..self }
    }

    /// Sets `resource_documentation`: the URL of a page for developers.
    pub fn documentation(self, url: impl Into<Box<str>>) -> Self {
        Self { documentation: Some(url.into()), ..self }
    }

    /// Sets `authorization_servers`: the issuers that a client may ask for tokens. Without it they
    /// are those that the resource server names; issuers that a resolver finds are not among them.
    pub fn authorization_servers(self, issuers: impl IntoIterator<Item = Issuer>) -> Self {
        let issuers = issuers.into_iter().map(|issuer| issuer.as_str().into()).collect();
        Self { issuers: Some(issuers), ..self }
    }

    /// Takes `scopes_supported` from here. What is added to the list later is shown as well.
    pub fn requirements(self, requirements: &Requirements) -> Self {
        Self { requirements: requirements.clone(), ..self }
    }

    /// Serves the document at the path-inserted address only. At the root of a host that has
    /// several APIs, one of them, or none, can have its metadata.
    pub fn not_at_root(self) -> Self {
        Self { is_at_root: false, ..self }
    }

    /// The API's address.
    #[must_use]
    pub fn resource(&self) -> &str {
        &self.resource
    }

    /// The address of the metadata (RFC 9728 §3.1): the well-known part is between the host and the
    /// path. Empty if the API's address is not an absolute URL.
    #[must_use]
    pub fn metadata_url(&self) -> String {
        let Ok(url) = self.resource.parse::<Uri>() else { return String::new() };
        let (Some(scheme), Some(authority)) = (url.scheme_str(), url.authority()) else {
            return String::new();
        };
        format!("{scheme}://{authority}{}", inserted(url.path()))
    }

    /// The paths at which the document is served: the inserted one first.
    pub(crate) fn paths(&self) -> Vec<String> {
        let Ok(url) = self.resource.parse::<Uri>() else { return Vec::new() };
        let mut paths = vec![inserted(url.path())];
        if self.is_at_root {
            paths.push(WELL_KNOWN.to_owned());
            paths.dedup();
        }
        paths
    }

    /// The scopes that a client should ask for at first; empty if no baseline is known.
    pub(crate) fn baseline(&self) -> String {
        self.requirements.baseline_scopes().join(" ")
    }

    /// Checks what cannot be checked by the scheme alone.
    ///
    /// # Errors
    /// The end of a sentence that begins with the setting.
    pub(crate) fn check(&self) -> Result<Uri, &'static str> {
        if self.resource.contains('#') {
            return Err("has a fragment; leave it out (RFC 9728 section 1.2)");
        }
        let url: Uri = self.resource.parse().map_err(|_| "must be an absolute https URL")?;
        if url.query().is_some() {
            return Err("has a query; give a URL without one (RFC 9728 section 1.2)");
        }
        if url.host().is_some_and(|host| host.bytes().any(|byte| byte.is_ascii_uppercase())) {
            return Err(
                "has upper case in its host; clients compare it byte for byte, so write it \
                        in lower case",
            );
        }
        let is_pattern =
            |segment: &str| segment.starts_with([':', '*']) || segment.contains(['{', '}']);
        if url.path().split('/').any(is_pattern) {
            return Err(
                "has a path that a router reads as a pattern; leave out braces, and `:` and \
                        `*` at the start of a segment",
            );
        }
        Ok(url)
    }

    /// The document, with these issuers unless others are set. `has_header` is true if the API
    /// takes tokens from `Authorization` (RFC 6750 §2.1).
    pub(crate) fn document(&self, issuers: &[Box<str>], has_header: bool) -> Bytes {
        #[derive(Serialize)]
        struct Document<'a> {
            resource: &'a str,
            #[serde(skip_serializing_if = "<[_]>::is_empty")]
            authorization_servers: &'a [Box<str>],
            #[serde(skip_serializing_if = "Vec::is_empty")]
            scopes_supported: Vec<String>,
            #[serde(skip_serializing_if = "<[_]>::is_empty")]
            bearer_methods_supported: &'a [&'a str],
            #[serde(skip_serializing_if = "Option::is_none")]
            resource_name: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            resource_documentation: Option<&'a str>,
        }
        let document = Document {
            resource: &self.resource,
            authorization_servers: self.issuers.as_deref().unwrap_or(issuers),
            scopes_supported: self.requirements.scopes(),
            bearer_methods_supported: if has_header { &["header"] } else { &[] },
            resource_name: self.name.as_deref(),
            resource_documentation: self.documentation.as_deref(),
        };
        serde_json::to_vec(&document).unwrap_or_default().into()
    }
}

/// The path of the metadata of a resource with this path. Of a URL without a path, `http` says `/`.
fn inserted(path: &str) -> String {
    let path: Cow<'_, str> = if path == "/" { "".into() } else { path.into() };
    format!("{WELL_KNOWN}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r60_the_well_known_part_is_inserted_between_host_and_path() {
        let known = "https://a.example/.well-known/oauth-protected-resource";
        for (resource, path) in [
            ("https://a.example", ""),
            ("https://a.example/", ""),
            ("https://a.example/mcp", "/mcp"),
            ("https://a.example/public/mcp/", "/public/mcp/"),
        ] {
            let resource = ProtectedResource::new(resource);
            assert_eq!(resource.metadata_url(), format!("{known}{path}"));
            let paths = resource.paths();
            assert_eq!(paths.first().unwrap(), &format!("{WELL_KNOWN}{path}"));
            assert_eq!(paths.last().unwrap(), WELL_KNOWN);
            assert_eq!(paths.len(), if path.is_empty() { 1 } else { 2 });
            assert_eq!(resource.not_at_root().paths().len(), 1);
        }
    }

    #[test]
    fn r60_a_resource_has_no_fragment_query_upper_case_host_or_pattern() {
        for (resource, word) in [
            ("https://a.example/#top", "fragment"),
            ("https://a.example/?a=b", "query"),
            ("https://A.example/", "upper case"),
            ("https://a.example/:id", "pattern"),
            ("https://a.example/b/*all", "pattern"),
            ("https://a.example/{id}", "pattern"),
            ("not a url", "absolute"),
        ] {
            let error = ProtectedResource::new(resource).check().unwrap_err();
            assert!(error.contains(word), "{resource}: {error}");
        }
        assert!(ProtectedResource::new("https://a.example/a:b/c").check().is_ok());
    }

    #[test]
    fn r60_lists_without_elements_are_omitted() {
        let resource = ProtectedResource::new("https://a.example/mcp");
        let document = resource.document(&[], false);
        assert_eq!(document, r#"{"resource":"https://a.example/mcp"}"#);
        let document = resource.document(&["https://issuer.example".into()], true);
        assert_eq!(
            document,
            r#"{"resource":"https://a.example/mcp","authorization_servers":["https://issuer.example"],"bearer_methods_supported":["header"]}"#
        );
    }
}
