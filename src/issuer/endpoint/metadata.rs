//! What the issuer says about itself (RFC 8414 §2, OpenID Connect Discovery §3).

use serde_json::json;

use crate::algorithm::Algorithm;
use crate::issuer::shared::Shared;

/// The metadata as it is now. `response_types_supported` is required and empty: no grant of this
/// issuer has a response type.
pub(in crate::issuer) fn document(issuer: &Shared) -> String {
    let configuration = issuer.configuration();
    let mut scopes: Vec<&str> = Vec::new();
    for application in configuration.registry.applications() {
        scopes.extend(application.scopes.iter().map(String::as_str));
    }
    scopes.sort_unstable();
    scopes.dedup();
    let algorithms = issuer.keys.algorithms(issuer.now());
    let mut document = json!({
        "issuer": issuer.issuer.as_str(),
        "token_endpoint": issuer.url("/oauth/token"),
        "jwks_uri": issuer.url("/.well-known/jwks.json"),
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported":
            ["client_secret_basic", "client_secret_post", "private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": Algorithm::ALL.map(Algorithm::name),
        "response_types_supported": [],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": algorithms,
    });
    if let Some(members) = document.as_object_mut().filter(|_| !scopes.is_empty()) {
        members.insert("scopes_supported".to_owned(), scopes.into());
    }
    document.to_string()
}
