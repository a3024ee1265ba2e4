//! Makes a server's builder of a checked file.

use std::{fs, path::Path, time::Duration};

use super::{check::join, duration, value::Value};
use crate::{
    algorithm::Algorithm,
    claims::{Audience, Issuer},
    error::Problems,
    jwks::{Keys, RemoteJwks, RemovedKeys},
    key::KeySet,
    scope::Matching,
    server::{ResourceServer, ResourceServerBuilder, TrustedIssuer},
    verify::Verifier,
};

/// Makes the builder, and reports what only building finds. A setting that has no valid value is
/// skipped here: the check of its shape has reported it.
pub(super) fn builder(
    file: &Value,
    folder: &Path,
    problems: &mut Problems,
) -> ResourceServerBuilder {
    let loopback = file.member("allow_loopback_http").and_then(Value::flag).unwrap_or(false);
    let allow = |builder: ResourceServerBuilder| {
        if loopback { builder.allow_loopback_http() } else { builder }
    };
    let mut issuers: Vec<TrustedIssuer> = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    let tables = file.member("issuers").and_then(Value::list).unwrap_or_default();
    for (index, table) in tables.into_iter().enumerate() {
        let path = format!("issuers[{index}]");
        if let Some(name) = text(table, "issuer") {
            if seen.contains(&name) {
                problems.add(join(&path, "issuer"), "is named twice; name each issuer once");
                continue;
            }
            seen.push(name);
        }
        let Some(issuer) = trusted_issuer(table, folder, &path, problems) else { continue };
        // Each is built alone, so that its problems can be told from those of the others.
        let alone = ResourceServer::from_issuers([issuer.clone()]);
        report(allow(alone), |setting| Some(place(&path, setting)), problems);
        issuers.push(issuer);
    }
    let builder = || allow(server(file, ResourceServer::from_issuers(issuers.clone())));
    report(builder(), server_place, problems);
    builder()
}

/// Adds what is wrong with a builder, under the paths of the file.
fn report(
    builder: ResourceServerBuilder,
    place: impl Fn(&str) -> Option<String>,
    problems: &mut Problems,
) {
    let Err(error) = builder.build() else { return };
    for problem in error.problems() {
        if let Some(path) = place(&problem.setting().to_string()) {
            problems.add(path, problem.help());
        }
    }
}

/// The path of an issuer's setting.
fn place(issuer: &str, setting: &str) -> String {
    let setting = match setting {
        "jwks_uri" | "max_ttl" | "stale_if_error" | "max_keys" | "max_document_bytes" => {
            format!("keys.{setting}")
        }
        "keys" => "keys.file".to_owned(),
        "removed_keys" => "keys.removed_key_grace".to_owned(),
        "transport" => "keys".to_owned(),
        other => other.to_owned(),
    };
    format!("{issuer}.{setting}")
}

/// The path of a setting of the server itself; none for those of its issuers.
fn server_place(setting: &str) -> Option<String> {
    match setting {
        "realm" | "resource_metadata" => Some(setting.to_owned()),
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
    let cache = file.member("cache").and_then(|cache| cache.member("max_bytes"));
    if let Some(bytes) = cache.and_then(Value::integer).and_then(|bytes| bytes.try_into().ok()) {
        builder = builder.cache_verified_tokens(bytes);
    }
    builder
}

fn trusted_issuer(
    table: &Value,
    folder: &Path,
    path: &str,
    problems: &mut Problems,
) -> Option<TrustedIssuer> {
    let issuer = Issuer::new(text(table, "issuer")?).ok()?;
    let audiences: Vec<Audience> =
        words(table, "audience")?.iter().filter_map(|name| Audience::new(&**name).ok()).collect();
    let keys: Keys = match table.member("keys") {
        None => RemoteJwks::discover(issuer.clone()).into(),
        Some(table) => match text(table, "file") {
            Some(file) => match key_file(&folder.join(file)) {
                Ok(keys) => keys.into(),
                Err(help) => {
                    problems.add(format!("{path}.keys.file"), help);
                    return None;
                }
            },
            None => remote_keys(table, &issuer)?.into(),
        },
    };
    let mut verifier = Verifier::new(issuer, audiences);
    if let Some(names) = words(table, "algorithms") {
        let named = names.iter().filter_map(|name| Algorithm::from_name(name));
        verifier = verifier.algorithms(named);
    }
    if text(table, "profile") == Some("rfc9068") {
        verifier = verifier.strict_rfc9068();
    }
    if let Some(leeway) = time(table, "leeway") {
        verifier = verifier.leeway(leeway);
    }
    if let Some(age) = time(table, "max_token_age") {
        verifier = verifier.max_token_age(age);
    }
    if text(table, "matching") == Some("exact") {
        verifier = verifier.matching(Matching::Exact);
    }
    if let Some(claim) = text(table, "scope_claim") {
        verifier = verifier.scope_claim(claim);
    }
    Some(TrustedIssuer::new(verifier, keys))
}

fn key_file(path: &Path) -> Result<KeySet, String> {
    let document = fs::read(path).map_err(|error| format!("cannot be read: {error}"))?;
    KeySet::parse(&document).map_err(|error| format!("is not a key set: {error}"))
}

fn remote_keys(table: &Value, issuer: &Issuer) -> Option<RemoteJwks> {
    let mut keys = match text(table, "jwks_uri") {
        Some(url) => RemoteJwks::new(url.parse().ok()?),
        None => RemoteJwks::discover(issuer.clone()),
    };
    if let Some(ttl) = time(table, "max_ttl") {
        keys = keys.max_ttl(ttl);
    }
    if let Some(stale) = time(table, "stale_if_error") {
        keys = keys.stale_if_error(stale);
    }
    if let Some(grace) = time(table, "removed_key_grace").filter(|grace| !grace.is_zero()) {
        keys = keys.removed_keys(RemovedKeys::Grace(grace));
    }
    if let Some(most) = count(table, "max_keys") {
        keys = keys.max_keys(most);
    }
    if let Some(most) = count(table, "max_document_bytes") {
        keys = keys.max_document_bytes(most);
    }
    Some(keys)
}

fn text<'v>(table: &'v Value, name: &str) -> Option<&'v str> {
    table.member(name)?.text()
}

fn words(table: &Value, name: &str) -> Option<Vec<String>> {
    let words = table.member(name)?.words()?;
    Some(words.iter().filter_map(|word| word.text().map(str::to_owned)).collect())
}

fn time(table: &Value, name: &str) -> Option<Duration> {
    duration::parse(text(table, name)?)
}

fn count(table: &Value, name: &str) -> Option<usize> {
    table.member(name)?.integer()?.try_into().ok()
}
