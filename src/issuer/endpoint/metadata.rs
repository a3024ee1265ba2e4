//! The issuer's metadata (RFC 8414 §2, OpenID Connect Discovery §3).

use serde_json::json;

use crate::{
    algorithm::Algorithm,
    issuer::{
        configuration::Configuration,
        identity::{INTROSPECTION_PATHS, Identity, JWKS_PATH, REVOCATION_PATHS, TOKEN_PATHS},
        workload::form::{JWT_BEARER, TOKEN_EXCHANGE},
    },
};

/// Writes the metadata. `algorithms` are those of the published keys. `response_types_supported` is
/// required and empty: no grant of this issuer has a response type.
pub(super) fn document(
    identity: &Identity,
    config: &Configuration,
    algorithms: &[&'static str],
) -> String {
    let mut scopes: Vec<&str> = Vec::new();
    for application in config.registry.applications.iter() {
        scopes.extend(application.scopes.iter().map(String::as_str));
    }
    scopes.sort_unstable();
    scopes.dedup();
    let mut grant_types = vec!["client_credentials"];
    if !config.workloads.is_empty() {
        grant_types.extend([JWT_BEARER, TOKEN_EXCHANGE]);
    }
    let auth_methods = ["client_secret_basic", "client_secret_post", "private_key_jwt"];
    let assertion_algorithms = Algorithm::ALL.map(Algorithm::name);
    let mut document = json!({
        "issuer": identity.issuer.as_str(),
        "token_endpoint": identity.url(TOKEN_PATHS[0]),
        "jwks_uri": identity.url(JWKS_PATH),
        "grant_types_supported": grant_types,
        "token_endpoint_auth_methods_supported": auth_methods,
        "token_endpoint_auth_signing_alg_values_supported": assertion_algorithms,
        "revocation_endpoint": identity.url(REVOCATION_PATHS[0]),
        "revocation_endpoint_auth_methods_supported": auth_methods,
        "revocation_endpoint_auth_signing_alg_values_supported": assertion_algorithms,
        "introspection_endpoint": identity.url(INTROSPECTION_PATHS[0]),
        "introspection_endpoint_auth_methods_supported": auth_methods,
        "introspection_endpoint_auth_signing_alg_values_supported": assertion_algorithms,
        "introspection_signing_alg_values_supported": algorithms,
        "response_types_supported": [],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": algorithms,
    });
    if let Some(members) = document.as_object_mut().filter(|_| !scopes.is_empty()) {
        members.insert("scopes_supported".to_owned(), scopes.into());
    }
    document.to_string()
}
