use std::path::Path;

use http::HeaderName;

#[cfg(feature = "introspection")]
use super::introspection;
use super::{
    super::{check::join, issuer_config::IssuerConfig, value::Value},
    fields::{count, text, words},
    issuer::trusted_issuer,
};
use crate::{
    error::Problems,
    metadata::ProtectedResource,
    scope::{Requirement, Requirements},
    server::{ResourceServer, ResourceServerBuilder, TokenSource, TrustedIssuer},
    verify::TokenLimits,
};

/// Makes the builder, and reports what only building finds. A setting that has no valid value is
/// skipped here: the check of its shape has reported it.
pub(in crate::config) fn builder(
    file: &Value,
    folder: &Path,
    problems: &mut Problems,
) -> (ResourceServerBuilder, Vec<IssuerConfig>) {
    let loopback = file.member("allow_loopback_http").and_then(Value::flag).unwrap_or(false);
    let plain_hosts = words(file, "allow_http_to").unwrap_or_default();
    let allow = |builder: ResourceServerBuilder| {
        let builder = builder.allow_http_to(plain_hosts.iter().cloned());
        if loopback { builder.allow_loopback_http() } else { builder }
    };
    let limits = file.member("limits").map(limits).unwrap_or_default();
    let (mut issuers, mut configs): (Vec<TrustedIssuer>, Vec<IssuerConfig>) = Default::default();
    let mut seen: Vec<&str> = Vec::new();
    let tables = file.member("issuers").and_then(Value::list).unwrap_or_default();
    #[cfg(feature = "introspection")]
    introspection::check_together(&tables, problems);
    for (index, table) in tables.into_iter().enumerate() {
        let path = format!("issuers[{index}]");
        if let Some(name) = text(table, "issuer") {
            if seen.contains(&name) {
                problems.add(join(&path, "issuer"), "is named twice; name each issuer once");
                continue;
            }
            seen.push(name);
        }
        let Some((issuer, mut config)) = trusted_issuer(table, folder, &path, problems) else {
            continue;
        };
        config.verifier = config.verifier.limits(limits);
        configs.push(config);
        // Builds each alone, so that its problems are known from those of the others.
        let alone = ResourceServer::from_issuers([issuer.clone()]);
        report(allow(alone), |setting| place(&path, setting), problems);
        issuers.push(issuer);
    }
    let builder = || allow(server(file, ResourceServer::from_issuers(issuers.clone())));
    if let Some(scopes) = file.member("protected_resource").and_then(|it| words(it, "scopes"))
        && let Err(error) = Requirement::parse(scopes.join(" "))
    {
        problems.add("protected_resource.scopes", format!("is not a list of scopes: {error}"));
    }
    report(builder(), server_place, problems);
    (builder(), configs)
}

/// Adds what is wrong with a builder, under the paths of the file.
fn report(
    builder: ResourceServerBuilder,
    place: impl Fn(&str) -> Option<String>,
    problems: &mut Problems,
) {
    let Err(error) = builder.build_silently() else { return };
    for problem in error.problems() {
        if let Some(path) = place(&problem.setting().to_string()) {
            problems.add(path, problem.help());
        }
    }
}

/// The limits of tokens.
fn limits(table: &Value) -> TokenLimits {
    let mut limits = TokenLimits::default();
    if let Some(bytes) = count(table, "max_token_bytes") {
        limits = limits.max_token_bytes(bytes);
    }
    if let Some(bytes) = count(table, "max_header_bytes") {
        limits = limits.max_header_bytes(bytes);
    }
    if let Some(members) = count(table, "max_members") {
        limits = limits.max_members(members);
    }
    if let Some(scopes) = count(table, "max_scopes") {
        limits = limits.max_scopes(scopes);
    }
    limits
}

/// The path of an issuer's setting; none for those of the server.
fn place(issuer: &str, setting: &str) -> Option<String> {
    #[cfg(feature = "introspection")]
    if let Some(place) = introspection::place(setting) {
        return Some(format!("{issuer}.{place}"));
    }
    let setting = match setting {
        "allow_http_to" => return None,
        "root_certificates" | "proxy" | "connect_timeout" | "bearer_file" | "header"
        | "credentials_to" => format!("keys.http.{setting}"),
        "jwks_uri" | "max_ttl" | "stale_if_error" | "max_wait" | "fetch_timeout" | "max_keys"
        | "max_document_bytes" => format!("keys.{setting}"),
        "keys" | "key_file" => "keys.file".to_owned(),
        "scope_claim" => "scope_claims".to_owned(),
        "removed_keys" => "keys.removed_key_grace".to_owned(),
        "transport" => "keys".to_owned(),
        other => other.to_owned(),
    };
    Some(format!("{issuer}.{setting}"))
}

/// The path of a setting of the server itself; none for those of its issuers.
fn server_place(setting: &str) -> Option<String> {
    match setting {
        "realm" | "resource_metadata" | "allow_http_to" => Some(setting.to_owned()),
        "max_token_bytes" | "max_header_bytes" | "max_members" | "max_scopes" => {
            Some(format!("limits.{setting}"))
        }
        "protected_resource" => Some("protected_resource.resource".to_owned()),
        "cache_verified_tokens" => Some("cache.max_bytes".to_owned()),
        _ => None,
    }
}

/// The settings of the server itself.
fn server(file: &Value, mut builder: ResourceServerBuilder) -> ResourceServerBuilder {
    if let Some(realm) = text(file, "realm") {
        builder = builder.realm(realm);
    }
    if let Some(url) = text(file, "resource_metadata").and_then(|url| url.parse().ok()) {
        builder = builder.resource_metadata(url);
    }
    if let Some(resource) = file.member("protected_resource").and_then(protected_resource) {
        builder = builder.protected_resource(resource);
    }
    for table in file.member("token_sources").and_then(Value::list).unwrap_or_default() {
        if let Some(source) = token_source(table) {
            builder = builder.token_source(source);
        }
    }
    if let Some(table) = file.member("limits") {
        builder = builder.limits(limits(table));
    }
    let cache = file.member("cache").and_then(|cache| cache.member("max_bytes"));
    if let Some(bytes) = cache.and_then(Value::integer).and_then(|bytes| bytes.try_into().ok()) {
        builder = builder.cache_verified_tokens(bytes);
    }
    builder
}

/// What the API publishes about itself.
fn protected_resource(table: &Value) -> Option<ProtectedResource> {
    let mut resource = ProtectedResource::new(text(table, "resource")?);
    if let Some(name) = text(table, "name") {
        resource = resource.name(name);
    }
    if let Some(url) = text(table, "documentation") {
        resource = resource.documentation(url);
    }
    if let Some(scopes) = words(table, "scopes")
        && let Ok(scopes) = Requirement::parse(scopes.join(" "))
    {
        let requirements = Requirements::new();
        requirements.add_baseline(scopes);
        resource = resource.requirements(&requirements);
    }
    match table.member("at_root").and_then(Value::flag) {
        Some(false) => Some(resource.not_at_root()),
        _ => Some(resource),
    }
}

/// Where requests have their tokens.
fn token_source(table: &Value) -> Option<TokenSource> {
    if let Some(cookie) = text(table, "cookie") {
        return Some(TokenSource::cookie(cookie));
    }
    let name = HeaderName::from_bytes(text(table, "header")?.as_bytes()).ok()?;
    Some(match text(table, "scheme") {
        Some(scheme) => TokenSource::header_with_scheme(name, scheme),
        None => TokenSource::header(name),
    })
}
