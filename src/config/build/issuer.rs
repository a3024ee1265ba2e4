use std::path::Path;

#[cfg(feature = "introspection")]
use super::introspection::introspection;
#[cfg(feature = "status-list")]
use super::status::status_check;
use super::{
    super::{issuer_config::IssuerConfig, value::Value},
    fields::{text, time, words},
    keys::keys,
};
use crate::{
    algorithm::Algorithm,
    claims::{Audience, Issuer},
    error::Problems,
    scope::Matching,
    server::TrustedIssuer,
    verify::{AudienceClaim, ClaimValue, ScopeSource, Verifier},
};

/// Makes an issuer of its table; `None` if what it needs is missing or wrong.
pub(super) fn trusted_issuer(
    table: &Value,
    folder: &Path,
    path: &str,
    problems: &mut Problems,
) -> Option<(TrustedIssuer, IssuerConfig)> {
    let issuer = Issuer::new(text(table, "issuer")?).ok()?;
    let audiences: Vec<Audience> =
        words(table, "audience")?.iter().filter_map(|name| Audience::new(&**name).ok()).collect();
    let (keys, location) = keys(table.member("keys"), &issuer, folder, path, problems)?;
    let algorithms = words(table, "algorithms").map(|names| algorithms(&names));
    let is_strict = text(table, "profile") == Some("rfc9068");
    let (leeway, max_token_age) = (time(table, "leeway"), time(table, "max_token_age"));
    let mut verifier = Verifier::new(issuer.clone(), audiences.clone());
    if let Some(algorithms) = &algorithms {
        verifier = verifier.algorithms(algorithms.iter().copied());
    }
    if is_strict {
        verifier = verifier.strict_rfc9068();
    }
    if let Some(leeway) = leeway {
        verifier = verifier.leeway(leeway);
    }
    if let Some(age) = max_token_age {
        verifier = verifier.max_token_age(age);
    }
    if let Some(matching) = matching(table) {
        verifier = verifier.matching(matching);
    }
    if let Some(claim) = table.member("audience_claim").and_then(audience_claim) {
        verifier = verifier.audience_claim(claim);
    }
    if let Some(types) = words(table, "token_types") {
        verifier = verifier.token_types(types);
    }
    if let Some(claim) = table.member("access_token_claim").and_then(claim_value) {
        verifier = verifier.access_token_claim(claim);
    }
    if let Some(sources) = table.member("scope_claims").and_then(Value::words) {
        verifier = verifier.scope_claims(sources.iter().filter_map(|item| scope_source(item)));
    }
    if table.member("add_user_roles_to_scopes").and_then(Value::flag) == Some(true) {
        verifier = verifier.add_user_roles_to_scopes();
    }
    let algorithms = algorithms.unwrap_or_default();
    let config = IssuerConfig {
        issuer,
        audiences,
        algorithms,
        leeway,
        max_token_age,
        is_strict,
        scope_claim: first_scope_claim(table),
        verifier: verifier.clone(),
        keys: location,
    };
    let issuer = TrustedIssuer::new(verifier, keys);
    #[cfg(feature = "introspection")]
    let issuer = match table.member("introspection") {
        Some(table) => issuer.introspection(introspection(table, folder)?),
        None => issuer,
    };
    #[cfg(feature = "status-list")]
    let issuer = match table.member("status") {
        Some(table) => issuer.check_status(status_check(table)?),
        None => issuer,
    };
    Some((issuer, config))
}

fn algorithms(names: &[String]) -> Vec<Algorithm> {
    names.iter().filter_map(|name| Algorithm::from_name(name)).collect()
}

fn audience_claim(table: &Value) -> Option<AudienceClaim> {
    let claim = text(table, "claim")?;
    match table.member("demand") {
        Some(demand) => Some(AudienceClaim::new(claim, claim_value(demand)?)),
        None => Some(AudienceClaim::without_claim_value(claim)),
    }
}

fn claim_value(table: &Value) -> Option<ClaimValue> {
    Some(ClaimValue::new(text(table, "claim")?, text(table, "value")?))
}

fn scope_source(item: &Value) -> Option<ScopeSource> {
    let source = match (item.text(), text(item, "claim"), text(item, "pointer")) {
        (Some(claim), ..) | (None, Some(claim), _) => ScopeSource::claim(claim),
        (None, None, Some(pointer)) => ScopeSource::pointer(pointer),
        (None, None, None) => ScopeSource::member_names(text(item, "member_names")?),
    };
    Some(match matching(item) {
        Some(matching) => source.matching(matching),
        None => source,
    })
}

fn first_scope_claim(table: &Value) -> Box<str> {
    let sources = table.member("scope_claims").and_then(Value::words).unwrap_or_default();
    let Some(first) = sources.first() else { return "scope".into() };
    let names = ["claim", "pointer", "member_names"].iter().find_map(|name| text(first, name));
    first.text().or(names).unwrap_or_default().into()
}

fn matching(table: &Value) -> Option<Matching> {
    match text(table, "matching")? {
        "exact" => Some(Matching::Exact),
        "patterns" => Some(Matching::Patterns),
        _ => None,
    }
}
